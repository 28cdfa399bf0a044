"""What other files import from a file that is rewritten: such imports stay in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods.run.importers import by_file, imports_in, module_name
from codemods.run.options import Options
from codemods.run.runner import Run
from lint_plugin.config.reading import Resolver
from tests.codemods.run.test_mentions import CONSTANT, MODULE

IMPORTS = [
    ("from files import *\n", ("*",)),
    ("from pkg.files import (\n    shutil,  # for the disk\n    os as system,\n)\n", ("os", "shutil")),
    ("from .files import shutil, \\\n    json\n", ("json", "shutil")),
    ("import pkg.files\n\npkg.files.shutil.disk_usage('/')\n", ("shutil",)),
    ("from unittest import mock\n\nmock.patch('pkg.files.shutil.copy2')\n", ("shutil",)),
    ("from profiles import shutil\n", ()),
    ("from pkg import other\n", ()),
]


@pytest.mark.parametrize(("text", "names"), IMPORTS)
def test_names_imported_by_other_files(text: str, names: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "files.py").write_text("import shutil\n")
    (tmp_path / "other.py").write_text(text)
    file = str(tmp_path / "files.py")
    found = by_file({file: module_name(file)}, imports_in(["files"], [file, str(tmp_path / "other.py")]))
    assert found == ({file: names} if names else {})


KEPT = [
    ("import shutil\n", "from files import *\n", True),
    ("import shutil\n", "from files import os, shutil as sh\n", True),
    ("import shutil\n", "import files\n\nfiles.shutil.disk_usage('/')\n", True),
    ("import shutil\n", "from unittest import mock\n\nmock.patch('files.shutil.copy2')\n", True),
    ("import shutil as shutil\n", "", True),
    ("import shutil\n\n__all__ = ['shutil', 'keep']\n", "", True),
    ("import shutil\n", "from files import keep\n", False),
    ("import shutil\n", "import shutil\n\nfiles = shutil.disk_usage('/')\n", False),
]


@pytest.mark.parametrize(("imports", "other", "kept"), KEPT)
def test_imports_that_other_files_use_stay(imports: str, other: str, kept: bool, tmp_path: Path) -> None:
    (tmp_path / "files.py").write_text(MODULE.format(name=CONSTANT).replace("import shutil\n", imports))
    (tmp_path / "other.py").write_text(other)
    run = Run([str(tmp_path)], Options(), resolver=Resolver(), jobs=1)
    (new,) = [result.new for result in run if result.path.endswith("files.py")]
    assert new is not None and b"save_entity" in new and b"copy2" not in new
    assert (b"import shutil" in new) == kept
