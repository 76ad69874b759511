"""The machine's figures if a GPU's library is missing or answers with an error."""

import sys
import types

import pytest
import tensorflow as tf

from tfgan_course.runs.directory import RunDirectory
from tfgan_course.trackers import Tracker
from tfgan_course.training.callbacks import Track
from tfgan_course.training.callbacks.track import gpu_use


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
        types.ModuleType("pynvml"),  # another package of this name
        library(nvmlInit=fails),
        library(nvmlDeviceGetHandleByIndex=fails),
        library(nvmlDeviceGetUtilizationRates=fails),
    ],
    ids=["missing", "empty", "init", "handle", "utilization"],
)
def test_a_gpu_whose_use_cannot_be_measured_is_said_once_and_ends_nothing(module, monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "pynvml", module)
    monkeypatch.setattr(tf.config.experimental, "get_memory_info", lambda device: {"current": 3e9})
    figures = recorded(tmp_path)
    assert not any("use_percent" in name for values in figures for name in values if "gpu" in name)
    # TensorFlow counts the memory without this library.
    assert [values["machine/gpu0_memory_gb"] for values in figures] == [3.0] * 3
    said = capsys.readouterr().err
    assert said.count("warning") == 1
    assert ("pip install" in said) == (module is None)


def test_a_gpu_whose_memory_is_not_counted_is_said_once_and_ends_nothing(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "pynvml", library())
    monkeypatch.setattr(tf.config.experimental, "get_memory_info", fails)
    assert [values["machine/gpu0_use_percent"] for values in recorded(tmp_path)] == [50.0] * 3
    assert capsys.readouterr().err.count("warning") == 1


@pytest.mark.parametrize(("visible", "found"), [(None, 0), ("", 0), ("3", 3), ("2,0", 2), ("GPU-1a", "GPU-1a")])
def test_the_use_of_the_gpu_that_tensorflow_sees_is_recorded(visible, found, monkeypatch):
    if visible is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    asked = []
    rates = {"nvmlDeviceGetUtilizationRates": lambda device: asked.append(device) or types.SimpleNamespace(gpu=50)}
    module = library(**rates, nvmlDeviceGetHandleByUUID=lambda name: name)
    monkeypatch.setitem(sys.modules, "pynvml", module)
    assert gpu_use(0) == 50
    assert asked == [found]


def recorded(folder) -> list[dict]:
    """Return what a tracker gets in three epochs on a machine with one GPU."""
    run, tracker = RunDirectory.create(folder / "run", "seed: 0\n", {}), Kept()
    track = Track(run, [tracker])
    track.gpus = 1
    for epoch in range(3):
        run.append(run.history, {"epoch": epoch + 1, "step": epoch})
        track.on_epoch_end(epoch)
    assert all("machine/memory_gb" in values for values in tracker.values)
    return tracker.values
