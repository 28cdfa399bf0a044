"""The tables of writers and removers against the standard library's own signatures."""

from __future__ import annotations

import importlib
import inspect
import sys

import pytest

from lint_plugin.paths.calls.use_table import READERS, REMOVERS
from lint_plugin.paths.calls.writer_table import FUNCTIONS, OPEN, RUNNERS


def real(name: str) -> object:
    """The object of that dotted name."""
    module, _, rest = name.rpartition(".")
    while module:
        try:
            found: object = importlib.import_module(module)
        except ImportError:
            module, _, more = module.rpartition(".")
            rest = f"{more}.{rest}"
            continue
        for part in rest.split("."):
            found = getattr(found, part)
        return found
    raise LookupError(name)


def shipped(names: object) -> list[str]:
    return sorted(n for n in names if n.partition(".")[0] in sys.stdlib_module_names)  # type: ignore[attr-defined]


# Written in C without a signature that Python 3.11 can read.
UNREADABLE = {"sqlite3.connect"}


@pytest.mark.parametrize("name", shipped(set(FUNCTIONS) - UNREADABLE))
def test_the_path_stands_where_the_table_says(name: str) -> None:
    sink = FUNCTIONS[name]
    signature = inspect.signature(real(name))  # type: ignore[arg-type]
    named = list(signature.parameters.values())
    if any(p.kind is p.VAR_KEYWORD for p in named) and sink.target_keyword not in signature.parameters:
        return  # taken by **kwargs: the documentation is all there is
    assert sink.target_keyword in signature.parameters
    if sink.target is not None:
        assert named[sink.target].name == sink.target_keyword
    if sink.source is not None and sink.source_keyword:
        assert named[sink.source].name == sink.source_keyword
    if sink.kind == OPEN and sink.mode is not None:
        assert named[sink.mode].name == sink.mode_keyword
        default = named[sink.mode].default
        if isinstance(default, str):
            assert default.replace("t", "").replace("b", "") == sink.default_mode.replace("b", "")


@pytest.mark.parametrize("name", shipped([*READERS, *REMOVERS, *RUNNERS]))
def test_every_name_is_there(name: str) -> None:
    assert callable(real(name))


@pytest.mark.parametrize("name", shipped(REMOVERS))
def test_what_is_removed_stands_first(name: str) -> None:
    assert next(iter(inspect.signature(real(name)).parameters)) == REMOVERS[name]  # type: ignore[arg-type]
