"""Reading `[tool.recorder]`: where it is looked for, what each key may hold, and what is said when it is wrong."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lint_plugin.config.reading import ConfigError, Resolver, load
from lint_plugin.config.schema import RULE_NAMES, Wrong, read_code
from lint_plugin.config.settings import DEFAULTS, Config
from lint_plugin.rules import BY_CODE


def write(folder: Path, text: str, name: str = "pyproject.toml") -> str:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def table(line: str) -> str:
    return f"[project]\nname = 'x'\n\n[tool.recorder]\n{line}\n"


GOOD = [
    ("recorder-classes = ['A', 'B']", "recorder_classes", ("A", "B")),
    ("recorder-factories = []", "recorder_factories", ()),
    ("recorder-modules = ['a.*', 'b']", "recorder_modules", ("a.*", "b")),
    ("recorder-names = ['rec']", "recorder_names", ("rec",)),
    ("folder-names = ['run_folder', 'session']", "folder_names", ("run_folder", "session")),
    ("folder-attributes = ['run_folder', 'final_folder']", "folder_attributes", ("run_folder", "final_folder")),
    ("renamed-attributes = {old = 'new'}", "renamed_attributes", {"old": "new"}),
    ("renamed-attributes = {}", "renamed_attributes", {}),
    ("save-method = 'store'", "save_method", "store"),
    ("detects-format = true", "detects_format", "true"),
    ("detects-format = false", "detects_format", "false"),
    ("detects-format = 'auto'", "detects_format", "auto"),
    ("format-key = ''", "format_key", ""),
    ("save-parameters = ['kind', 'data', 'about']", "save_parameters", ("kind", "data", "about")),
    ("folder-type = 'str'", "folder_type", "str"),
    ("output-folder-attribute = 'final_folder'", "output_folder_attribute", "final_folder"),
    ("folder-attributes = ['work_dir', 'out']", "output_folder_attribute", "work_dir"),
    ("output-folder-attribute = ''", "output_folder_attribute", "run_folder"),
    ("folder-attributes = []", "output_folder_attribute", ""),
    ("content = 'path'", "content", "path"),
    ("content = 'bytes'", "content", "bytes"),
    ("source-key = ''", "source_key", ""),
    ("comment = 'save_entity() keeps the index and the numbers'", "comment", "save_entity() keeps the index and the numbers"),
    ("required-arguments = {get_recorder = ['base_path', 'x']}", "required_arguments", {"get_recorder": ("base_path", "x")}),
    ("""writers = {"my_app.io.dump" = 1, save = 'target'}""", "writers", {"my_app.io.dump": 1, "save": "target"}),
    ("helper-method = 'save_from_filesystem'", "helper_method", "save_from_filesystem"),
    ("helper-method = ''", "helper_method", ""),
    ("select = ['LPR2', 'LPR001']", "select", ("LPR2", "LPR001")),
    ("ignore = ['LPR']", "ignore", ("LPR",)),
    ("ignore = ['lpr1', 'entity-type-never-saved']", "ignore", ("LPR1", "LPR103")),
    ("per-file-ignores = {'a' = ['bypassed-storage-copy']}", "per_file_ignores", {"a": ("LPR201",)}),
    ("exclude = ['build/', '!build/keep.py']", "exclude", ("build/", "!build/keep.py")),
    ("per-file-ignores = {'tests/*' = ['LPR1']}", "per_file_ignores", {"tests/*": ("LPR1",)}),
    ("baseline = 'known.json'", "baseline", "known.json"),
    ("""metadata = {seed = 'seed', backend = "'comfyui'"}""", "metadata", {"seed": "seed", "backend": "'comfyui'"}),
    ("run-roots = ['JSON_STORAGE_DIR']", "run_roots", ("JSON_STORAGE_DIR",)),
    ("source-roots = ['src', '.']", "source_roots", ("src", ".")),
]


@pytest.mark.parametrize(("line", "attribute", "value"), GOOD)
def test_values(tmp_path: Path, line: str, attribute: str, value: object) -> None:
    (tmp_path / "src").mkdir()
    config = load(write(tmp_path, table(line)))
    assert getattr(config, attribute) == value
    assert config.given == {line.split(" ", 1)[0]}
    assert (config.path, config.root) == (str(tmp_path / "pyproject.toml"), str(tmp_path))
    assert pickle.loads(pickle.dumps(config)) == config


def test_every_key_is_in_the_table_of_good_values() -> None:
    assert {line.split(" ", 1)[0] for line, _, _ in GOOD} == set(DEFAULTS)


BAD = [
    ("selct = ['LPR2']", "selct", "unknown key 'selct' in [tool.recorder]; did you mean 'select'?"),
    ("recorder_names = ['r']", "recorder_names", "did you mean 'recorder-names'?"),
    ("zzz = 1", "zzz", "the keys are recorder-classes, "),
    ("recorder-classes = 'A'", "recorder-classes", "must be a list of names, not a string"),
    ("recorder-classes = ['A', 'b c']", "recorder-classes", "its item 'b c' must be a Python name"),
    ("recorder-classes = [1]", "recorder-classes", "its item 1 must be a string, not a number"),
    ("recorder-names = ['class']", "recorder-names", "must be a Python name, not 'class'"),
    ("recorder-modules = ['']", "recorder-modules", "must not be empty"),
    ("folder-attributes = {a = 'b'}", "folder-attributes", "must be a list of names, not a table"),
    ("renamed-attributes = ['run_dir']", "renamed-attributes", "must be a table of names, not a list"),
    ("renamed-attributes = {run_dir = 'run-folder'}", "renamed-attributes", "must be a Python name, not 'run-folder'"),
    ("renamed-attributes = {'run dir' = 'x'}", "renamed-attributes", "must be a Python name, not 'run dir'"),
    ("save-method = ''", "save-method", "must be a Python name, not ''"),
    ("save-method = true", "save-method", "must be a string, not a boolean"),
    ("detects-format = 'yes'", "detects-format", "must be true, false or \"auto\", not 'yes'"),
    ("detects-format = 1", "detects-format", 'must be true, false or "auto", not 1'),
    ("format-key = 3", "format-key", "must be a string, not a number"),
    ("save-parameters = ['a', 'b']", "save-parameters", "must be three different names"),
    ("save-parameters = ['a', 'b', 'a']", "save-parameters", "must be three different names"),
    ("folder-type = 'Path'", "folder-type", 'must be "path" or "str", not \'Path\''),
    ("folder-names = 'run_folder'", "folder-names", "must be a list of names, not a string"),
    ("content = 'Path'", "content", 'must be "bytes" or "path", not \'Path\''),
    ("content = true", "content", 'must be "bytes" or "path", not True'),
    ("source-key = 1", "source-key", "must be a string, not a number"),
    ('comment = "a\\nb"', "comment", "must be one line of text, not 'a\\nb'"),
    ("required-arguments = ['x']", "required-arguments", "must be a table of functions and lists of parameters, not a list"),
    ("required-arguments = {get = 'x'}", "required-arguments", "its entry 'get' must be a list of names, not a string"),
    ("writers = {dump = -1}", "writers", "must be the position of the path, counted from 0, not -1"),
    ("writers = {dump = true}", "writers", "or its parameter's name, not a boolean"),
    ("writers = {'a b' = 0}", "writers", "must be a function's full name like 'my_app.io.dump_json', not 'a b'"),
    ("helper-method = 'a.b'", "helper-method", "must be a Python name, not 'a.b'"),
    ("select = ['LPR9']", "select", "unknown code 'LPR9'; the codes are LPR001, LPR002"),
    ("ignore = ['']", "ignore", "unknown code ''"),
    ("source-roots = []", "source-roots", "must name at least one folder"),
    ("ignore = 'LPR1'", "ignore", "must be a list of codes, not a string"),
    ("exclude = [3]", "exclude", "its item 3 must be a string"),
    ("per-file-ignores = {'a' = 'LPR1'}", "per-file-ignores", "its entry 'a' must be a list of codes, not a string"),
    ("per-file-ignores = {'a' = ['E501']}", "per-file-ignores", "unknown code 'E501'"),
    ("baseline = ['x']", "baseline", "must be a string, not a list"),
    ("metadata = {seed = 3}", "metadata", "its entry 'seed' must be a string, not a number"),
    ("metadata = {seed = 'a.b'}", "metadata", "must be a variable's name or a quoted string like \"'comfyui'\", not 'a.b'"),
    ("""metadata = {seed = "'a"}""", "metadata", "must be a variable's name or a quoted string"),
    ("""metadata = {seed = "'a' + b"}""", "metadata", "must be a variable's name or a quoted string"),
    ("run-roots = 3", "run-roots", "must be a list of names, not a number"),
    ("source-roots = 'src'", "source-roots", "must be a list of strings, not a string"),
    ("source-roots = ['.', 'nowhere']", "source-roots", "names a folder that is not there: 'nowhere'"),
]


@pytest.mark.parametrize(("line", "key", "message"), BAD)
def test_wrong_values_are_named(tmp_path: Path, line: str, key: str, message: str) -> None:
    path = write(tmp_path, table(line))
    with pytest.raises(ConfigError) as caught:
        load(path)
    error = caught.value
    assert (error.path, error.line) == (path, 5)
    assert message in error.message
    assert repr(key) in error.message
    assert str(error) == error.message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[tool.recorder]\nselect = [\n  'LPR1',\n  'LPR9',\n]\n", 4),
        ("[tool.recorder]\n# selct = 1\n'selct' = 1\n", 3),
        ("[tool]\nrecorder.selct = 1\n", 2),
        ("[tool]\n\nrecorder = {selct = 1}\n", 3),
        ("tool.recorder.selct = 1\n", 1),
        ('[ tool . "recorder" ]\nselct = 1\n', 2),
        ("[other]\nselct = 1\n[tool.recorder]\nselct = 1\n", 4),
        ("[tool.recorder.metadata]\na = 'ok'\nb = 'not ok'\n", 3),
        ("[tool.recorder]\n[tool.recorder.per-file-ignores]\n'a' = ['LPR1']\n'b' = ['X']\n", 4),
        ("\n[tool]\nrecorder = 3\n", 3),
        ('[tool.x]\na = """\n[tool.recorder]\nselct = 1\n"""\n[tool.recorder]\nselct = 1\n', 7),
        ("[[tool.x]]\nselct = 1\n[[tool.x]]\n[tool.recorder]\r\nselct = 1\r\n", 5),
        ('[tool.recorder]\nselect = ["LPR1", # ]\n\n"LPR9"]\n', 4),
        ('[tool.recorder]\n"metadata" . "b" = "not ok"\n', 2),
    ],
)
def test_the_line_of_what_is_wrong(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, text))
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"[tool.recorder]\nselect = [\n", 3, "is not valid TOML"),
        (b"[tool.recorder]\na = 1\na = 2\n", 3, "is not valid TOML"),
        (b"[tool.recorder]\nbaseline = '\xe9'\n", 2, "is not valid UTF-8"),
        (b"[project]\n", 0, "has no [tool.recorder] table"),
        (b"[tool.recorder-toolkit]\n", 0, "has no [tool.recorder] table"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, content: bytes, line: int, message: str) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        Resolver(str(path))
    assert (caught.value.path, caught.value.line) == (str(path), line)
    assert message in caught.value.message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file or directory"):
        load(str(tmp_path / "nope.toml"))


def test_the_nearest_file_with_the_table_holds(tmp_path: Path) -> None:
    outer = write(tmp_path, table("select = ['LPR1']"))
    write(tmp_path / "a", "[project]\nname = 'recorder'\n")
    inner = write(tmp_path / "a" / "b", table(""))
    resolver = Resolver()
    assert resolver.for_file(str(tmp_path / "x.py")).path == outer
    assert resolver.for_file(str(tmp_path / "a" / "x.py")).path == outer
    assert resolver.for_file(str(tmp_path / "a" / "b" / "c" / "x.py")).path == inner
    assert resolver.for_file(str(tmp_path / "a" / "b" / "c" / "x.py")).select == ()


def test_a_named_file_holds_for_every_file(tmp_path: Path) -> None:
    write(tmp_path / "a", table("select = ['LPR1']"))
    named = write(tmp_path, "[tool.recorder]\nselect = ['LPR2']\n", "other.toml")
    assert Resolver(named).for_file(str(tmp_path / "a" / "x.py")).path == named


def test_relative_paths_count_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a", table("select = ['LPR1']"))
    monkeypatch.chdir(tmp_path)
    resolver = Resolver()
    assert resolver.for_file("a/x.py").root == str(tmp_path / "a")
    assert resolver.for_file("./a/x.py") == resolver.for_file("a/y.py")
    monkeypatch.chdir(tmp_path / "a")
    assert Resolver().for_file("x.py").root == str(tmp_path / "a")
    assert Resolver().for_file("-").root == str(tmp_path / "a")


def test_without_a_table_the_defaults_hold(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").mkdir()  # a folder of that name is no configuration
    config = Resolver().for_file(str(tmp_path / "x.py"))
    assert config == Config()
    assert config.path == ""


def test_a_broken_file_is_an_error_for_each_file_below_it_only(tmp_path: Path) -> None:
    write(tmp_path / "a", table("selct = 1"))
    resolver = Resolver()
    errors = []
    for name in ("x.py", "y.py"):
        with pytest.raises(ConfigError) as caught:
            resolver.for_file(str(tmp_path / "a" / name))
        errors.append(caught.value)
    assert errors[0] is errors[1]
    assert resolver.for_file(str(tmp_path / "x.py")) == Config()


@pytest.fixture
def folder_of_a_plain_user() -> Iterator[Path]:
    """A folder whose modes count for this process, which is not the superuser's any more until the test is over."""
    with tempfile.TemporaryDirectory() as name:
        superuser = os.geteuid() == 0
        if superuser:
            os.chown(name, 65534, 65534)
            os.seteuid(65534)
        try:
            yield Path(name)
        finally:
            if superuser:
                os.seteuid(0)


def test_a_file_that_may_not_be_read_is_an_error(folder_of_a_plain_user: Path) -> None:
    path = write(folder_of_a_plain_user, table("select = ['LPR1']"))
    os.chmod(path, 0)
    with pytest.raises(ConfigError, match="cannot be read: Permission denied") as caught:
        Resolver().for_file(str(folder_of_a_plain_user / "a.py"))
    assert caught.value.path == path


def test_a_folder_that_may_not_be_searched_has_none(folder_of_a_plain_user: Path) -> None:
    write(folder_of_a_plain_user / "hidden", table("select = ['LPR1']"))
    os.chmod(folder_of_a_plain_user / "hidden", 0)
    try:
        assert Resolver().for_file(str(folder_of_a_plain_user / "hidden" / "a.py")) == Config()
    finally:
        os.chmod(folder_of_a_plain_user / "hidden", 0o755)


def test_toml_is_read_only_where_the_table_can_be(tmp_path: Path) -> None:
    write(tmp_path, "[project]\nname = 'x'\ndescription = 'a recorder'\n")
    code = (
        "import sys\nfrom lint_plugin.config.reading import Resolver\n"
        "Resolver().for_file('x.py')\nprint('tomllib' in sys.modules)\n"
    )
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True).stdout == b"False\n"
    write(tmp_path, table(""))
    assert subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True).stdout == b"True\n"


def test_the_names_are_those_of_the_rules() -> None:
    assert RULE_NAMES == {code: rule.name for code, rule in BY_CODE.items()}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("LPR001", "LPR001"),
        ("LPR2", "LPR2"),
        ("lpr", "LPR"),
        ("bypassed-storage-copy", "LPR201"),
        ("Bypassed-Storage-Copy", "LPR201"),
    ],
)
def test_codes_in_any_case_and_names(given: str, code: str) -> None:
    assert read_code(given) == code


@pytest.mark.parametrize("given", ["LPR999", "", "E501", "LPR0011", "bypassed-storage"])
def test_unknown_codes_list_the_valid_ones(given: str) -> None:
    with pytest.raises(Wrong, match=", ".join(BY_CODE)):
        read_code(given)
