"""The work on one file grows in proportion to its size: counted in calls of functions, each case at two sizes."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType

import pytest

from codemods.run.file_work import process_file
from codemods.run.options import Options
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts
from lint_plugin.finding import FileResult

pytestmark = pytest.mark.slow


BLOCK = """
from recorder import LivePipelineRecorder


def keep_{0}(recorder: LivePipelineRecorder, source, kind):
    import os
    import shutil

    if kind == "audio":
        ext = "mp3"
{1}    else:
        ext = "png"
    name = f"07_output_{{kind}}.{{ext}}"
    path = os.path.join(recorder.run_dir, name)
    shutil.copy2(source, path)
    return name
"""


def blocks(count: int) -> str:
    return "".join(BLOCK.format(number, "") for number in range(count))


def statements(count: int) -> str:
    # Each with names of its own: n branches that rebind one name would make n^2 pairs of definition and use.
    lines = "    if source > {0}:\n        size_{0} = len(source)\n        log(size_{0})\n"
    lines += "    for item in source:\n        item = item + 1\n"
    body = "".join(lines.format(number) for number in range(count))
    return BLOCK.format(0, "").replace("    import os\n", f"{body}    import os\n")


def arms(count: int) -> str:
    arm = '    elif kind == "kind{0}":\n        ext = "x{0}"\n'
    return BLOCK.format(0, "".join(arm.format(number) for number in range(count)))


def data(count: int) -> str:
    rows = "".join(f'    ({number}, "text", [1, 2], {{"key": {number}}}),\n' for number in range(count))
    return f"{BLOCK.format(0, '')}\n\nDATA = [\n{rows}]\n"


def brackets(depth: int) -> str:
    return f"{BLOCK.format(0, '')}\n\nnested = {'(' * depth}1{')' * depth}\n"


def chained(count: int) -> str:
    return f"{BLOCK.format(0, '')}\n\nchained = query{'.step(1)' * count}\n"


def imports(count: int) -> str:
    return "".join(f"import module_{number}\n" for number in range(count)) + blocks(2)


def dead_arms(count: int) -> str:
    """A chain that goes with the write, for the recorder finds these extensions itself."""
    return re.sub(r'"x(\d+)"', lambda found: f'"{("mp3", "mp4", "png")[int(found[1]) % 3]}"', arms(count))


def fix(source: str) -> FileResult:
    config = Config({"detects-format": "true"})
    return process_file(source.encode(), "example.py", config, Facts(), Options("fix"))


def calls(source: str) -> int:
    """How many functions are called, Python's and C's, while a file is fixed."""
    counted = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        result = fix(source)
    finally:
        sys.setprofile(before)
    assert result.new is not None, result.errors
    return counted


# What makes the source, and the smaller of the two sizes; the other is twice as large.
CASES: dict[str, tuple[Callable[[int], str], int]] = {
    "findings": (blocks, 12),
    "statements of one function": (statements, 120),
    "arms of an if-chain": (arms, 120),
    "rows of data": (data, 600),
    "nested brackets": (brackets, 80),
    "chained calls": (chained, 180),
    "imports": (imports, 150),
}


@pytest.fixture(scope="module", autouse=True)
def loaded() -> None:
    """Everything that is imported on the way is imported before anything is counted."""
    fix(blocks(1))


@pytest.mark.parametrize(("make", "size"), CASES.values(), ids=CASES)
def test_the_work_is_in_proportion_to_the_size(make: Callable[[int], str], size: int) -> None:
    constant, once, twice = (calls(make(count)) for count in (1, size, 2 * size))
    # A quadratic step in it would come to 4; a little over 2 is sorting, and what has not yet paid for itself.
    assert (twice - constant) / max(once - constant, 1) < 2.5


def steps(source: str) -> Counter[tuple[str, int, str]]:
    """How many lines each function runs while a file is fixed; each round of a comprehension is one."""
    counted: Counter[tuple[str, int, str]] = Counter()

    def count(frame: FrameType, event: str, argument: object) -> object:
        code = frame.f_code
        if event == "line":
            counted[code.co_filename, code.co_firstlineno, code.co_name] += 1
        return (
            count
            if f"{os.sep}codemods{os.sep}" in code.co_filename or f"{os.sep}lint_plugin{os.sep}" in code.co_filename
            else None
        )

    before = sys.gettrace()
    sys.settrace(count)  # type: ignore[arg-type]
    try:
        fix(source)
    finally:
        sys.settrace(before)
    return counted


def growing(make: Callable[[int], str], size: int) -> set[tuple[str, int, str]]:
    """The functions whose work more than doubles with the size."""
    once, twice = steps(make(size)), steps(make(2 * size))
    # So many that neither sorting nor what is done once for the file makes the difference, nor how deep the first
    # definitions lie that are looked up: they come from sets.
    much = {function: number for function, number in twice.items() if number > 20 * size}
    assert len(much) > 10
    return {function for function, number in much.items() if number > 3 * once[function]}


# A chain that goes is taken out by LibCST, which goes three calls deeper for each arm, for the positions already: more than
# some 300 are left.
@pytest.mark.parametrize(("make", "size"), [(blocks, 30), (arms, 300), (dead_arms, 120)])
def test_no_function_s_work_grows_faster_than_the_size(make: Callable[[int], str], size: int) -> None:
    assert growing(make, size) == set()


FULL_SIZE = {
    "arms of an if-chain": arms(700),
    "nested brackets": brackets(200),
    "chained calls": chained(900),
}


@pytest.mark.parametrize("source", FULL_SIZE.values(), ids=FULL_SIZE)
def test_deep_code_is_fixed(source: str) -> None:
    result = fix(source)
    assert not result.errors
    assert any(finding.code == "LPR201" and finding.fixed for finding in result.findings)


def test_a_chain_that_would_go_and_is_too_deep_for_libcst_is_left_with_its_write_and_the_rest_is_fixed() -> None:
    result = fix(dead_arms(700))
    assert not result.errors
    assert {finding.code: finding.fixed for finding in result.findings} == {
        "LPR001": True, "LPR301": True, "LPR101": False, "LPR201": False, "LPR401": False,
    }  # fmt: skip
    reasons = {finding.reason for finding in result.findings if finding.code == "LPR201"}
    assert reasons == {"the code is nested too deeply to be verified"}
    assert result.new is not None and b"kind699" in result.new


STEPS = [
    "p / 'x'", "p.joinpath('x')", "p.resolve()", "Path(p)", "str(p)", "os.path.join(p, 'x')", "p + '/x'", "f'{p}/x'",
    "'%s/x' % p", "p.name", "str(p).lower()", "os.path.splitext(p)[0]",
]  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
def test_a_path_that_is_made_in_many_steps_is_not_too_deep(step: str) -> None:
    """Each statement makes it of what the one above has made, and asking each for the next would be as deep."""
    lines = f"    from pathlib import Path\n    p = recorder.run_folder\n{f'    p = {step}{chr(10)}' * 400}"
    result = fix(BLOCK.format(0, "").replace("    import shutil\n", f"    import shutil\n{lines}    open(p, 'w').write(kind)\n"))
    assert not result.errors
    assert any(finding.code == "LPR201" and finding.fixed for finding in result.findings)


@pytest.mark.parametrize("source", [brackets(5000), f"x = {'-' * 100_000}1\nrun_dir"], ids=["brackets", "signs"])
def test_beyond_the_parser_s_depth_is_an_error_for_the_file(source: str) -> None:
    result = fix(source)
    assert result.new is None
    assert len(result.errors) == 1
