"""Permission errors, as a user whom permission bits bind: unprivileged.py BASE.

Prints what happened as JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from recorder import LivePipelineRecorder, load_recorder, open_run
from recorder.command.tree import one_run

NOBODY = 65534


def outcome(function: Any, *arguments: Any, **options: Any) -> str:
    try:
        return str(function(*arguments, **options))
    except OSError as error:
        return type(error).__name__


def main() -> None:
    base = Path(sys.argv[1])
    LivePipelineRecorder("warm", base_path=base).save_entity("input", {"all": "imports are done"})
    shutil.rmtree(base / "warm")
    base.chmod(0o777)
    if os.geteuid() == 0:
        os.setuid(NOBODY)
    result: dict[str, Any] = {}

    run = LivePipelineRecorder("run", base_path=base)
    run.save_entity("input", "first")
    run.run_folder.chmod(0o555)
    result["save, folder read-only"] = outcome(run.save_entity, "input", "refused")
    result["state, folder read-only"] = outcome(run.set_state, 1, "refused")
    result["load, folder read-only"] = len(load_recorder("run", base).get_status()["entities"])
    result["index, folder read-only"] = len(json.loads((run.run_folder / "metadata.json").read_bytes())["entities"])
    result["from filesystem, folder read-only"] = outcome(run.save_from_filesystem, __file__, "input")
    run.run_folder.chmod(0o755)
    result["save, writable again"] = outcome(run.save_entity, "input", "second")
    result["state"] = run.current_step

    journal = run.run_folder / "entities.jsonl"
    run.close()
    journal.chmod(0o444)
    result["save, journal read-only"] = outcome(run.save_entity, "input", "refused")
    journal.chmod(0)
    result["open, journal not readable"] = outcome(LivePipelineRecorder, "run", base_path=base)
    journal.chmod(0o644)
    result["save, journal writable again"] = outcome(run.save_entity, "input", "third")

    secret = base / "secret"
    secret.write_text("secret")
    secret.chmod(0)
    result["save, source not readable"] = outcome(run.save_entity, "input", secret)
    result["from filesystem, source not readable"] = outcome(run.save_from_filesystem, secret, "input")

    locked = base / "run" / "locked"
    locked.mkdir()
    locked.chmod(0o555)
    result["open, base read-only"] = outcome(LivePipelineRecorder, "new", base_path=locked)
    result["open lazily, base read-only"] = LivePipelineRecorder("new", base_path=locked, lazy=True).sequence_number
    result["files"] = sorted(path.name for path in run.run_folder.iterdir() if path.name[0].isdigit())
    result["leftovers"] = [path.name for path in run.run_folder.iterdir() if path.name.endswith(".tmp")]
    run.close()
    result["index"] = [entity["filename"] for entity in run.get_status()["entities"]]
    locked.rmdir()
    run.run_folder.chmod(0)
    result["open_run, folder not readable"] = outcome(open_run, run.run_folder)
    result["show, folder not readable"] = outcome(one_run, run.run_folder)
    run.run_folder.chmod(0o755)
    print(json.dumps(result))


main()
