"""Searches a project's Python files for what they import from a file that is rewritten, or reach through it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from codemods.run.mentions import files_holding

_FROM = re.compile(r"from\s+([\w.]+)\s+import\s+(\([^)]*\)|(?:[^\n#;\\]|\\\n)+)")
Import = tuple[str, str, str]  # the importing file (without links), the last part of the module's name, the name


def imports_in(modules: Sequence[str], paths: Iterable[str]) -> list[Import]:
    """What some files import from the modules of some names."""
    found: set[Import] = set()
    for path, raw in files_holding(modules, paths):
        text = raw.decode("utf-8", "replace")
        here = [module for module in modules if module in text]
        found.update((os.path.realpath(path), module, name) for module, name in _imports(here, text))
    return sorted(found)


def by_file(files: Mapping[str, str], found: Iterable[Import]) -> dict[str, tuple[str, ...]]:
    """For each file (without links, with its module's name) what other files import from it; `*` stands for everything."""
    by_module: dict[str, list[tuple[str, str]]] = {}
    for importer, module, name in found:
        by_module.setdefault(module, []).append((importer, name))
    taken = {path: {name for importer, name in by_module.get(module, ()) if importer != path} for path, module in files.items()}
    return {path: tuple(sorted(names)) for path, names in taken.items() if names}


def module_name(path: str) -> str:
    """The last part of the name that a file is imported by."""
    stem = os.path.splitext(os.path.basename(path))[0]
    return os.path.basename(os.path.dirname(os.path.abspath(path))) if stem == "__init__" else stem


def _imports(modules: Sequence[str], text: str) -> Iterator[tuple[str, str]]:
    """Module and name of every `from module import name`, and of every `module.name`, in code or in a string."""
    for match in _FROM.finditer(text):
        module = match[1].rpartition(".")[2]
        if module in modules:
            for part in re.sub(r"#[^\n]*", "", match[2].strip("()")).replace("\\", " ").split(","):
                yield from ((module, name) for name in part.split()[:1])
    for module in modules:
        for called in {module, *re.findall(rf"{module}(?<!\w{module})\s+as\s+(\w+)", text)}:
            whole = rf"{called}(?<!\w{called})\.(\w+)"  # begins with the text, for which `re` is quick to look
            yield from ((module, match[1]) for match in re.finditer(whole, text))
