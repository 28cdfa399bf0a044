import json

import pytest
from tracker.base import Experiment, Settings
from tracker.models import LinearModel


def test_a_linear_model_learns(model):
    model.run()
    assert model.metrics.best("loss") < 1.5
    assert (model.recorder.run_folder / "99_metrics.json").exists()  # expect: LPR102


def test_the_log_is_kept(model):
    model.start()
    assert "started" in (model.recorder.run_dir / "experiment.log").read_text()  # expect: LPR001


def test_a_run_can_be_prepared(run):
    (run.run_folder / "01_input.txt").write_text("x")  # expect: LPR202 LPR101
    assert run.run_dir.exists()  # expect: LPR001
    assert run.get_entity_path("settings") is None


@pytest.mark.parametrize("run", ["a", "b"])
def test_names(run):
    assert Settings(run).slug == run


class Broken(Experiment):
    def run(self):
        self.start()
        raise RuntimeError("broken")


def test_a_broken_experiment_leaves_its_log(settings, tmp_path):
    experiment = Broken(settings, base=str(tmp_path))
    with pytest.raises(RuntimeError):
        experiment.run()
    assert (experiment.folder / "experiment.log").exists()
    (experiment.recorder.run_folder / "traceback.txt").write_text("RuntimeError")  # expect: LPR202


def test_settings_are_saved(model):
    model.start()
    path = model.recorder.get_entity_path("settings")
    assert json.loads(path.read_text())["name"] == "A test"
    assert isinstance(model, LinearModel)
