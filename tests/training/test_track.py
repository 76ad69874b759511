"""The machine's figures if a GPU's library is missing or answers with an error."""

import sys
import types

import pytest

from tfgan_course.runs.directory import RunDirectory
from tfgan_course.trackers import Tracker
from tfgan_course.training.callbacks import Track


class Kept(Tracker):
    def __init__(self):
        self.values = []

    def scalars(self, step, values):
        self.values.append(values)


def library(**functions) -> types.ModuleType:
    """A fake driver library with other functions, because this machine has no GPU."""
    working = {
        "nvmlInit": lambda: None,
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetUtilizationRates": lambda device: types.SimpleNamespace(gpu=50),
    }
    module = types.ModuleType("pynvml")
    vars(module).update(working | functions)
    return module


def fails(*arguments):
    raise RuntimeError("Driver/library version mismatch")


@pytest.mark.parametrize(
    "module",
    [
        None,  # import raises ModuleNotFoundError
        library(nvmlInit=fails),
        library(nvmlDeviceGetHandleByIndex=fails),
        library(nvmlDeviceGetUtilizationRates=fails),
    ],
    ids=["missing", "init", "handle", "utilization"],
)
def test_a_gpu_that_cannot_be_measured_is_said_once_and_ends_nothing(module, monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "pynvml", module)
    run, tracker = RunDirectory.create(tmp_path / "run", "seed: 0\n", {}), Kept()
    track = Track(run, [tracker])
    track.gpus = 1
    for epoch in range(3):
        run.append(run.history, {"epoch": epoch + 1, "step": epoch})
        track.on_epoch_end(epoch)
    assert len(tracker.values) == 3
    assert all("machine/memory_gb" in values for values in tracker.values)
    assert not any("gpu" in name for values in tracker.values for name in values)
    assert capsys.readouterr().err.count("warning") == 1
