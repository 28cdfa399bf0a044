"""One run over many files: find them, keep those that hold a token, have these worked on, hand out the results."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from codemods.run.discovery import Found, find_files
from codemods.run.exclude import BadPattern, Exclusion
from codemods.run.options import Options
from lint_plugin.config.reading import ConfigError, Resolver
from lint_plugin.config.settings import Config
from lint_plugin.finding import FileError, FileResult
from lint_plugin.project.project_files import in_order, project_folders
from lint_plugin.source.prefilter import Prefilter

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from codemods.run.batch import Batch
    from codemods.run.processes import ProcessFile


class Run:
    """One run; iterating it does the work, and writes nothing: that is for the caller to do with the results.

    Attributes:
        files_seen: Files that were looked for in: named, or found below a named folder.
        files_parsed: Files that held a token, and so were worked on.
        recorders, folders: What was recognised in these so far, as in `FileResult`.
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
        """Prepare.

        Args:
            paths: Files and folders.
            options: What to do with each file.
            resolver: Says which configuration holds for a file.
            exclude: gitignore patterns, from the current folder, of files to leave out.
            force_exclude: Leave out files that were named themselves, too.
            gitignore: Whether git says which files count.
            jobs: The most processes to use; by default one for each processor.
            executor: Does the work on the files that hold a token; the scan stays here.
            progress: Called with (files done, files to do) after each file that was worked on.
            process_file: The work on one file, where it is not the usual one.
        """
        self.files_seen = self.files_parsed = 0
        self.recorders = self.folders = 0
        self._paths = paths
        self._options = options
        self._resolver = resolver
        self._exclude = exclude
        self._force_exclude = force_exclude
        self._gitignore = gitignore
        self._jobs = len(os.sched_getaffinity(0)) if jobs is None else jobs
        self._executor = executor
        self._progress = progress
        self._process_file = process_file
        # A comment may name a code where no token is left.
        self._more_tokens = ("LPR",) if options.unused_noqa else ()
        self._exclusion: Exclusion | None = None
        self._configs: dict[str, Config | None] = {}
        self._exclusions: dict[str, Exclusion | None] = {}
        self._prefilters: dict[int, tuple[Config, Prefilter]] = {}
        self._errors: dict[tuple[str, str], int] = {}  # (path, message) -> line

    def __iter__(self) -> Iterator[FileResult]:
        """Results in the order of the paths, for files with something to say and for what went wrong."""
        try:
            self._exclusion = Exclusion(self._exclude, ".") if self._exclude else None
        except BadPattern as error:  # going on without it would rewrite files that were to be left alone
            yield FileResult("--exclude", errors=(FileError("--exclude", 0, str(error)),))
            return
        leave_out = None if self._exclusion is None else self._exclusion.excludes
        tokens, beside = self._likely()
        found = find_files(self._paths, self._gitignore, leave_out, tokens=tokens, beside=beside)
        for path, message in found.problems:
            self._errors[path, message] = 0
        kept = self._kept(found)
        self.files_seen = len(kept)
        tokens = {token for _, prefilter in self._prefilters.values() for token in prefilter.words()}
        candidates = [] if found.listing is None else found.listing.holding(tokens)
        hits = self._hits(kept, [*found.named, *candidates])
        yield from self._error_results()
        if hits:
            self.files_parsed = len(hits)
            for result in self._batch(hits, found, candidates).results():
                self.recorders += result.recorders
                self.folders += result.folders
                if result.findings or result.errors or result.new is not None or result.unused_noqa:
                    yield result

    def _likely(self) -> tuple[set[str], list[str]]:
        """The tokens of the configurations that hold for the named paths, and the folders of their projects; tables further
        down may have others."""
        tokens: set[str] = set()
        folders: list[str] = []
        for path in self._paths:
            inside = os.path.join(path, "")
            try:
                config = self._resolver.for_file(inside)
            except ConfigError:
                continue  # said of the files that it holds for
            tokens.update(Prefilter(config, self._more_tokens).words())
            folders += project_folders(config, inside)
        return tokens, folders

    def _kept(self, found: Found) -> dict[str, Config]:
        """The files that are not excluded, with the configuration that holds for each."""
        kept: dict[str, Config] = {}
        for paths, excludable in ((found.named, self._force_exclude), (found.files, True)):
            for path in paths:
                config = self._config(path)
                if config is not None and not (excludable and self._excludes(path, config)):
                    kept[path] = config
        return kept

    def _hits(self, kept: dict[str, Config], candidates: Sequence[str]) -> dict[str, Config]:
        """The files that hold a token of their configuration as a word, in order."""
        hits = []
        for path in candidates:
            config = kept.get(path)
            if config is None:
                continue
            try:
                with open(path, "rb") as file:
                    raw = file.read()
            except OSError as error:
                self._errors[path, f"cannot be read: {error.strerror}"] = 0
                continue
            if self._prefilter(config).search(raw):
                hits.append(path)
        return {path: kept[path] for path in in_order(hits)}

    def _batch(self, files: dict[str, Config], found: Found | None = None, candidates: Sequence[str] = ()) -> Batch:
        # With all that finds and fixes: what it loads takes longer than the rest of a run that finds nothing.
        from codemods.run.batch import Batch
        from codemods.run.file_work import process_file
        from codemods.run.project import Scanned

        scanned = Scanned(list(files))
        if found is not None and found.listing is not None and self._gitignore and found.listing.complete:
            scanned = Scanned(list(files), found.listing, candidates)
        return Batch(
            files,
            self._options,
            scanned=scanned,
            jobs=self._jobs,
            executor=self._executor,
            process=self._process_file or process_file,
            progress=self._progress,
        )

    def source(self, raw: bytes, path: str) -> FileResult:
        """The result for bytes that are in no file, as if they were in the file `path`."""
        self.files_seen = 1
        config = self._config(path)
        if config is None:
            (result,) = self._error_results()
            return FileResult(path, errors=result.errors, old=raw)
        if not self._prefilter(config).search(raw):
            return FileResult(path, old=raw)
        self.files_parsed = 1
        return self._batch({}).source(path, raw, config)

    def _excludes(self, path: str, config: Config) -> bool:
        if self._exclusion is not None and self._exclusion.excludes(path):
            return True
        if not config.exclude:
            return False
        exclusion = self._exclusion_of(config)
        return exclusion is None or exclusion.excludes(path)

    def _exclusion_of(self, config: Config) -> Exclusion | None:
        if config.path not in self._exclusions:
            try:
                self._exclusions[config.path] = Exclusion(config.exclude, config.root)
            except BadPattern as error:
                self._exclusions[config.path] = None
                self._errors[config.path, f"exclude: {error}"] = 0
        return self._exclusions[config.path]

    def _config(self, path: str) -> Config | None:
        """The configuration for a file; None when it cannot be used, which is then an error."""
        folder = path[: path.rfind("/") + 1]
        if folder not in self._configs:
            try:
                self._configs[folder] = config = self._resolver.for_file(path)
                self._prefilter(config)
            except ConfigError as error:
                self._configs[folder] = None
                self._errors[error.path, error.message] = error.line
        return self._configs[folder]

    def _prefilter(self, config: Config) -> Prefilter:
        known = self._prefilters.get(id(config))
        if known is None:
            known = self._prefilters[id(config)] = config, Prefilter(config, self._more_tokens)
        return known[1]

    def _error_results(self) -> Iterator[FileResult]:
        for (path, message), line in sorted(self._errors.items()):
            yield FileResult(path, errors=(FileError(path, line, message),))
