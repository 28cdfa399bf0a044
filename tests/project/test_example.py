"""The main job: the devserver example crashes, `recorder-fix` puts it right, and it stores what it should."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "devserver"
SCRIPTS = Path(sysconfig.get_path("scripts"))
PIPELINE = "my_app/routes/schema_pipeline_routes.py"
STREAM = "my_app/routes/pipeline_stream_routes.py"

FILES = [
    "01_input.txt",
    "02_translation.txt",
    "03_safety.json",
    "04_interception.txt",
    "05_safety_pre_output.json",
    "06_output_image.png",
    "07_output_image.png",
    "08_output_video.mp4",
    "09_output_audio.mp3",
    "10_output_video.mp4",
    "11_output_image.png",
]
SAMPLE_OF = {"png": "picture.png", "mp4": "clip.mp4", "mp3": "tone.mp3"}
MAGIC = {"png": (0, b"\x89PNG\r\n\x1a\n"), "mp4": (4, b"ftyp"), "mp3": (0, b"ID3")}

# Every finding in the example as it is: where, code, and the code on that line.
FINDINGS = [
    (STREAM, "LPR001", "if not recorder.run_dir.exists():"),
    (STREAM, "LPR001", "metadata_path = recorder.run_dir / 'metadata.json'"),
    (PIPELINE, "LPR401", "if media_type == 'audio':"),
    (PIPELINE, "LPR101", 'output_filename = f"07_output_{media_type}.{ext}"'),
    (PIPELINE, "LPR001", "dest_path = os.path.join(recorder.run_dir, output_filename)"),
    (PIPELINE, "LPR301", "dest_path = os.path.join(recorder.run_dir, output_filename)"),
    (PIPELINE, "LPR201", "shutil.copy2(filesystem_path, dest_path)"),
]

# What becomes of the workflow_generated branch; everything else in that file stays as it is, byte by byte.
REWRITTEN = """\
    elif output_value == 'workflow_generated':
        logger.info(f"workflow generated, metadata keys: {list(output_result.metadata.keys())}")
        filesystem_path = output_result.metadata.get('filesystem_path')
        if filesystem_path:
            # Direct filesystem copy (for audio/video)
            try:
                with open(filesystem_path, "rb") as f:
                    file_data = f.read()
                saved_filename = recorder.save_entity(
                    entity_type=f"output_{media_type}",
                    content=file_data,
                    metadata={
                        "config": output_config_name,
                        "backend": "comfyui",
                        "seed": seed,
                        "filesystem_path": str(filesystem_path),
                    },
                )
                logger.info(f"Copied {media_type} from filesystem: {saved_filename}")
            except Exception as e:
                logger.error(f"Failed to copy {media_type} file: {e}")
                saved_filename = None
        else:
            logger.warning("No filesystem_path in metadata for workflow_generated")
            saved_filename = None
"""


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)


def run_example(copy: Path, *options: str) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Run the example's program; what it said, and the folder of its run."""
    runs = copy.parent / "runs"
    result = run(
        sys.executable,
        copy / "run.py",
        "--run-id",
        "demo",
        "--output-folder",
        runs,
        *options,
        cwd=copy.parent,
    )
    return result, runs / "demo"


def names(run_folder: Path) -> list[str]:
    """The numbered files of a run, in order of number."""
    return sorted(path.name for path in run_folder.iterdir() if path.name[:2].isdigit())


def flake8(copy: Path) -> list[tuple[str, str, str]]:
    """What `flake8 --select LPR` finds: file, code, and the code on that line."""
    result = run(
        SCRIPTS / "flake8",
        "--isolated",
        "--select",
        "LPR",
        "--format",
        "%(path)s|%(row)d|%(code)s",
        ".",
        cwd=copy,
    )
    assert result.stderr == ""
    found = []
    for line in result.stdout.splitlines():
        path, row, code = line.split("|")
        source = (copy / path).read_text(encoding="utf-8").splitlines()
        found.append((Path(path).as_posix(), code, source[int(row) - 1].strip()))
    assert result.returncode == (1 if found else 0)
    return found


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The example as it is in the repository."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "devserver", ignore=shutil.ignore_patterns("exports", "__pycache__")))


@pytest.fixture
def fixed(copy: Path) -> Path:
    """The example after `recorder-fix`, which had everything put right."""
    result = run(SCRIPTS / "recorder-fix", "--no-progress", copy, cwd=copy.parent)
    assert result.returncode == 0, result.stdout + result.stderr
    return copy


@pytest.mark.parametrize(
    ("options", "stored", "place"),
    [
        pytest.param((), FILES[:8], "schema_pipeline_routes.py", id="the pipeline route"),
        pytest.param(("--output", "sd35_large"), FILES[:6], "pipeline_stream_routes.py", id="the stream route"),
    ],
)
def test_crashes_before(copy: Path, options: tuple[str, ...], stored: list[str], place: str) -> None:
    result, run_folder = run_example(copy, *options)
    assert result.returncode == 1
    last = result.stderr.splitlines()[-1]
    assert last.startswith("AttributeError:") and "run_dir" in last and "run_folder" in last
    frames = [line for line in result.stderr.splitlines() if line.lstrip().startswith("File ") and "my_app" in line]
    assert place in frames[-1]
    assert names(run_folder) == stored


def test_findings_before(copy: Path) -> None:
    assert sorted(flake8(copy)) == sorted(FINDINGS)


def test_only_the_two_route_files_change(copy: Path) -> None:
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    assert run(SCRIPTS / "recorder-fix", copy, cwd=copy.parent).returncode == 0
    after = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    assert {path.relative_to(copy).as_posix() for path in before if before[path] != after[path]} == {
        PIPELINE,
        STREAM,
    }
    assert before.keys() == after.keys()


def test_becomes_the_audits_option_a(copy: Path, fixed: Path) -> None:
    before = (EXAMPLE / PIPELINE).read_text(encoding="utf-8")
    start = before.index("    elif output_value == 'workflow_generated':")
    end = before.index("    else:\n        # Anything else")
    assert (fixed / PIPELINE).read_text(encoding="utf-8") == before[:start] + REWRITTEN + before[end:]
    before = (EXAMPLE / STREAM).read_text(encoding="utf-8")
    assert before.count("recorder.run_dir") == 2
    assert (fixed / STREAM).read_text(encoding="utf-8") == before.replace("recorder.run_dir", "recorder.run_folder")


def test_stores_everything_after(fixed: Path) -> None:
    result, run_folder = run_example(fixed)
    assert result.returncode == 0, result.stderr
    assert names(run_folder) == FILES

    for name in FILES[5:]:
        extension = name.rpartition(".")[2]
        content = (run_folder / name).read_bytes()
        offset, magic = MAGIC[extension]
        assert content[offset:].startswith(magic), name
        assert content == (fixed / "samples" / SAMPLE_OF[extension]).read_bytes(), name

    metadata = json.loads((run_folder / "metadata.json").read_text(encoding="utf-8"))
    entities = metadata["entities"]
    assert [entity["filename"] for entity in entities] == FILES
    assert [entity["sequence"] for entity in entities] == list(range(1, len(FILES) + 1))
    assert [entity["type"] for entity in entities] == [name[3:].partition(".")[0] for name in FILES]
    for entity, config in zip(entities[8:], ["acestep_audio", "wan_video", "flux_image"], strict=True):
        recorded = entity["metadata"]
        assert (recorded["config"], recorded["backend"], recorded["seed"]) == (config, "comfyui", 42)
        assert Path(recorded["filesystem_path"]).name.startswith(config)


def test_the_run_is_whole_after(fixed: Path) -> None:
    _, run_folder = run_example(fixed)
    verified = run(SCRIPTS / "recorder", "verify", run_folder.parent, cwd=fixed.parent)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_says_what_it_stored(fixed: Path) -> None:
    result, run_folder = run_example(fixed)
    rows = [line.split() for line in result.stdout.splitlines() if line[:3].strip().isdigit()]
    assert [row[2] for row in rows] == FILES
    assert [int(row[3]) for row in rows] == [(run_folder / name).stat().st_size for name in FILES]
    for media_type, name in (("audio", FILES[8]), ("video", FILES[9]), ("image", FILES[10])):
        assert f"Copied {media_type} from filesystem: {name}" in result.stderr


def test_a_missing_file_is_still_the_programs_own_error(fixed: Path) -> None:
    """The try around the copy still does its work around what replaced it."""
    generators = fixed / "my_app/services/generators.py"
    source = generators.read_text(encoding="utf-8")
    broken = source.replace('{"filesystem_path": str(made)', '{"filesystem_path": str(made) + ".gone"')
    assert broken != source
    generators.write_text(broken, encoding="utf-8")
    result, run_folder = run_example(fixed)
    assert result.returncode == 0
    assert result.stderr.count("Failed to copy") == 3
    assert names(run_folder) == FILES[:8]


def test_nothing_is_left_after(fixed: Path) -> None:
    assert flake8(fixed) == []
    before = {path: path.read_bytes() for path in fixed.rglob("*.py")}
    again = run(SCRIPTS / "recorder-fix", fixed, cwd=fixed.parent)
    check = run(SCRIPTS / "recorder-fix", "--check", "--unsafe", fixed, cwd=fixed.parent)
    assert (again.returncode, check.returncode) == (0, 0), check.stdout
    assert {path: path.read_bytes() for path in fixed.rglob("*.py")} == before
