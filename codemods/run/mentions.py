"""Searches a project's other files for the names of files that a rewrite would leave to the recorder, and for imports.

Code, templates and data count, prose does not; neither do comments and docstrings. Git lists and searches where it can.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from codemods.proofs.callbacks import given_callbacks, named_in
from codemods.proofs.name_uses import is_beginning, spelled_in
from codemods.run.stand_ins import WRITERS
from lint_plugin.facts import HOLE, Facts, Mention, NumberedWrite
from lint_plugin.project.git import grep, work_tree_top
from lint_plugin.source.text import parsed_module

_CODE = (
    "py pyi pyw js jsx mjs cjs ts tsx vue svelte astro ipynb sql sh bash zsh fish bat cmd ps1 css scss sass less php rb go rs "
    "java kt scala swift dart cs c cc cpp h hpp lua pl r jl mk"
).split()
_TEMPLATES = "html htm xhtml jinja jinja2 j2 mako hbs ejs erb twig njk liquid tmpl tpl pug".split()
_DATA = "json jsonl yaml yml toml ini cfg csv xml".split()
_SUFFIXES = (*(f".{suffix}" for suffix in (*_CODE, *_TEMPLATES, *_DATA)), "Makefile", "Dockerfile", "justfile")
_PYTHON = (".py", ".pyi", ".pyw")
_SKIPPED = frozenset({"__pycache__", "node_modules", "build", "dist", "site-packages"})
_LARGEST = 1_000_000  # bytes; larger ones are data that no one writes by hand
_SHORTEST_KEY = 4
_COMMENT = re.compile(r"^\s*(?:#|//|/?\*|<!--|--)|(?<![:\"'\w])//")
_LINE = 2_000  # characters around a hit that are looked at
# Baselines and pages of `recorder-fix`: they quote the code itself.
_QUOTING = ('{"baseline-of": "recorder-fix"', "<title>recorder-fix report</title>")
_JOURNAL = "entities.jsonl"  # what lies beside one is a recorded run
_FROM = re.compile(r"\bfrom\s+([\w.]+)\s+import\s+(\([^)]*\)|(?:[^\n#;\\]|\\\n)+)")
# What stands behind a module's name where it is imported from or reached into.
_BEHIND_MODULE = (" import", " as ", ".", "  ", "\t", "\\", " \\")
# The beginning of a name as a string of its own, or behind a slash: `startsWith("07_")`, `glob(f"{folder}/07_*")`.
_NUMBER = re.compile(r"\d{2,}[_-]")
_BEFORE = ('"', "'", "`", "/", "^")
_START = re.compile(r"\d{2,3}_[^\W_]{3,}")


def with_mentions(facts: Facts, roots: Sequence[str]) -> Facts:
    """A project's facts with what its other files say about the numbered files that it writes; looked for where it writes any."""
    if not facts.writes or not roots:
        return facts
    return replace(
        facts,
        mentions=find_mentions(facts.writes, roots),
        imports=find_imports(facts.writes, roots),
        callbacks=find_callbacks(roots),
    )


def find_mentions(writes: Sequence[NumberedWrite], roots: Sequence[str]) -> tuple[Mention, ...]:
    """The places below a project's roots that may spell the name of one of some writes, in order of file and line."""
    keys = sorted({key for write in writes if len(key := longest_part(write.text)) >= _SHORTEST_KEY})
    if not keys:
        return ()
    # Code may make a constant name from parts, of which the first word is the most likely to be there.
    starts = sorted({match[0] if (match := _START.match(key)) else key for key in keys})
    begun = sorted({before + match[0] for write in writes if (match := _NUMBER.match(write.text)) for before in _BEFORE})
    found: set[Mention] = set()
    for path in sorted({*_holding([*starts, *begun], roots, _PYTHON), *_holding([*keys, *begun], roots, _SUFFIXES)}):
        text = _read(path)
        if text is not None and not _is_made(path, text):
            in_python = path.endswith(_PYTHON)
            found.update(_in_python(path, text, starts) if in_python else _in_text(path, text, [*keys, *begun]))
    return tuple(sorted(found, key=lambda mention: (mention.path, mention.line, mention.text)))


def find_imports(writes: Sequence[NumberedWrite], roots: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """For each file with a write: the names that other files of the project import from it, or reach through it; `*` for all."""
    modules = {os.path.realpath(write.path): _module_name(write.path) for write in writes}
    stems = sorted({stem for stem in modules.values() if stem})
    taken: dict[str, dict[str, set[str]]] = {stem: {} for stem in stems}  # stem -> importing file -> names
    keys = [stem + behind for stem in stems for behind in _BEHIND_MODULE]
    for path in set(_holding(keys, roots, _PYTHON)) if keys else ():
        text = _read(path)
        for stem, name in () if text is None else _taken(stems, text):
            taken[stem].setdefault(os.path.realpath(path), set()).add(name)
    found: dict[str, tuple[str, ...]] = {}
    for path, stem in modules.items():
        if names := {name for other, its in taken.get(stem, {}).items() if other != path for name in its}:
            found[path] = tuple(sorted(names))
    return found


def find_callbacks(roots: Sequence[str]) -> dict[str, str]:
    """The functions that the project gives to a recorder as `on_saved`, with the place of one of these."""
    found: dict[str, str] = {}
    for path in sorted(set(_holding(["on_saved"], roots, _PYTHON))):
        text = _read(path)
        tree = None if text is None else _parsed(text)
        for value in () if tree is None else given_callbacks(ast.walk(tree)):
            for name in named_in(value):
                found.setdefault(name, f"{path}:{value.lineno}")
    return found


def naming_writers(roots: Sequence[str]) -> Iterator[str]:
    """The files that name a function that writes in a text, as a test does which replaces it."""
    return _holding([f"{name}{quote}" for name in sorted(WRITERS) for quote in "'\""], roots, _PYTHON)


def longest_part(text: str) -> str:
    """The longest constant part of a name."""
    return max(text.split(HOLE), key=len)


def _module_name(path: str) -> str:
    stem = os.path.splitext(os.path.basename(path))[0]
    return os.path.basename(os.path.dirname(os.path.abspath(path))) if stem == "__init__" else stem


def _is_made(path: str, text: str) -> bool:
    """Whether a file is what our commands or a recorder wrote: it names files, and looks none up."""
    return any(mark in text for mark in _QUOTING) or os.path.exists(os.path.join(os.path.dirname(path), _JOURNAL))


def _taken(stems: Iterable[str], text: str) -> Iterator[tuple[str, str]]:
    """The modules among `stems` that a text imports names from, or reaches into, with those names."""
    here = [stem for stem in stems if stem in text]
    for match in _FROM.finditer(text) if here else ():
        stem = match[1].rpartition(".")[2]
        if stem in here:
            for part in re.sub(r"#[^\n]*", "", match[2].strip("()")).replace("\\", " ").split(","):
                yield from ((stem, name) for name in part.split()[:1])
    for stem in here:
        for called in {stem, *re.findall(rf"\b{re.escape(stem)}\s+as\s+(\w+)", text)}:
            if f"{called}." in text:
                yield from ((stem, match[1]) for match in re.finditer(rf"\b{re.escape(called)}\.(\w+)", text))


# -- in one file -----------------------------------------------------------------------------------------------------------


def _in_text(path: str, text: str, keys: Iterable[str]) -> Iterator[Mention]:
    for number, line in enumerate(text.splitlines(), 1):
        for key in keys:
            at = line.find(key)
            if at >= 0 and not _COMMENT.search(line[:at]):
                yield Mention(line[max(0, at - _LINE) : at + _LINE].strip(), path, number)


def _in_python(path: str, text: str, keys: Sequence[str]) -> Iterator[Mention]:
    tree = _parsed(text)
    for node, spelled in () if tree is None else spelled_in(tree):
        if any(key in spelled for key in keys) or is_beginning(spelled):
            yield Mention(spelled, path, node.lineno)


def _parsed(text: str) -> ast.Module | None:
    try:
        return parsed_module(text)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _read(path: str) -> str | None:
    raw = _bytes(path)
    return None if raw is None else raw.decode("utf-8", "replace")


def _bytes(path: str) -> bytes | None:
    """A file's bytes; None where it is too large or cannot be read."""
    try:
        if os.path.getsize(path) > _LARGEST:
            return None
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


# -- which files -------------------------------------------------------------------------------------------------------------


def _holding(keys: Sequence[str], roots: Sequence[str], suffixes: Sequence[str]) -> Iterator[str]:
    """The files below some folders that hold one of some texts."""
    for root in roots:
        top = work_tree_top(root)
        listed = None if top is None else _asked_git(root, keys, suffixes)
        yield from _walked(root, keys, suffixes) if listed is None else listed


def _asked_git(root: str, keys: Sequence[str], suffixes: Sequence[str]) -> list[str] | None:
    """What git finds among the files that it tracks or does not ignore; None where it cannot read all of them."""
    names = grep(root, keys, [f":(glob)**/*{suffix}" for suffix in suffixes], untracked=True)
    return None if names is None else [os.path.join(root, name) for name in names]


def _walked(root: str, keys: Sequence[str], suffixes: Sequence[str]) -> Iterator[str]:
    encoded = [key.encode() for key in keys]
    for folder, folders, names in os.walk(root):
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and name not in _SKIPPED and not os.path.exists(os.path.join(folder, name, "pyvenv.cfg"))
        ]
        for name in names:
            path = os.path.join(folder, name)
            raw = _bytes(path) if name.endswith(tuple(suffixes)) else None
            if raw is not None and any(key in raw for key in encoded):
                yield path
