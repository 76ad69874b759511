"""The files of a run, and that a run survives accidents."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.end_to_end.command import ENVIRONMENT, SMALL, arguments, assert_same, saved, train
from tfgan_course.cli.main import main
from tfgan_course.runs.checkpoints import steps_saved


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


def test_divergence_stops_with_the_step_and_the_term(tmp_path, capsys):
    out = tmp_path / "run"
    options = ["--critic_terms.weight", "1e38", "--critic_optimizer.learning_rate", "1e30", "--out", str(out)]
    options += ["--generator=SimpleGenerator", "--critic=SimpleCritic", "--critic_updates", "2"]
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
    run = train(tmp_path, "simple_gan", "--epochs", 9, "--steps_per_epoch", 1, *options, "--early_stopping.patience", 2)
    assert len((run / "history.csv").read_text().splitlines()) == 1 + 3
    assert steps_saved(run / "checkpoints")[-1] == 3
    assert (run / "samples" / "step_0000003.png").is_file()


def test_unknown_figure_to_watch_names_the_known_ones(tmp_path, capsys):
    options = ["--early_stopping.monitor", "fid", "--epochs", "2", "--steps_per_epoch", "1"]
    assert main(["train", "--variant", "simple_gan", *SMALL, "--out", str(tmp_path / "run"), *options]) == 2
    assert "val_generator_loss" in capsys.readouterr().err


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


def test_nothing_of_tensorflow_is_printed_in_the_middle_of_training(tmp_path):
    """TensorFlow 2.21 reports an error of its optimizer for a LeakyReLU after a convolution with a bias."""
    environment = {name: value for name, value in ENVIRONMENT.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    words = ["train", "--variant", "wgan_gp", "--critic.normalization", "none", "--generator.width", "4"]
    words += ["--critic.width", "4", "--batch_size", "8", "--samples.count", "4", "--metrics.names=[]"]
    words += ["--health", "null", "--steps_per_epoch", "1", "--epochs", "1", "--out", "run"]
    done = subprocess.run(arguments(*words), env=environment, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stderr == ""
