"""Train a small model from the command line; all that a training makes lies in the folder of its run."""

from __future__ import annotations

import argparse
import json
import logging
import random
import shutil
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Iterator

import torch
import yaml
from omegaconf import OmegaConf
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from outputs import copy_code, draw_curve, log_to, save_table, write_json
from recorder import LivePipelineRecorder, get_recorder

log = logging.getLogger("trainer")

DEFAULTS = Path(__file__).with_name("defaults.yaml")
BEST = "best.pt"


@dataclass
class Settings:
    """What can be set on the command line."""

    name: str = "trial"
    epochs: int = 5
    batch_size: int = 32
    rate: float = 1e-3
    seed: int = 0
    width: int = 64


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("train", "resume", "evaluate", "clean"))
    parser.add_argument("--run-id", default="")
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--settings", type=Path, default=DEFAULTS)
    parser.add_argument("--keep-code", action="store_true")
    return parser.parse_args(arguments)


def settings_from(path: Path) -> Settings:
    values = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    return Settings(**values)


# ---- data and model


def data(settings: Settings) -> tuple[DataLoader, DataLoader]:
    random.seed(settings.seed)
    torch.manual_seed(settings.seed)
    inputs = torch.randn(1024, 16)
    targets = inputs.sum(dim=1, keepdim=True).sign()
    train = TensorDataset(inputs[:896], targets[:896])
    test = TensorDataset(inputs[896:], targets[896:])
    return DataLoader(train, settings.batch_size, shuffle=True), DataLoader(test, settings.batch_size)


def model_of(settings: Settings) -> nn.Module:
    return nn.Sequential(nn.Linear(16, settings.width), nn.ReLU(), nn.Linear(settings.width, 1), nn.Tanh())


def epoch(model: nn.Module, loader: DataLoader, optimiser: torch.optim.Optimizer | None) -> float:
    total, count = 0.0, 0
    for inputs, targets in loader:
        loss = nn.functional.mse_loss(model(inputs), targets)
        if optimiser is not None:
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        total += float(loss) * len(inputs)
        count += len(inputs)
    return total / max(count, 1)


# ---- the training


class Trainer:
    """One training: a model, its data, and the recorder of the run."""

    def __init__(self, recorder: LivePipelineRecorder, settings: Settings) -> None:
        self.recorder = recorder
        self.settings = settings
        self.model = model_of(settings)
        self.optimiser = torch.optim.Adam(self.model.parameters(), settings.rate)
        self.losses: list[float] = []
        self.best = float("inf")

    def prepare(self) -> None:
        folder = self.recorder.run_folder
        log_to(folder)
        OmegaConf.save(OmegaConf.create(asdict(self.settings)), folder / "settings.yaml")  # expect: LPR202
        with (folder / "01_settings.json").open("w") as handle:  # expect: LPR202 LPR101
            json.dump(asdict(self.settings), handle, indent=2)
        self.recorder.metadata["settings"] = asdict(self.settings)  # expect: LPR003

    def run(self) -> float:
        train, test = data(self.settings)
        for number in self.numbers():
            self.recorder.set_state(number, "epoch")
            started = time.monotonic()
            loss = epoch(self.model, train, self.optimiser)
            with torch.no_grad():
                tested = epoch(self.model, test, None)
            self.losses.append(tested)
            self.keep(number, tested)
            log.info("epoch %d: %.4f, tested %.4f, %.1f s", number, loss, tested, time.monotonic() - started)
        return self.best

    def numbers(self) -> Iterator[int]:
        yield from range(len(self.losses), self.settings.epochs)

    def keep(self, number: int, tested: float) -> None:
        state = {"model": self.model.state_dict(), "losses": self.losses, "epoch": number}
        torch.save(state, self.recorder.run_folder / "last.pt")  # expect: LPR202
        if tested < self.best:
            self.best = tested
            shutil.copyfile(self.recorder.run_folder / "last.pt", self.recorder.run_folder / BEST)  # expect: LPR201
        if number % 10 == 0:
            name = f"{number:03d}_checkpoint.pt"  # expect: LPR101
            torch.save(state, self.recorder.run_folder / name)  # expect: LPR202

    def restore(self) -> bool:
        path = self.recorder.run_folder / "last.pt"
        if not path.is_file():
            return False
        state: dict[str, Any] = torch.load(path)
        self.model.load_state_dict(state["model"])
        self.losses = state["losses"]
        return True

    def export(self) -> None:
        scripted = torch.jit.script(self.model)
        torch.jit.save(scripted, self.recorder.run_folder / "02_model.pt")  # expect: LPR202 LPR101
        self.recorder.save_entity("losses", {"losses": self.losses})

    def finish(self) -> None:
        folder = self.recorder.run_folder
        draw_curve(folder, self.losses)
        save_table(self.recorder, self.losses)
        write_json(folder / "99_summary.json", {"best": self.best})  # expect: LPR202 LPR101
        self.recorder.mark_complete()


# ---- commands


def train(options: argparse.Namespace) -> int:
    settings = settings_from(options.settings)
    run_id = options.run_id or f"{settings.name}_{int(time.time())}"
    recorder = get_recorder(run_id, config_name=settings.name, base_path=options.runs)
    trainer = Trainer(recorder, settings)
    trainer.prepare()
    if options.keep_code:
        copy_code(recorder.run_folder, Path(__file__).parent)
    try:
        best = trainer.run()
    except KeyboardInterrupt:
        recorder.save_error(stage=1, error_type="KeyboardInterrupt", message="stopped by hand")
        return 130
    trainer.export()
    trainer.finish()
    print(f"{run_id}: {best:.4f}")
    return 0


def resume(options: argparse.Namespace) -> int:
    recorder = get_recorder(options.run_id, config_name="trial", base_path=options.runs)
    source = recorder.run_folder / "01_settings.json"  # expect: LPR102
    trainer = Trainer(recorder, Settings(**json.loads(source.read_text())))
    if not trainer.restore():
        print("nothing to resume", file=sys.stderr)
        return 1
    trainer.run()
    trainer.finish()
    return 0


def evaluate(options: argparse.Namespace) -> int:
    recorder = get_recorder(options.run_id, config_name="trial", base_path=options.runs)
    model = torch.jit.load(recorder.run_folder / "02_model.pt")  # expect: LPR102
    _, test = data(Settings())
    with torch.no_grad():
        tested = epoch(model, test, None)
    recorder.save_entity("evaluation", {"loss": tested})
    print(f"{options.run_id}: {tested:.4f}")
    return 0


def clean(options: argparse.Namespace) -> int:
    recorder = get_recorder(options.run_id, config_name="trial", base_path=options.runs)
    for path in sorted(recorder.run_folder.glob("*_checkpoint.pt")):
        path.unlink()  # expect: LPR203
    print(recorder.run_foldr)  # expect: LPR001
    return 0


def main(arguments: list[str] | None = None) -> int:
    options = parsed(sys.argv[1:] if arguments is None else arguments)
    logging.basicConfig(level=logging.INFO)
    commands = {"train": train, "resume": resume, "evaluate": evaluate, "clean": clean}
    return commands[options.command](options)


if __name__ == "__main__":
    sys.exit(main())
