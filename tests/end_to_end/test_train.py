"""What a run leaves on disk, and that it survives whatever happens to it."""

import json
import os
import resource
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.end_to_end.command import ENVIRONMENT, SMALL, arguments, assert_same, saved, train
from tfgan_course.cli.main import main
from tfgan_course.config.parser import from_words
from tfgan_course.config.variants import variants
from tfgan_course.errors import Interrupted
from tfgan_course.runs.checkpoints import steps_saved
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.training.session import TrainingSession


@pytest.fixture(scope="module")
def lsgan(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return train(folder, "lsgan", "--epochs", 3, "--steps_per_epoch", 4, "--checkpoints.keep", 2)


def test_a_run_directory_has_everything(lsgan):
    lines = (lsgan / "history.csv").read_text().splitlines()
    assert len(lines) == 4
    assert {"epoch", "step", "critic_loss", "val_critic_loss", "val_generator_loss", "val_critic_accuracy_fake"} <= set(
        lines[0].split(",")
    )
    assert (lsgan / "timing.csv").read_text().startswith("epoch,seconds,images_per_second\n1,")
    assert json.loads((lsgan / "summary.json").read_text())["steps"] == 12
    assert sorted(path.name for path in (lsgan / "samples").iterdir()) == [
        f"step_{step:07d}.png" for step in (0, 4, 8, 12)
    ]
    with Image.open(lsgan / "samples.gif") as evolution:
        assert 2 <= evolution.n_frames <= 4  # the encoder joins equal neighbours
    with Image.open(lsgan / "curves.png") as curves:
        assert curves.width > 500
    kept = sorted(path.name for path in (lsgan / "checkpoints").glob("*.index"))
    assert kept == ["step-12.index", "step-8.index"]
    assert len(list((lsgan / "checkpoints" / "best").glob("*.index"))) == 1
    assert not list(lsgan.rglob(".*.tmp"))


def test_tensorboard_has_scalars_images_and_the_machine(lsgan):
    tags = set()
    for file in (lsgan / "tensorboard").iterdir():
        for event in tf.compat.v1.train.summary_iterator(str(file)):
            tags |= {value.tag for value in event.summary.value}
    assert {"critic_loss/training", "critic_loss/validation", "samples"} <= tags
    assert {"machine/memory_gb", "machine/cpu_use_percent"} <= tags


def test_equal_commands_make_equal_runs_and_its_config_makes_it_again(lsgan, tmp_path):
    out = tmp_path / "again"
    out.mkdir()
    assert main(["train", "--config", str(lsgan / "config.yaml"), "--out", str(out)]) == 0
    assert not list(out.iterdir())  # the run took the next free name
    assert_same(lsgan, tmp_path / "again-2")


def test_sample_draws_the_same_images_from_the_same_seed(lsgan, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, count in (("a", 4), ("b", 2)):
        assert main(["sample", str(lsgan), "--count", str(count), "--seed", "1", "--out", name]) == 0
    for name in ("00000.png", "00001.png"):
        assert Path("a", name).read_bytes() == Path("b", name).read_bytes()
    assert len(list(Path("a").iterdir())) == 4
    assert main(["sample", str(lsgan), "--count", "9", "--out", "grid.png"]) == 0
    assert Image.open("grid.png").size == (88, 88)
    assert main(["sample", str(lsgan), "--checkpoint", "8", "--out", "earlier.png"]) == 0
    assert main(["sample", str(lsgan), "--checkpoint", "best", "--out", "best.png"]) == 0
    assert main(["sample", str(lsgan), "--checkpoint", "5", "--out", "never.png"]) == 2
    assert main(["sample", str(lsgan), "--count", "4", "--out", "grid.jpg"]) == 0
    assert Image.open("grid.jpg").size == (58, 58)
    assert main(["sample", str(lsgan), "--out", "grid.docx"]) == 2
    assert not Path("grid.docx").exists()


def test_longer_training_is_resumed_training(lsgan, tmp_path):
    whole = train(tmp_path, "lsgan", "--epochs", 5, "--steps_per_epoch", 4)
    longer = shutil.copytree(lsgan, tmp_path / "longer")
    assert main(["train", "--resume", str(longer), "--epochs", "5"]) == 0
    assert_same(whole, longer)


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
    """Whether a checkpoint of this step or a later one is there."""
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
        assert "once more to stop at once" in capsys.readouterr().err
        assert (run / "samples.gif").is_file()
        words = ["train", "--resume", str(run)]
    assert not arrived
    stopped = int(tf.train.latest_checkpoint(str(run / "checkpoints")).rpartition("-")[2])
    assert stopped >= 100
    epochs = stopped // 50 + 1
    assert main([*words, "--epochs", str(epochs)]) == 0
    assert checkpoint(run, epochs * 50)


SHORT = ("--variant", "dcgan", *SMALL, "--batch_size=100", "--epochs=2", "--steps_per_epoch=3")
SHORT += ("--critic_optimizer.schedule=LinearDecay", "--generator_optimizer.schedule=Cosine")
SHORT += ("--generator_optimizer.schedule.warm_up_epochs=0.5", "--generator_optimizer.schedule.restarts=1")


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
    assert "--resume" in error
    assert main(["sample", str(tmp_path / "run"), "--count", "1", "--out", str(tmp_path / "image.png")]) == 0


def test_divergence_stops_with_the_step_and_the_term(tmp_path, capsys):
    out = tmp_path / "run"
    options = ["--critic_terms.weight", "1e38", "--critic_optimizer.learning_rate", "1e30", "--out", str(out)]
    assert main(["train", "--variant", "wgan_gp", *SMALL, "--epochs", "2", "--steps_per_epoch", "50", *options]) == 2
    error = capsys.readouterr().err
    assert "gradient_penalty" in error
    assert "step " in error
    assert "learning rate" in error
    assert np.isfinite(saved(out)["step/.ATTRIBUTES/VARIABLE_VALUE"])
    assert all(np.isfinite(value).all() for value in saved(out).values() if value.dtype == np.float32)


def test_early_stopping_ends_before_the_last_epoch(tmp_path):
    options = ("--early_stopping.monitor", "val_critic_loss", "--early_stopping.min_delta", 1e9)
    options += ("--checkpoints.every_epochs", 5)
    run = train(tmp_path, "dcgan", "--epochs", 9, "--steps_per_epoch", 1, *options, "--early_stopping.patience", 2)
    assert len((run / "history.csv").read_text().splitlines()) == 1 + 3
    assert checkpoint(run, 3)
    assert (run / "samples" / "step_0000003.png").is_file()


def test_unknown_figure_to_watch_names_the_known_ones(tmp_path, capsys):
    options = ["--early_stopping.monitor", "fid", "--epochs", "2", "--steps_per_epoch", "1"]
    assert main(["train", "--variant", "dcgan", *SMALL, "--out", str(tmp_path / "run"), *options]) == 2
    assert "val_generator_loss" in capsys.readouterr().err


# Whose files are those of another variant and two lines, see test_config.py; tests/models/ trains them with classes.
CONDITIONAL = ("cprogan", "cstylegan", "cstylegan2")


@pytest.mark.parametrize("variant", [name for name in variants() if name not in CONDITIONAL])
def test_every_variant_trains_from_its_file(variant, tmp_path):
    # Five updates of the critic make a large graph; test_gan.py counts them.
    run = train(tmp_path, variant, "--epochs", 1, "--steps_per_epoch", 2, "--critic_updates", 1)
    assert np.isfinite(list(map(float, (run / "history.csv").read_text().splitlines()[1].split(",")))).all()


def test_a_term_of_ones_own_by_its_dotted_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "myterms.py").write_text(
        "import tensorflow as tf\n"
        "from tfgan_course.objectives.terms import Term\n"
        "class MyTerm(Term):\n"
        "    def __call__(self, pair):\n"
        "        return tf.reduce_mean(tf.square(pair.fake_output.score))\n"
    )
    run = train(tmp_path, "simple_gan", "--generator_terms+=myterms.MyTerm", "--epochs", 1, "--steps_per_epoch", 2)
    assert "my_term" in (run / "history.csv").read_text()


def test_a_folder_of_images_and_tfds_from_the_command_line(tmp_path):
    rng = np.random.default_rng(0)
    for index in range(12):
        folder = tmp_path / "images" / ("cat" if index % 2 else "dog")
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (40, 36, 3), np.uint8)).save(folder / f"{index}.png")
    out = train(
        tmp_path,
        "dcgan",
        "--data.folder",
        tmp_path / "images",
        "--data.size",
        32,
        "--epochs",
        1,
        "--data.classes",
        "cat,dog",
    )
    assert json.loads((out / "data.json").read_text())["image_shape"] == [32, 32, 3]


def test_the_command_line_leaves_tensorflow_datasets_for_who_needs_it(tmp_path):
    code = "import sys, tfgan_course.cli.main; print('tensorflow_datasets' in sys.modules)"
    command = [arguments()[0], "-c", code]
    environment = {name: value for name, value in ENVIRONMENT.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout.strip() == "False"
    assert done.stderr == ""  # none of TensorFlow's start-up messages
