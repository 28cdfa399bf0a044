"""Which files a project has, and which of its Python files hold one of some names: what recorder-fix and flake8 both see.

In a git work tree git says which files count, and searches them; elsewhere, and where git will not, a walk does, which
leaves out virtual environments, caches and build folders.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from lint_plugin.project.git import Git, GitRefusal, Search, grep, ignores, work_tree_top

SUFFIXES = (".py", ".pyi")
# Other code, templates and data: they may name a file that Python code writes. Prose may as well, and means nothing by it.
_CODE = (
    ".pyw .pyx .pxd .pxi .js .jsx .mjs .cjs .ts .tsx .vue .svelte .astro .ipynb .sql .sh .bash .zsh .fish .bat .cmd .ps1"
    " .css .scss .sass .less .php .rb .go .rs .java .kt .scala .swift .dart .cs .c .cc .cpp .h .hpp .lua .pl .r .jl .mk"
    " .gradle .groovy .ex .exs .clj .fs .vb .m .mm .zig .nim .tf .nix .cmake .graphql .gql .proto"
)
_TEMPLATES = (
    ".html .htm .xhtml .jinja .jinja2 .j2 .mako .hbs .ejs .erb .twig .njk .liquid .tmpl .tpl .pug .mustache .handlebars .haml"
    " .slim .cshtml .jsp"
)
_DATA = (
    ".json .jsonl .yaml .yml .toml .ini .cfg .csv .tsv .xml .env .conf .config .properties .json5 .jsonc .ndjson .plist .service"
)
_OTHER_SUFFIXES = tuple(f"{_CODE} {_TEMPLATES} {_DATA}".split())
_PROSE = frozenset("AUTHORS CHANGELOG CHANGES COPYING HISTORY LICENSE NEWS README TODO".split())

# What no walk enters; git work trees need no such list.
_SKIPPED = frozenset(
    (
        ".bzr .direnv .eggs .git .hg .hypothesis .ipynb_checkpoints .mypy_cache .nox .pants.d .pyenv"
        " .pytest_cache .pytype .ruff_cache .svn .tox .venv .vscode __pycache__ __pypackages__"
        " _build buck-out build dist node_modules venv"
    ).split()
)
# A virtual environment and a cache folder say what they are, whatever their name is.
_MARKERS = frozenset(("pyvenv.cfg", "CACHEDIR.TAG"))
# How `git ls-files -v` marks a file of which it is sure that it is on disk as anybody else would read it.
_PLAIN = frozenset("HM")


@dataclass(slots=True)
class WorkTree:
    """What git searches of one work tree.

    Attributes:
        top: Its top folder.
        pathspecs: The Python files that it was asked for, in git's notation.
        files: Regular files that git tracks: name from the top -> path in the answer.
        search: git, at work since the listing began.
    """

    top: str
    pathspecs: list[str]
    files: dict[str, str] = field(default_factory=dict)
    search: Search | None = None

    def take(self, listed: dict[str, bool], below: dict[str, str]) -> list[str]:
        """Take up the tracked files that are there; links, and those that git is told not to look at, are returned."""
        others = []
        for name, path in _shown(listed, below):
            try:
                regular = stat.S_ISREG(os.lstat(path).st_mode)
            except (FileNotFoundError, NotADirectoryError):
                continue  # deleted
            except OSError:
                regular = False
            if regular and listed[name]:
                self.files[name] = path
            else:
                others.append(path)
        return others

    def holding(self, tokens: list[str]) -> list[str] | None:
        """The tracked files that hold one of some names; None when git could not read all of them."""
        search, self.search = self.search, None
        if search is not None and search.tokens != tokens:
            search.stop()
            search = None
        names = grep(self.top, tokens, self.pathspecs) if search is None else search.files()
        return None if names is None else [self.files[name] for name in names if name in self.files]


@dataclass(slots=True)
class Listing:
    """The files below some folders, each path beginning with a folder as it was named.

    Attributes:
        files: The Python files.
        texts: Other code, templates and data; some of them may be gone.
        problems: (path, what is wrong) of every folder that cannot be read.
        complete: No folder was left out because the caller said so.
        work_trees: Where git searches.
        others: The Python files that are read here.
        beside: Python files of other folders that were asked for, as git lists them: nobody searches them, some may be gone.
        folders: The folders of which all is listed, absolute and without links.
    """

    files: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    complete: bool = True
    work_trees: list[WorkTree] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)

    def holding(self, tokens: Iterable[str]) -> list[str]:
        """The Python files whose bytes hold one of some names, and those that cannot be read: whoever opens one says why."""
        wanted = sorted(tokens)
        if not wanted:
            return []
        found: list[str] = []
        unsearched: list[str] = []
        for tree in self.work_trees:
            searched = tree.holding(wanted)
            if searched is None:
                unsearched += tree.files.values()
            else:
                found += searched
        encoded = [token.encode() for token in wanted]
        return found + [path for path in (*unsearched, *self.others) if may_hold(path, encoded)]

    def drop_repeated(self) -> None:
        """Keep each file once, though it lies below several of the folders."""
        self.files, self.texts = _each_once(self.files), _each_once(self.texts)
        kept = set(self.files)
        self.others = [path for path in dict.fromkeys(self.others) if path in kept]
        for tree in self.work_trees:
            tree.files = {name: path for name, path in tree.files.items() if path in kept}


def list_files(
    folders: Sequence[str],
    gitignore: bool = True,
    leave_out: Callable[[str], bool] | None = None,
    warn: Callable[[str], None] | None = None,
    tokens: Iterable[str] = (),
    beside: Sequence[str] = (),
) -> Listing:
    """List the files below some folders, each once.

    Args:
        folders: The folders; what lies in several of them is named from the first.
        gitignore: Whether git says which files count.
        leave_out: Says of a folder, given with `/` at its end, that a walk is not to enter it.
        warn: Gets one line when git cannot be asked; standard error by default.
        tokens: What `Listing.holding` is likely to be asked for: git searches while its listing is read.
        beside: Folders around or beside them, absolute, that are listed in the same go where git is asked anyway.
    """
    lister = _Lister(gitignore, leave_out, _to_standard_error if warn is None else warn, sorted(tokens))
    work_trees: dict[str, list[str]] = {}
    for folder in folders:
        prefix = _prefix(folder)
        top = work_tree_top(folder) if gitignore else None
        if top is None:
            lister.walk(prefix)
        else:
            work_trees.setdefault(top, []).append(prefix)
    for top, prefixes in work_trees.items():
        lister.ask_git(top, prefixes, [folder for folder in beside if work_tree_top(folder) == top])
    lister.listing.folders += map(os.path.realpath, folders)
    if len(folders) > 1:
        lister.listing.drop_repeated()
    return lister.listing


class _Lister:
    """Fills a listing."""

    def __init__(
        self, gitignore: bool, leave_out: Callable[[str], bool] | None, warn: Callable[[str], None], tokens: list[str]
    ) -> None:
        self.listing = Listing()
        self._tokens = tokens
        self._gitignore = gitignore
        self._leave_out = leave_out
        self._warn = warn
        self._warned = False
        self._walked: set[str] = set()

    def ask_git(self, top: str, prefixes: Sequence[str], beside: Sequence[str] = ()) -> None:
        """List what git counts below some folders of one work tree; walk those that it ignores, or all if it refuses."""
        below = {prefix: _from_top(top, prefix) for prefix in prefixes}
        inside = tuple(below.values())
        around = {_prefix(os.path.relpath(folder)): _from_top(top, folder) for folder in beside}
        around = {prefix: start for prefix, start in around.items() if not start.startswith(inside)}
        named = [_literal(start) for start in below.values()]
        tree = WorkTree(top, [f":(glob){start}**/*{suffix}" for start in named for suffix in SUFFIXES])
        folders = [f":(glob){start}**" for start in (*named, *map(_literal, around.values()))]
        try:
            if self._tokens:
                tree.search = Search(top, self._tokens, tree.pathspecs)
            with (
                Git(top, "ls-files", "-z", "-v", "--cached", "--", *folders) as tracked,
                Git(top, "ls-files", "-z", "--others", "--exclude-standard", "--", *folders) as untracked,
            ):
                listed = {name[2:]: name[0] in _PLAIN for name in tracked.names()}
                others = tree.take(listed, below)
                more = untracked.names()
            python = [name for name in (*listed, *more) if name.endswith(SUFFIXES)]
            empty = [start for start in below.values() if not any(name.startswith(start) for name in python)]
            ignored = [prefix for prefix, start in below.items() if start in empty and ignores(prefix or ".")]
        except GitRefusal as refusal:
            if tree.search is not None:
                tree.search.stop()
            self._say(refusal)
            ignored = list(prefixes)
        else:
            self.listing.files += tree.files.values()
            self.listing.work_trees.append(tree)
            self._add([*others, *(path for _, path in _shown(more, below))])
            outside = [name for name in (*listed, *more) if not name.startswith(inside)] if around else []
            self.listing.beside += [path for _, path in _shown(outside, around)]
            self.listing.folders += beside
            texts = filter(_may_be_text, (*listed, *more))
            self.listing.texts += [path for _, path in _shown(texts, below | around, ("",))]
        for prefix in ignored:
            self.walk(prefix)

    def _say(self, refusal: GitRefusal) -> None:
        if not self._warned:
            self._warned = True
            self._warn(f"{refusal}; walking folders without git's ignore rules")

    def _add(self, paths: Iterable[str]) -> None:
        found = [path for path in paths if _counts(path)]
        self.listing.files += found
        self.listing.others += found

    def walk(self, top: str) -> None:
        """List what lies below a folder, `""` or a path that ends in `/`; work trees in it by asking git."""

        def failed(error: OSError) -> None:
            self.listing.problems.append((os.path.normpath(error.filename), f"cannot be read: {error.strerror}"))

        for folder, folders, names in os.walk(top or ".", onerror=failed):
            prefix = os.path.join(folder, "") if top else os.path.join(folder, "")[2:]
            inside = prefix != top
            if inside and not _MARKERS.isdisjoint(names):
                folders.clear()
            elif inside and self._gitignore and (".git" in folders or ".git" in names):
                folders.clear()
                self.ask_git(os.path.realpath(folder), [prefix])
            else:
                folders[:] = [name for name in folders if self._enters(prefix, name)]
                self._add(prefix + name for name in names if name.endswith(SUFFIXES))
                self.listing.texts += [prefix + name for name in names if _may_be_text(name)]

    def _enters(self, prefix: str, name: str) -> bool:
        if name in _SKIPPED:
            return False
        left_out = self._leave_out is not None and self._leave_out(f"{prefix}{name}/")
        self.listing.complete = self.listing.complete and not left_out
        return not left_out


def _prefix(folder: str) -> str:
    """What the paths below a folder begin with: `""` for the current one."""
    return "" if folder in (".", "./") else os.path.join(os.path.normpath(folder), "")


def _from_top(top: str, prefix: str) -> str:
    """A folder as it is named from the top of its work tree: `""`, or a path that ends in `/`."""
    below = os.path.relpath(os.path.realpath(prefix or "."), top)
    return "" if below == "." else f"{below}/"


def _literal(folder: str) -> str:
    """A path as git's globs write it."""
    return "".join(f"\\{character}" if character in "*?[\\" else character for character in folder)


def _shown(names: Iterable[str], below: dict[str, str], suffixes: tuple[str, ...] = SUFFIXES) -> Iterator[tuple[str, str]]:
    """The names of Python (or other) files, from the top, with the paths that stand for them in an answer."""
    for name in names:
        if name.endswith(suffixes):
            for prefix, start in below.items():
                if name.startswith(start):
                    yield name, prefix + name[len(start) :]
                    break


def _may_be_text(path: str) -> bool:
    """Whether a file may be other code, a template or data, by its name; one without a suffix may be a script or settings."""
    name = path.rpartition("/")[2]
    return name.lower().endswith(_OTHER_SUFFIXES) or ("." not in name[1:] and name not in _PROSE)


def _each_once(paths: Iterable[str]) -> list[str]:
    """Paths without those that lead to the same entry as one before."""
    folders: dict[str, str] = {}
    first: dict[str, str] = {}
    for path in paths:
        folder, slash, name = path.rpartition("/")
        if folder not in folders:
            folders[folder] = os.path.realpath(folder + slash or ".")
        first.setdefault(os.path.join(folders[folder], name), path)
    return list(first.values())


def _counts(path: str) -> bool:
    """Whether an entry is a file, or one that cannot be read: a link that leads nowhere, say, which is for its reader to say.

    Not so what Emacs puts beside a file that is being edited: a link whose target is its user.
    """
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        return os.path.islink(path) and not os.path.basename(path).startswith(".#")
    except OSError:
        return True


def may_hold(path: str, tokens: Sequence[bytes]) -> bool:
    """Whether a file holds one of some names; one that cannot be read may."""
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError:
        return True
    return any(token in raw for token in tokens)


def _to_standard_error(line: str) -> None:
    print(f"recorder-fix: {line}", file=sys.stderr)
