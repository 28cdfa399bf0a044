"""Which files the project of a file consists of."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lint_plugin.config.settings import Config
from lint_plugin.project.git import work_tree_top
from lint_plugin.source.prefilter import Prefilter

if TYPE_CHECKING:
    from lint_plugin.project.listing import Listing


def project_roots(config: Config, path: str) -> tuple[str, ...]:
    """The folders that the project of a file lies in, absolute and without links.

    They are the configuration's source roots; without a configuration file the git work tree that the file is in;
    without either the tuple is empty.
    """
    if config.path:
        found = [os.path.join(config.root, root) for root in config.source_roots]
    else:
        top = work_tree_top(os.path.dirname(path) or ".")
        found = [] if top is None else [top]
    return tuple(os.path.realpath(root) for root in found)


def project_folders(config: Config, path: str) -> tuple[str, ...]:
    """The folders in which anything may have to do with a file's project: its roots, and what lies beside them."""
    roots = project_roots(config, path)
    return tuple(dict.fromkeys((os.path.realpath(config.root), *roots))) if config.path else roots


def project_files(config: Config, listing: Listing) -> list[str]:
    """The files of a project's listing that hold a token, in order; those that cannot be read are left out."""
    prefilter = Prefilter(config)
    return holding(listing.holding(prefilter.words()), prefilter)


def holding(paths: Iterable[str], prefilter: Prefilter) -> list[str]:
    """Those of some files that hold a token, in order; those that cannot be read are left out."""
    found = []
    for path in in_order(paths):
        try:
            with open(path, "rb") as file:
                raw = file.read()
        except OSError:  # said where the file is worked on
            continue
        if prefilter.search(raw):
            found.append(path)
    return found


def in_order(paths: Iterable[str]) -> list[str]:
    """Paths sorted, with each real file once: a link is left out when its target is there, or another link before it."""
    by_file: dict[str, str] = {}
    for path in sorted(paths):
        target = os.path.realpath(path)
        if target not in by_file or (os.path.islink(by_file[target]) and not os.path.islink(path)):
            by_file[target] = path
    return sorted(by_file.values())
