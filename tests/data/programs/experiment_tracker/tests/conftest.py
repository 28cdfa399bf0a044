import numpy as np
import pytest
from tracker.base import Settings
from tracker.models import LinearModel

from recorder import LivePipelineRecorder, get_recorder


@pytest.fixture
def settings():
    return Settings("A test", epochs=1)


@pytest.fixture
def run(tmp_path) -> LivePipelineRecorder:
    with get_recorder("test", base_path=str(tmp_path)) as recorder:
        yield recorder


@pytest.fixture
def model(tmp_path, settings):
    data = tmp_path / "data.npy"
    np.save(data, np.ones((4, 2)))
    return LinearModel(settings, str(data))
