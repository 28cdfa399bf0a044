"""The work on a real Dask cluster: a scheduler and workers in own processes, one of which is killed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from codemods.command.cli import main
from codemods.run import dask_executor
from codemods.run.dask_executor import ClusterError, cluster
from codemods.run.options import Options
from codemods.run.runner import Run
from lint_plugin.config.reading import Resolver
from lint_plugin.finding import FileResult

pytestmark = pytest.mark.slow


MODULE = """\
from recorder import LivePipelineRecorder


def exists(recorder: LivePipelineRecorder, number={number}) -> bool:
    return recorder.run_dir.exists()
"""
FILES = 60
_PATIENCE = 60  # seconds; only a failure takes that long


@dataclass
class Processes:
    """A scheduler and its workers."""

    address: str
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def add_workers(self, count: int) -> None:
        options = ["--nthreads", "1", "--no-nanny", "--no-dashboard"]
        for _ in range(count):
            command = [sys.executable, "-m", "distributed.cli.dask_worker", self.address, *options]
            self.workers.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        from distributed import Client

        with Client(self.address, timeout=_PATIENCE, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=_PATIENCE)

    @property
    def url(self) -> str:
        return self.address.replace("tcp://", "dask://")


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    described = tmp_path_factory.mktemp("dask") / "scheduler.json"
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(described)]
    scheduler = subprocess.Popen([sys.executable, "-m", "distributed.cli.dask_scheduler", *options], stderr=subprocess.DEVNULL)
    found = Processes("")
    try:
        until = time.monotonic() + _PATIENCE
        while not found.address and time.monotonic() < until:
            assert scheduler.poll() is None
            try:
                found.address = json.loads(described.read_text())["address"]
            except (OSError, ValueError):
                time.sleep(0.05)
        yield found
    finally:
        for process in (*found.workers, scheduler):
            process.kill()
            process.wait()


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    for number in range(FILES):
        (tmp_path / f"{number:02}.py").write_text(MODULE.format(number=number))
    (tmp_path / "clean.py").write_text("")
    return tmp_path


def results(executor: Executor | None = None, progress: Callable[[int, int], None] | None = None) -> list[FileResult]:
    return list(Run(["."], Options("fix"), resolver=Resolver(), jobs=1, executor=executor, progress=progress))


def test_a_cluster_without_workers_is_an_error(processes: Processes) -> None:
    with pytest.raises(ClusterError, match="has no worker"), cluster(processes.url):
        raise AssertionError("not reached")


def test_nothing_that_answers_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_executor, "_CONNECT_SECONDS", 0.5)
    with pytest.raises(ClusterError, match="no Dask scheduler answers at dask://127.0.0.1:1"):
        with cluster("dask://127.0.0.1:1"):
            raise AssertionError("not reached")


def test_a_worker_with_another_release_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Client:
        """Stands in for a cluster whose workers were not upgraded."""

        def run(self, function: object) -> dict[str, str]:
            return {"tcp://10.0.0.1:4000": "recorder-toolkit 0.0.1 on Python 3.11"}

    with pytest.raises(ClusterError, match=r"10\.0\.0\.1:4000 has recorder-toolkit 0\.0\.1"):
        dask_executor._check_release(Client(), "dask://10.0.0.1:8786")


def test_the_result_is_the_same_when_a_worker_is_killed_during_the_run(processes: Processes, tree: Path) -> None:
    expected = results()
    assert len(expected) == FILES
    processes.add_workers(3)
    killed: list[int] = []

    def kill(done: int, total: int) -> None:
        if not killed and done > FILES:  # so many steps gather facts, here; then the workers have their turn
            victim = processes.workers.pop()
            victim.kill()
            victim.wait()
            killed.append(done)

    with cluster(processes.url) as executor:
        assert results(executor, kill) == expected
    assert killed == [FILES + 1]


def test_the_command_line_writes_what_the_cluster_sends_back(
    processes: Processes, tree: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    if not processes.workers:
        processes.add_workers(1)
    assert main(["--executor", processes.url, "."]) == 0
    assert f"{FILES}" in capfd.readouterr().out
    for number in range(FILES):
        expected = MODULE.format(number=number).replace("run_dir", "run_folder")
        assert (tree / f"{number:02}.py").read_text() == expected
