"""Resuming a run: mistakes that are refused, damage that is repaired, messages. For stops see test_stops.py."""

import json
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest
import yaml

from tests.end_to_end.command import SMALL, assert_same, train
from tfgan_course.cli.main import main
from tfgan_course.config.parser import read
from tfgan_course.errors import Interrupted, UserError
from tfgan_course.runs.checkpoints import restore
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.runs.open import load_run
from tfgan_course.training.session import TrainingSession


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """Train a run of three epochs of two steps, with a checkpoint after each epoch."""
    return train(tmp_path_factory.mktemp("runs"), "simple_gan", "--epochs", 3, "--steps_per_epoch", 2)


@pytest.fixture
def run(trained, tmp_path) -> Path:
    """Return a copy of the run, which the test may damage."""
    return Path(shutil.copytree(trained, tmp_path / "run"))


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != ".lock"}


def edit(run: Path, **options: object) -> None:
    config = run / "config.yaml"
    config.write_text(yaml.safe_dump(yaml.safe_load(config.read_text()) | options, sort_keys=True))


def refused(run: Path, capsys, *words: str, command: tuple[str, ...] = ("train", "--resume")) -> None:
    """Check that the command ends with a message with these words, and changes no file."""
    before = files(run)
    assert main([*command, str(run)]) == 2
    message = capsys.readouterr().err
    assert "error: " in message
    for word in words:
        assert word in message
    assert files(run) == before


def test_an_edited_configuration_is_refused_by_the_keys_edited(run, capsys):
    config = yaml.safe_load((run / "config.yaml").read_text())
    config["critic"]["init_args"]["width"] = 3
    edit(run, critic=config["critic"], batch_size=5, epochs=4)
    refused(run, capsys, "critic.init_args.width is 3, was 2", "batch_size is 5, was 4", "jit may change")


def test_what_does_not_change_the_numbers_may_be_edited(run, capsys):
    edit(run, epochs=4, checkpoints={"keep": 2}, early_stopping={"monitor": "val_critic_loss", "patience": 9})
    before = (run / "history.csv").read_text()
    assert main(["train", "--resume", str(run)]) == 0
    after = (run / "history.csv").read_text()
    assert after.startswith(before)
    assert len(after.splitlines()) == 1 + 4
    assert len(list((run / "checkpoints").glob("*.index"))) == 2
    edit(run, checkpoints={"monitor": "fid"})
    capsys.readouterr()
    refused(run, capsys, "checkpoints.monitor", "received fid", "val_critic_loss")


def test_without_the_configuration_it_was_trained_with(run, capsys):
    (run / "checkpoints" / "config.yaml").unlink()
    refused(run, capsys, "checkpoints/config.yaml", "copy it there")


def test_a_checkpoint_that_does_not_fit_is_told_apart_from_one_by_another_keras(run, capsys):
    edit(run, latent_size=9)
    refused(run, capsys, "step-6", "config.yaml", command=("sample",))
    environment = json.loads((run / "environment.json").read_text())
    environment["packages"].update(keras="1.2.3", tensorflow="0.12")
    (run / "environment.json").write_text(json.dumps(environment))
    refused(run, capsys, "trained with Keras 1.2.3 (TensorFlow 0.12)", command=("sample",))


def test_history_deleted(run, capsys):
    (run / "history.csv").unlink()
    refused(run, capsys, "history.csv", "3")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"image_shape": 28, "class_names": null}', '{"class_names": null}'])
def test_facts_of_the_images_damaged(run, capsys, text):
    (run / "data.json").write_text(text)
    refused(run, capsys, "data.json", "damaged", command=("sample",))


def test_facts_of_the_images_missing(run, capsys):
    (run / "data.json").unlink()
    refused(run, capsys, "data.json", "missing")


def shorten(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


DATA = "step-{}.data-00000-of-00001"


def test_behind_a_damaged_checkpoint_it_goes_on_from_the_one_before(run, trained, capsys):
    shorten(run / "checkpoints" / DATA.format(6))
    asked = iter([False, True])
    config, text = read(run / "config.yaml"), (run / "config.yaml").read_text()
    session = TrainingSession(config, text, asked_to_stop=lambda: next(asked))
    with pytest.raises(Interrupted), pytest.warns(UserWarning, match=r"step-6 is damaged .*; step 4 is used instead"):
        session.resume(RunDirectory(run))
    assert len((run / "history.csv").read_text().splitlines()) == 1 + 2
    # Step 5 was saved last, and is the latest though there is a damaged step 6.
    capsys.readouterr()
    assert main(["train", "--resume", str(run)]) == 0
    said = capsys.readouterr()
    assert "continuing at step 5" in said.out
    assert "damaged" not in said.err
    assert_same(trained, run)


def test_every_kind_of_damage_is_seen_when_a_checkpoint_is_read(run, tmp_path):
    directory = RunDirectory(run)
    gan = load_run(run, None).gan
    for number, damage in enumerate(
        (
            lambda folder: shorten(folder / DATA.format(6)),
            lambda folder: flip(folder / DATA.format(6)),
            lambda folder: shorten(folder / "step-6.index"),
            lambda folder: (folder / DATA.format(6)).unlink(),
            lambda folder: (folder / "step-6.index").unlink(),
        )
    ):
        copy = RunDirectory(shutil.copytree(run, tmp_path / str(number)))
        damage(copy.checkpoints)
        with pytest.warns(UserWarning, match="step 4 is used instead"):
            restore(gan, copy)
        assert int(gan.step) == 4
        with pytest.raises(UserError, match=r"step-6|\[2, 4\]"):
            restore(gan, copy, "6")
    for step in (2, 4, 6):
        shorten(directory.checkpoints / DATA.format(step))
    with pytest.raises(UserError, match=r"step-6 is damaged .*step-2 is damaged"):
        restore(gan, directory)


def test_tensorflows_list_of_the_checkpoints_damaged(run):
    (run / "checkpoints" / "checkpoint").write_bytes(b"")
    (run / "checkpoints" / "best" / "checkpoint").write_bytes(b"")
    assert main(["train", "--resume", str(run), "--epochs", "4"]) == 0
    assert "step-8" in (run / "checkpoints" / "checkpoint").read_text()


def test_a_finished_run_says_so_and_how_to_train_more(run, capsys):
    assert main(["train", "--resume", str(run), "--epochs", "1"]) == 0
    said = capsys.readouterr().out
    assert f"{run} has trained all 3 epochs" in said
    assert "epochs above 3" in said
    edit(run, epochs=9, early_stopping={"monitor": "val_critic_loss", "patience": 1, "min_delta": 1e9})
    assert main(["train", "--resume", str(run)]) == 0
    assert "raise early_stopping.patience (now 1)" in capsys.readouterr().out
    assert len((run / "history.csv").read_text().splitlines()) == 1 + 3


def test_a_signal_before_anything_is_written_ends_at_once(tmp_path, monkeypatch, capsys):
    # A critic that sends it while the networks are made, after the images are loaded.
    (tmp_path / "impatient.py").write_text(
        "import os\n"
        "from tfgan_course.models import SimpleCritic\n"
        "SIGNAL = None\n"
        "class ImpatientCritic(SimpleCritic):\n"
        "    def build(self, *args, **kwargs):\n"
        "        if SIGNAL:\n"
        "            os.kill(os.getpid(), SIGNAL)\n"
        "        return super().build(*args, **kwargs)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    start = ("train", "--variant", "simple_gan", *SMALL, "--critic", "impatient.ImpatientCritic", "--epochs", "1")
    start += ("--steps_per_epoch", "1")
    before = files(tmp_path)
    for number in (signal.SIGINT, signal.SIGTERM):
        import impatient

        impatient.SIGNAL = number
        assert main(start) == 130
        assert "interrupted" in capsys.readouterr().err
    assert {path for path in files(tmp_path) if "__pycache__" not in path.parts} == set(before)
    impatient.SIGNAL = None
    assert main(start) == 0
    run = tmp_path / "runs" / "simple_gan"
    impatient.SIGNAL = signal.SIGTERM
    before = files(run)
    assert main(["train", "--resume", str(run), "--epochs", "2"]) == 130
    assert files(run) == before
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
    del sys.modules["impatient"]


def test_resumed_with_another_way_to_compute_the_steps(run):
    words = ("--epochs", "4", "--strategy", "default", "--steps_per_execution", "2", "--jit", "false")
    assert main(["train", "--resume", str(run), *words]) == 0
    assert len((run / "history.csv").read_text().splitlines()) == 1 + 4
