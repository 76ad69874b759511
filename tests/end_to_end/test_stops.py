"""A run that is stopped or killed can be resumed with the same results. For refused resumes see test_resume.py."""

import os
import resource
import signal
import subprocess
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tests.end_to_end.command import ENVIRONMENT, SMALL, arguments, assert_same
from tfgan_course.cli.main import main
from tfgan_course.config.parser import from_words
from tfgan_course.errors import Interrupted
from tfgan_course.runs.checkpoints import steps_saved
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.training.session import TrainingSession


def wait_for(condition, process: subprocess.Popen, seconds: float = 200) -> None:
    begin = time.monotonic()
    while not condition():
        assert process.poll() is None, "ended before it could be killed: " + process.stderr.read()
        assert time.monotonic() - begin < seconds
        time.sleep(0.01)


def start(*words: object, cwd: Path) -> subprocess.Popen:
    return subprocess.Popen(
        arguments(*words), cwd=cwd, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


LONG = ("train", "--variant", "wgan_gp", *SMALL, "--critic_updates", 2, "--checkpoints.every_steps", 7)
LONG += ("--generator=SimpleGenerator", "--critic=SimpleCritic")  # quick to start, four times over
LONG += ("--epochs", 3, "--steps_per_epoch", 40)


def checkpoint(run: Path, step: int) -> bool:
    """Return whether there is a checkpoint of this step or of a later step."""
    return any(int(path.stem.split("-")[1]) >= step for path in (run / "checkpoints").glob("step-*.index"))


def test_killed_three_times_and_resumed_equals_uninterrupted(tmp_path):
    assert main([*map(str, LONG), "--out", str(tmp_path / "whole")]) == 0
    killed = tmp_path / "killed"
    moments = [
        lambda: checkpoint(killed, 7),  # in the middle of the first epoch
        lambda: (killed / "history.csv").is_file() and "\n1," in (killed / "history.csv").read_text(),  # at its end
        lambda: checkpoint(killed, 63),  # in the second
    ]
    words = (*LONG, "--out", "killed")
    for moment in moments:
        process = start(*words, cwd=tmp_path)
        wait_for(moment, process)
        process.kill()
        process.wait()
        words = ("train", "--resume", "killed")
    assert main(["train", "--resume", str(killed)]) == 0
    assert_same(tmp_path / "whole", killed)


def test_asked_to_stop_it_saves_and_can_go_on(tmp_path, monkeypatch, capsys):
    run = tmp_path / "run"
    words = ["train", "--variant", "simple_gan", *SMALL, "--checkpoints.every_steps", "5", "--epochs", "9999"]
    words += ["--steps_per_epoch", "50", "--out", str(run)]
    arrived = []  # here, if the training does not take the signal

    def ask(number: int, step: int) -> None:
        while not checkpoint(run, step):
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    for number, step in ((signal.SIGINT, 5), (signal.SIGTERM, 100)):
        before = signal.signal(number, lambda number, _: arrived.append(number))
        threading.Thread(target=ask, args=(number, step), daemon=True).start()
        assert main(words) == 130
        signal.signal(number, before)
        said = capsys.readouterr()
        assert "again to stop at once" in said.err
        last_line = said.out.splitlines()[-1]
        assert str(run) in last_line
        assert "--resume" in last_line
        assert (run / "samples.gif").is_file()
        words = ["train", "--resume", str(run)]
    assert not arrived
    stopped = int(tf.train.latest_checkpoint(str(run / "checkpoints")).rpartition("-")[2])
    assert stopped >= 100
    epochs = stopped // 50 + 1
    assert main([*words, "--epochs", str(epochs)]) == 0
    assert checkpoint(run, epochs * 50)


SHORT = ("--variant", "simple_gan", *SMALL, "--batch_size=100", "--epochs=2", "--steps_per_epoch=3")
SHORT += ("--critic_optimizer.schedule=LinearDecay", "--generator_optimizer.schedule=Cosine")
SHORT += ("--generator_optimizer.schedule.warm_up_epochs=0.5", "--generator_optimizer.schedule.restarts=1")
SHORT += ("--critic_optimizer.beta_2", "{class_path: Cosine, init_args: {start: 0.9, end: 0.99, images: 400}}")
SHORT += ("--critic_terms", "[{class_path: R1, init_args: {weight: {class_path: Linear, init_args: {start: 1}}}}]")
SHORT += ("--ema_half_life=Cosine", "--ema_half_life.start=0", "--ema_half_life.end=300", "--ema_half_life.images=500")


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "whole"
    assert main(["train", *SHORT, "--out", str(out)]) == 0
    return out


# In the first epoch, then past its end; at its end, then in the second.
@pytest.mark.parametrize(("first", "more", "second"), [(1, 2, 4), (3, 1, 4)])
def test_stopping_in_any_step_and_going_on_equals_uninterrupted(uninterrupted, tmp_path, first, more, second):
    settings = from_words(SHORT)

    def session(stop_after: int = 10**6) -> TrainingSession:
        asked = iter(range(10**6))  # the first time before anything is written
        stop = lambda: next(asked) >= stop_after  # noqa: E731
        return TrainingSession(settings.make(), settings.yaml(), asked_to_stop=stop)

    with pytest.raises(Interrupted):
        session(first).begin(tmp_path / "part")
    part = RunDirectory(tmp_path / "part")
    assert last_step(part) == first
    with pytest.raises(Interrupted):
        session(more).resume(part)
    assert last_step(part) == second
    session().resume(part)
    assert_same(uninterrupted, part.path)
    assert [row["epoch"] for row in part.rows()] == [1, 2]
    # The rate of an epoch's last update: of 6 linear ones the 3rd and the last.
    np.testing.assert_allclose([row["critic_learning_rate"] for row in part.rows()], [2e-4 * 4 / 6, 2e-4 / 6], 1e-6)
    # The other numbers, when 200 and 500 images were shown before the last step.
    np.testing.assert_allclose([row["r1_weight"] for row in part.rows()], [4 / 6, 1 / 6], 1e-6)
    np.testing.assert_allclose([row["critic_beta_2"] for row in part.rows()], [0.945, 0.99], 1e-6)
    np.testing.assert_allclose(
        [row["ema_half_life"] for row in part.rows()], [150 * (1 - np.cos(0.4 * np.pi)), 300], 1e-6
    )


def last_step(run: RunDirectory) -> int:
    return steps_saved(run.checkpoints)[-1]


def test_a_full_disk_is_one_clear_error_and_the_last_checkpoint_stays(tmp_path, capsys):
    words = ("train", "--variant", "simple_gan", *SMALL, "--checkpoints.every_steps", 7, "--epochs", 9999)
    process = start(*words, "--out", "run", cwd=tmp_path)
    wait_for(lambda: checkpoint(tmp_path / "run", 7), process)
    # Nor does anybody else train it meanwhile.
    assert main(["train", "--resume", str(tmp_path / "run")]) == 2
    assert "another process" in capsys.readouterr().err
    # No file may grow beyond 1 kB from now on: writes fail as on a full disk.
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    error = process.communicate(timeout=120)[1]
    assert process.returncode == 2
    assert "Traceback" not in error
    assert "Free space" not in error  # there is space; only files may not grow
    assert f"step {steps_saved(tmp_path / 'run' / 'checkpoints')[-1]}" in error
    assert main(["sample", str(tmp_path / "run"), "--count", "1", "--out", str(tmp_path / "image.png")]) == 0
