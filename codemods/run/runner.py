"""One run over many files: find them, keep those that hold a token, work on these, hand out the results.

On a clean tree nothing is imported but what finding and scanning take: no dataclasses, ast, subprocess or
json.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from codemods.run.discovery import Discovery, Group
from codemods.run.scan import Scanner
from codemods.run.shared_scan import scan_all
from lint_plugin.config.reading import ConfigError
from lint_plugin.source.prefilter import Prefilter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor

    from codemods.run.exclude import Exclusion
    from codemods.run.executors import Job, ProcessFile, Task
    from codemods.run.options import Options
    from codemods.run.shared_scan import Portion
    from lint_plugin.config.reading import Resolver
    from lint_plugin.config.settings import Config
    from lint_plugin.facts import Facts
    from lint_plugin.finding import FileResult


class Run:
    """One run; iterating it does the work. Make it by `run`.

    Attributes:
        files_seen: Files that were looked for in: named, or found below a named folder.
        files_opened: Files that the prefilter searched.
        files_parsed: Files that held a token, and so were worked on.
    """

    def __init__(
        self,
        paths: Sequence[str],
        options: Options,
        *,
        resolver: Resolver,
        exclude: Sequence[str] = (),
        force_exclude: bool = False,
        gitignore: bool = True,
        jobs: int | None = None,
        executor: Executor | None = None,
        progress: Callable[[int, int], None] | None = None,
        process_file: ProcessFile | None = None,
    ) -> None:
        self.files_seen = self.files_opened = self.files_parsed = 0
        self._paths = paths
        self._options = options
        self._resolver = resolver
        self._exclude = exclude
        self._force_exclude = force_exclude
        self._gitignore = gitignore
        self._jobs = len(os.sched_getaffinity(0)) if jobs is None else jobs
        self._executor = executor
        self._progress = progress
        self._shown = 0
        self._process_file = process_file
        self._exclusion: Exclusion | None = None
        self._configs: dict[str, Config | None] = {}
        self._exclusions: dict[str, Exclusion | None] = {}
        self._prefilters: dict[int, tuple[Config, Prefilter]] = {}
        self._errors: dict[tuple[str, str], int] = {}  # (path, message) -> line

    def __iter__(self) -> Iterator[FileResult]:
        """Results in the order of the paths, for files with something to say and for what went wrong."""
        if self._exclude and not self._read_exclude():
            yield from self._error_results()
            return
        scanner = self._scan()
        self.files_opened = scanner.opened
        for path, message in scanner.failures:
            self._errors[path, message] = 0
        yield from self._error_results()
        if not scanner.hits:
            return
        from codemods.run.project import in_order

        hits = in_order(scanner.hits)
        self.files_parsed = len(hits)
        yield from self._work(hits)

    def _work(self, hits: list[str]) -> Iterator[FileResult]:
        from codemods.run.executors import results

        job = self._job(hits)
        for done, result in enumerate(results(self._tasks(hits), job, self._jobs, self._executor), 1):
            self._show(done)
            if result.findings or result.errors or result.new is not None or result.unused_noqa:
                yield result

    def _show(self, done: int) -> None:
        """Tell how far the run is: the files are worked on while facts are gathered, their results come later."""
        if self._progress is not None:
            self._shown = min(max(self._shown, done), self.files_parsed)
            self._progress(self._shown, self.files_parsed)

    def _job(self, hits: list[str]) -> Job:
        from codemods.run.executors import Job
        from codemods.run.project import Projects

        known = self._paths, hits, self._prefilter, self._whole_tree()
        if self._process_file is not None or self._executor is not None:
            # Someone else does the work: here there is nothing to gather but facts.
            projects = Projects(*known)
            return Job(self._process_file or _process_file(), self._options, projects.known, projects.gather)
        from codemods.run.early_results import EarlyResults

        early = EarlyResults(self._options, frozenset(hits), self._config_of_file)

        def gathered(config: Config, candidates: Sequence[str], roots: Sequence[str]) -> Facts:
            from codemods.run.shared_gathering import gather_with_results

            return gather_with_results(config, candidates, roots, early, self._jobs, self._show)

        projects = Projects(*known, gathered)
        return Job(_process_file(), self._options, projects.known, projects.gather, early.take, projects.at_hand)

    def source(self, raw: bytes, path: str) -> FileResult:
        """The result for bytes that are in no file, as if they were in the file `path`."""
        from lint_plugin.finding import FileResult

        self.files_seen = 1
        config = self._resolved(path)
        if config is None:
            (result,) = self._error_results()
            return FileResult(path, errors=result.errors, old=raw)
        if not self._prefilter(config).search(raw):
            return FileResult(path, old=raw)
        from codemods.run.executors import Task, results

        self.files_parsed = 1
        (result,) = results([Task(path, raw, config)], self._job([]))
        return result

    def _tasks(self, hits: list[str]) -> Iterator[Task | FileResult]:
        from codemods.run.executors import Task
        from lint_plugin.finding import FileError, FileResult

        for path in hits:
            config = self._config_of_file(path)
            assert config is not None, "a file without a usable configuration is never scanned"
            try:
                with open(path, "rb") as file:
                    raw = file.read()
            except OSError as error:
                yield FileResult(path, errors=(FileError(path, 0, f"cannot be read: {error.strerror}"),))
            else:
                yield Task(path, raw, config)

    def _scan(self) -> Scanner:
        scanner = Scanner()
        discovery = self._discovery(scanner)
        if not scan_all(self._portions(discovery), scanner, self._jobs, discovery.may_fork):
            scanner = Scanner()
            scan_all(self._portions(self._discovery(scanner)), scanner, 1)
        return scanner

    def _discovery(self, scanner: Scanner) -> Discovery:
        return Discovery(self._paths, self._exclusion, self._gitignore, meanwhile=scanner.go_native)

    def _portions(self, discovery: Discovery) -> Iterator[Portion]:
        self.files_seen = 0
        for group in discovery.groups():
            config = self._config(group)
            if config is None:
                continue
            names = self._kept(group, config)
            if names:
                self.files_seen += len(names)
                yield group.prefix, names, self._prefilter(config), group.named
        for path, message in discovery.problems:
            self._errors[path, message] = 0

    def _kept(self, group: Group, config: Config) -> list[str]:
        names = group.names
        if group.named and not self._force_exclude:
            return names
        if self._exclusion is not None:
            excludes = self._exclusion.excludes
            names = [name for name in names if not excludes(group.prefix + name)]
        if config.exclude:
            exclusion = self._exclusion_of(config)
            if exclusion is None:
                return []
            names = [name for name in names if not exclusion.excludes(group.prefix + name)]
        return names

    def _exclusion_of(self, config: Config) -> Exclusion | None:
        from codemods.run.exclude import BadPattern, Exclusion

        if config.path not in self._exclusions:
            try:
                self._exclusions[config.path] = Exclusion(config.exclude, config.root)
            except BadPattern as error:
                self._exclusions[config.path] = None
                self._errors[config.path, f"exclude: {error}"] = 0
        return self._exclusions[config.path]

    def _config(self, group: Group) -> Config | None:
        """The configuration for a folder; None when it cannot be used, which is then an error."""
        prefix = group.prefix
        try:
            return self._configs[prefix]
        except KeyError:
            pass
        parent = prefix[: prefix.rfind("/", 0, -1) + 1]
        # Asking the resolver costs some 10 us a folder, and trees have thousands.
        if not group.configured and parent in self._configs:
            config = self._configs[parent]
        else:
            config = self._resolved(prefix + group.names[0])
        self._configs[prefix] = config
        return config

    def _resolved(self, path: str) -> Config | None:
        try:
            return self._resolver.for_file(path)
        except ConfigError as error:
            self._errors[error.path, error.message] = error.line
            return None

    def _config_of_file(self, path: str) -> Config | None:
        prefix = path[: path.rfind("/") + 1]
        config = self._configs.get(prefix)
        return self._resolved(path) if config is None else config

    def _prefilter(self, config: Config) -> Prefilter:
        known = self._prefilters.get(id(config))
        if known is None:
            more = ("LPR",) if self._options.unused_noqa else ()  # a comment may name a code where no token is left
            known = self._prefilters[id(config)] = config, Prefilter(config, more)
        return known[1]

    def _whole_tree(self) -> bool:
        """Whether this run left out nothing that counts below the paths it was given."""
        return self._exclusion is None and not self._exclusions and self._gitignore and len(self._prefilters) == 1

    def _read_exclude(self) -> bool:
        from codemods.run.exclude import BadPattern, Exclusion

        try:
            self._exclusion = Exclusion(self._exclude, ".")
        except BadPattern as error:
            # Going on without it would rewrite files that were to be left alone.
            self._errors["--exclude", str(error)] = 0
            return False
        return True

    def _error_results(self) -> Iterator[FileResult]:
        if self._errors:
            from lint_plugin.finding import FileError, FileResult

            for (path, message), line in sorted(self._errors.items()):
                yield FileResult(path, errors=(FileError(path, line, message),))


def _process_file() -> ProcessFile:
    from codemods.run.file_work import process_file

    return process_file


def run(
    paths: Sequence[str],
    options: Options,
    *,
    resolver: Resolver,
    exclude: Sequence[str] = (),
    force_exclude: bool = False,
    gitignore: bool = True,
    jobs: int | None = None,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Prepare a run; iterating what is returned does the work.

    Args:
        paths: Files and folders. Nothing is written to them: that is for the caller to do with the results.
        options: What to do with each file.
        resolver: Says which configuration holds for a file.
        exclude: gitignore patterns, from the current folder, of files to leave out.
        force_exclude: Leave out files that were named themselves, too.
        gitignore: Whether git says which files count.
        jobs: The most processes to use; by default one for each processor.
        executor: Does the work on the files that hold a token; the scan stays here.
        progress: Called with (files done, files to do) after each file that was worked on.

    Returns:
        The results, in the order of the paths whatever did the work, with the counts of files.
    """
    return Run(
        paths,
        options,
        resolver=resolver,
        exclude=exclude,
        force_exclude=force_exclude,
        gitignore=gitignore,
        jobs=jobs,
        executor=executor,
        progress=progress,
    )


def run_source(raw: bytes, path: str, options: Options, *, resolver: Resolver) -> FileResult:
    """Work on standard input.

    Args:
        raw: The bytes of a file.
        path: The name that decides its configuration and stands in its findings; no file need be there.
        options: What to do with it.
        resolver: Says which configuration holds.
    """
    return Run((), options, resolver=resolver).source(raw, path)
