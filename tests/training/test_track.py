"""The machine's figures if a GPU's library is missing or answers with an error."""

import sys
import types

import pytest
import tensorflow as tf

from tfgan_course.errors import UserError, extra
from tfgan_course.health.watch import WatchHealth
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.trackers import Tracker
from tfgan_course.training.callbacks import Track
from tfgan_course.training.callbacks.track import gpu_use


class Kept(Tracker):
    def __init__(self):
        self.values, self.texts = [], []

    def text(self, step, name, text):
        self.texts.append((step, name, text))

    def scalars(self, step, values):
        self.values.append(values)


class Unreachable(Kept):
    """A tracker whose server does not answer at the begin."""

    def begin(self, config, directory):
        raise ConnectionError("no answer")


def test_a_server_that_is_gone_at_the_begin_ends_no_training_and_gets_nothing(tmp_path, capsys):
    run = RunDirectory.create(tmp_path / "run", "seed: 0\n", {})
    gone, there = Unreachable(), Kept()
    track = Track(run, [gone, there])
    track.begin()
    run.append(run.history, {"epoch": 1, "step": 2})
    track.on_epoch_end(0)
    track.end()
    assert len(there.values) == 1
    assert gone.values == []
    assert capsys.readouterr().err.count("no answer") == 1


def test_a_finding_of_the_health_monitor_is_reported_as_a_text(tmp_path):
    run = RunDirectory.create(tmp_path / "run", "seed: 0\n", {})
    tracker = Kept()
    WatchHealth(run, Track(run, [tracker]).finding).diverged(3, "critic_loss is NaN")
    ((step, name, text),) = tracker.texts
    assert (step, name) == (3, "health")
    assert "critic_loss is NaN" in text


class Missing(Kept):
    """A tracker whose package is not installed."""

    def begin(self, config, directory):
        with extra("mlflow"):
            raise ImportError("No module named mlflow")


def test_a_missing_package_ends_the_training_before_it_begins(tmp_path):
    track = Track(RunDirectory.create(tmp_path / "run", "seed: 0\n", {}), [Missing()])
    with pytest.raises(UserError) as caught:
        track.begin()
    assert "'.[mlflow]'" in caught.value.remedy


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
