"""What the files of a project say of what they define, read while the project's facts are gathered."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from lint_plugin.analysis import Analysis
from lint_plugin.config.settings import Config
from lint_plugin.facts import NO, Evidence, GivenPath, HandedWrite, KnownClass, Project, ReturnedPath
from lint_plugin.flow.nodes import last_name
from lint_plugin.project.handed import Key
from lint_plugin.project.handed_paths import Given, HelperReader
from lint_plugin.recorders.classes.lookup import ClassLookup, bytes_of, imported
from lint_plugin.source.prefilter import Prefilter
from lint_plugin.source.text import SourceError, SourceText

_IMPORT = re.compile(rb"from\s+[\w.]+\s+import\s*(?:\((?:[^)#]|#[^\n]*)*\)|(?:[^\n\\]|\\\r?\n)*)")
_KEPT = 8  # analyses that are kept: another file may ask about theirs again


class ProjectReader:
    """Answers what imported names and attributes of classes are, by reading the files that define them.

    Only files that hold a token are analysed; through others, imports are followed.

    Attributes:
        lookup: Finds modules and classes.
        names, members: The answers so far, as `lint_plugin.facts.Facts` has them; those that say something.
        handed, returned: The same of functions that are handed paths or return them, answers that say nothing included.
        member_paths: The same of attributes and methods of classes.
    """

    def __init__(self, config: Config, roots: Sequence[str]) -> None:
        self._config = config
        self._roots = sorted((os.path.realpath(root) for root in roots), key=len, reverse=True)
        self._prefilter = Prefilter(config)
        self._needed: set[str] = set()  # files without a token that are analysed all the same
        self._plain: set[str] = set()  # classes of files without a token, as `Evidence.instance` names them
        self._analyses: dict[str, Analysis | None] = {}
        self._asking: set[tuple[str, str]] = set()
        self._answers: dict[tuple[str, str], Evidence | None] = {}
        self.lookup = ClassLookup(config, roots)
        self.names: dict[tuple[str, str], Evidence] = {}
        self.members: dict[tuple[str, str], Evidence] = {}
        self.handed: dict[tuple[str, str], tuple[HandedWrite, ...]] = {}
        self.returned: dict[tuple[str, str], ReturnedPath | None] = {}
        self.member_paths: dict[tuple[str, str], ReturnedPath | None] = {}
        self._asked_returned: set[tuple[str, str, bool]] = set()
        self._helpers = HelperReader(
            config, self.lookup, self.analysis, lambda path, given: _FileView(self, path, given), self.shown
        )

    def analysis(self, path: str) -> Analysis | None:
        """The analysis of a file that holds a token; None for others, and for files that cannot be read or parsed."""
        if path in self._analyses:
            self._analyses[path] = self._analyses.pop(path)  # the last one asked about stands last
        else:
            while len(self._analyses) >= _KEPT:
                del self._analyses[next(iter(self._analyses))]
            self._analyses[path] = self._analysed(path)
        return self._analyses[path]

    def _analysed(self, path: str) -> Analysis | None:
        try:
            with open(path, "rb") as file:
                raw = file.read()
            if path not in self._needed and not self._prefilter.search(raw):
                return None
            source = SourceText(raw)
            return Analysis(source, source.parse(), self._config, path, project=_FileView(self, path))
        except (OSError, SourceError, RecursionError):
            return None

    def named(self, folder: str, origin: str) -> Evidence | None:
        """What a dotted name is that the files of a folder import."""
        key = folder, origin
        if key not in self._answers:
            path = self._module_of(folder, origin)
            found = None if path is None else self._exported(path, origin.rpartition(".")[2])
            self._answers[key] = found
            if found is not None and found.says_something:
                self.names[key] = found
        return self._answers[key]

    def _module_of(self, folder: str, origin: str) -> str | None:
        """The file from which the files of a folder import a dotted name."""
        module = origin.rpartition(".")[0]
        if not module.strip("."):
            module += "." if origin.startswith(".") else ""
        return self.lookup.module_file(module, os.path.join(folder, "__init__.py")) if module else None

    def _exported(self, path: str, name: str) -> Evidence | None:
        """What a module-level name of a file is."""
        if (path, name) in self._asking:
            return None
        self._asking.add((path, name))
        try:
            analysis = self.analysis(path)
            if analysis is None:
                return self._passed_on(path, name)
            finder = analysis.evidence
            found = finder.bound(analysis.flow.definitions(finder.module, name), finder.suggests(name))
            if found is None and name != "__getattr__":  # a module may make its names when they are asked for
                maker = finder.bound(analysis.flow.definitions(finder.module, "__getattr__"), named=False)
                found = None if maker is None else maker.result
            return None if found is None else self._seen_from_outside(found, path)
        finally:
            self._asking.discard((path, name))

    def _passed_on(self, path: str, name: str) -> Evidence | None:
        """What a file without a token imports under a name, or defines as a class below one that says something."""
        # Most names are passed on from elsewhere: the text tells, and nothing is parsed for them.
        raw = bytes_of(path)
        tree = self.lookup.tree(path) if self._may_pass_on(path, raw, name) else None
        if tree is None:
            return self._plain_class(path, raw, name)
        inner = self.lookup.passed_on(name, path, tree)
        if inner is not None:
            return self.named(os.path.dirname(path), inner)
        owner = next((node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name), None)
        bases = [] if owner is None else [last_name(base) for base in owner.bases]
        above = (self._passed_on(path, base) for base in bases if base)
        if any(found.meaning is not None and not self._is_plain(found) for found in above if found is not None):
            self._needed.add(path)
            self._analyses.pop(path, None)
            self._asking.discard((path, name))
            return self._exported(path, name)
        return self._plain_class(path, raw, name)

    def _plain_class(self, path: str, raw: bytes, name: str) -> Evidence | None:
        """A class in files without a token, which are not looked into until one of its methods is handed a path."""
        for origin in _imports_of(name, raw):
            found = self.named(os.path.dirname(path), origin)
            if found is not None and self._is_plain(found):
                return found
        if re.search(rb"^class\s+%s\b" % re.escape(name.encode()), raw, re.MULTILINE) is None:
            return None
        made = Evidence(NO, instance=f"{path}:{name}")
        self._plain.add(made.instance)
        return Evidence(NO, result=made, meaning=made)

    def _is_plain(self, found: Evidence) -> bool:
        return found.meaning is not None and found.meaning.instance in self._plain

    def _may_pass_on(self, path: str, raw: bytes, name: str) -> bool:
        """Whether a file's text imports a name that says something, or has a class of that name below one."""
        passed = (self.named(os.path.dirname(path), origin) for origin in _imports_of(name, raw))
        if b"import *" in raw or any(found is not None and not self._is_plain(found) for found in passed):
            return True
        head = re.search(rb"\nclass\s+%s\s*\(([^)]*)\)" % re.escape(name.encode()), raw)
        if head is None:
            return False
        above = raw[: head.start()]  # where the bases are imported or defined
        return any(self._may_pass_on(path, above, base) for base in re.findall(r"\w+", head[1].decode("utf-8", "replace")))

    def member(self, instance: str, attribute: str) -> Evidence | None:
        """What an attribute of a class's instances is."""
        key = instance, attribute
        if key not in self._answers and key not in self._asking:
            path, _, name = instance.rpartition(":")
            self._asking.add(key)
            try:
                analysis = self.analysis(path)
                owner = None if analysis is None else analysis.evidence.classes.get(name)
                found = None if analysis is None or owner is None else analysis.evidence.own.member(owner, attribute)
            finally:
                self._asking.discard(key)
            self._answers[key] = None if found is None else self._seen_from_outside(found, path)
            if found is not None:
                self.members[key] = self._seen_from_outside(found, path)
        return self._answers.get(key)

    def written_by(self, home: str, name: str) -> tuple[HandedWrite, ...]:
        """What a function writes of the paths that it is given, as `Project.written_by` names it."""
        key = home, name
        if key not in self.handed:
            self.handed[key] = ()  # what a cycle of modules sees
            self.handed[key] = self._helpers.writes(home, name)
        return self.handed[key]

    def returned_by(self, folder: str, origin: str, handed: bool) -> ReturnedPath | None:
        """The path below a run folder that a function returns; `handed` where a call gives it a path."""
        key = folder, origin
        if (*key, handed) not in self._asked_returned and self.returned.get(key) is None:
            self._asked_returned.add((*key, handed))
            if handed or self._may_have_recorder(folder, origin):
                self.returned[key] = self._helpers.returned(folder, origin, handed)
        return self.returned.get(key)

    def path_of(self, instance: str, attribute: str) -> ReturnedPath | None:
        """The path below a run folder that an attribute of a class's instances is, or a method of theirs returns."""
        key = instance, attribute
        if key not in self.member_paths:
            self.member_paths[key] = None  # what a cycle of classes sees
            self._note_path(key, self.analysis(instance.rpartition(":")[0]))
        return self.member_paths[key]

    def _note_path(self, key: tuple[str, str], analysis: Analysis | None) -> None:
        path, _, name = key[0].rpartition(":")
        owner = None if analysis is None else analysis.evidence.classes.get(name)
        found = None if analysis is None or owner is None else analysis.paths.kept.member(owner, key[1])
        if found is not None and found[0].below_run and not found[0].evidence.own:
            place = f"{self.shown(path)}:{found[1]}"
            self.member_paths[key] = ReturnedPath("", -1, len(found[0].parts), found[0].is_path, place)

    def keeps_path(self, instance: str, attribute: str, given: Given) -> bool:
        """Whether `path_of` has an answer now that it is known which parameters are given paths."""
        key = instance, attribute
        if self.member_paths.get(key) is None:
            self._note_path(key, self.with_given(instance.rpartition(":")[0], given))
        return self.member_paths.get(key) is not None

    def with_given(self, path: str, given: Given) -> Analysis | None:
        """The analysis of a file, its parameters given paths."""
        return self._helpers.with_given(path, {key: one for key, one in given.items() if key[0] == path})

    def _may_have_recorder(self, folder: str, origin: str) -> bool:
        """Whether the function behind a dotted name may stand in a file with a token."""
        path = self._module_of(folder, origin)
        return path is not None and (
            self.analysis(path) is not None or bool(_imports_of(origin.rpartition(".")[2], bytes_of(path)))
        )

    def _seen_from_outside(self, found: Evidence, path: str) -> Evidence:
        """Evidence of one file with names that mean the same in every other."""

        def outside(inner: Evidence | None) -> Evidence | None:
            return None if inner is None else self._seen_from_outside(inner, path)

        return replace(
            found,
            origin=self._absolute(found.origin, path),
            own=False,
            items=outside(found.items),
            parts=tuple(self._seen_from_outside(part, path) for part in found.parts),
            result=outside(found.result),
            meaning=outside(found.meaning),
        )

    def _absolute(self, origin: str, path: str) -> str:
        """A dotted name as a file has it, as files anywhere in the project would import it."""
        bare = origin.lstrip(".")
        level = len(origin) - len(bare)
        if not origin or (not level and "." in origin):
            return origin
        package = self._module_name(path).split(".")
        if level:
            is_package = os.path.basename(path).startswith("__init__.")
            package = package[: len(package) - level + is_package] if level - is_package else package
        return ".".join([*filter(None, package), bare])

    def shown(self, path: str) -> str:
        """A file as messages name it: from the source root that it lies in."""
        real = os.path.realpath(path)
        root = next((root for root in self._roots if real.startswith(os.path.join(root, ""))), os.path.dirname(real))
        return os.path.relpath(real, root).replace(os.sep, "/")

    def _module_name(self, path: str) -> str:
        module = os.path.splitext(self.shown(path))[0].replace("/", ".")
        return module.removesuffix("__init__").rstrip(".")


def _imports_of(name: str, raw: bytes) -> list[str]:
    """The dotted names that a file's text imports under a name, without parsing what is around the imports."""
    found = []
    for match in _IMPORT.finditer(raw) if name.encode() in raw else ():
        if name.encode() in match[0]:
            try:
                origin = imported(name, ast.parse(match[0]))
            except (SyntaxError, ValueError):
                continue  # in a string, say
            found += [] if origin is None else [origin]
    return found


@dataclass(frozen=True, slots=True)
class _FileView(Project):
    """The project as one of its files sees it while the facts are gathered; what all files say together is not known yet."""

    reader: ProjectReader
    path: str
    given: Given = field(default_factory=dict)

    def given_folder(self, key: Key) -> GivenPath | None:
        return self.given.get(key)

    def hands_folders_to(self, path: str) -> bool:
        return bool(self.given)

    def named(self, folder: str, origin: str) -> Evidence | None:
        return self.reader.named(folder, origin)

    def member(self, instance: str, attribute: str) -> Evidence | None:
        return self.reader.member(instance, attribute)

    def class_of(self, origin: str) -> KnownClass | None:
        return self.reader.lookup.find(origin, self.path)

    def written_by(self, home: str, name: str) -> tuple[HandedWrite, ...]:
        return self.reader.written_by(home, name)

    def returned_by(self, folder: str, origin: str, handed: bool) -> ReturnedPath | None:
        return self.reader.returned_by(folder, origin, handed)

    def path_of(self, instance: str, attribute: str) -> ReturnedPath | None:
        return self.reader.path_of(instance, attribute)
