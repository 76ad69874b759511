"""A user's own classes, as the documentation shows them: in a YAML file, on the command line and in Python."""

import shlex
import sys

import numpy as np
import pytest
import yaml

from tests.end_to_end.command import SMALL
from tests.pages import blocks
from tfgan_course.cli.main import main
from tfgan_course.config.parser import from_words
from tfgan_course.evaluation.extractors import extractor_of
from tfgan_course.runs.directory import RunDirectory

PAGES = {
    "PrintTracker": ("guides/trackers.md", "A tracker of your own"),
    "Brightness": ("guides/evaluation.md", "A metric of your own"),
    "Thumbnail": ("guides/evaluation.md", "Features of your own"),
    "Fade": ("techniques/augmentation.md", "An augmentation of your own"),
}


def block(name: str, language: str, word: str) -> str:
    """Return the code block with this word in the section about a class."""
    (found,) = [text for text in blocks(PAGES[name][0], language, PAGES[name][1]) if word in text]
    return found


def words(name: str, command: str) -> list[str]:
    """Return the words after a command in the shell block of the section about a class."""
    (line,) = [line for line in block(name, "sh", command).splitlines() if line.startswith(f"python {command}")]
    return shlex.split(line.removeprefix(f"python {command}"))


def settings(*args: str) -> dict:
    """Return a configuration in the form of config.yaml."""
    return yaml.safe_load(from_words(args).yaml())


def own(config: dict) -> set[str]:
    """Return all classes of mymodule in a configuration, with their arguments."""
    named = [*config["trackers"], *config["metrics"]["names"], config["metrics"]["features"], *config["augmentations"]]
    return {str(entry) for entry in named if "mymodule." in str(entry)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Make a working directory with mymodule.py, which has the classes of the pages, and a YAML file for each class."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "mymodule.py").write_text("\n\n".join(block(name, "python", f"class {name}") for name in PAGES))
    for name in PAGES:
        (folder / f"{name}.yaml").write_text(block(name, "yaml", "mymodule"))
    sys.modules.pop("mymodule", None)  # another test's, in this process
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(folder)
        yield folder
    sys.modules.pop("mymodule", None)


@pytest.mark.parametrize("name", PAGES)
def test_a_yaml_file_and_the_command_line_name_the_class(name, folder):
    (in_file,), (typed,) = own(settings("--config", f"{name}.yaml")), own(settings(*words(name, "train.py")))
    assert f"mymodule.{name}" in in_file
    assert "init_args" in in_file
    assert typed in (in_file, f"mymodule.{name}")


@pytest.fixture(scope="module")
def run(folder) -> RunDirectory:
    """Train with all the YAML files."""
    names = "--metrics.names=[sliced_wasserstein,frechet,mymodule.Brightness]"
    files = [word for name in PAGES for word in ("--config", f"{name}.yaml")]
    small = [*SMALL[: SMALL.index("--metrics.names=[]")], "--health", "null", "--metrics.samples", "50", names]
    small += ["--steps_per_epoch", "2", "--epochs", "1", "--out", "runs/lsgan"]
    assert main(["train", *files, *small]) == 0
    return RunDirectory(folder / "runs" / "lsgan")


def test_a_training_uses_them_and_writes_down_what_they_are(run):
    (row,) = run.rows()
    features = extractor_of({"class_path": "mymodule.Thumbnail", "init_args": {"square": 4}})
    assert row[f"frechet@{features.label}"] > 0
    assert 0 < abs(row["brightness"]) < 255
    written = own(settings("--config", str(run.config)))
    assert all(any(f"mymodule.{name}" in found for found in written) for name in PAGES)


def test_a_tracker_gets_the_configuration_the_row_and_the_samples(run, capsys):
    assert main(["train", "--resume", str(run.path), "--epochs", "2"]) == 0
    said = capsys.readouterr().out
    said = said[said.index("tracking") :]
    assert said.startswith("tracking generator_loss of lsgan, batches of 4")
    assert f"step 4: generator_loss {run.rows()[-1]['generator_loss']:.4f}" in said
    assert "step 4: samples, 58 x 58 pixels" in said
    assert "no more to track" in said


def test_python_trains_with_objects_and_writes_down_what_they_are(folder):
    small = {"generator": {"width": 2}, "critic": {"width": 2}, "batch_size": 4, "samples": {"count": 4}}
    small |= {"metrics": {"names": []}, "health": None, "epochs": 1, "steps_per_epoch": 1}
    for name in ("PrintTracker", "Fade"):
        code = block(name, "python", "train(").replace('train("lsgan",', f'train("lsgan", out="runs/{name}", **small,')
        exec(code, {"small": small})
        written = own(settings("--config", f"runs/{name}/config.yaml"))
        assert written == own(settings("--config", f"{name}.yaml"))


@pytest.mark.parametrize(("name", "figure"), [("Brightness", "brightness"), ("Thumbnail", "frechet")])
def test_evaluate_takes_objects_in_python(name, figure, run):
    code = block(name, "python", "evaluate(").replace("tfgan_course.evaluate(", "found = tfgan_course.evaluate(")
    variables = {"small": {"samples": 50, "cache": None}}
    code = code.replace('"runs/lsgan",', '"runs/lsgan", **small,')
    exec(code, variables)
    assert np.isfinite(variables["found"][figure])


@pytest.mark.parametrize(("name", "printed"), [("Brightness", "brightness"), ("Thumbnail", "Features: Thumbnail (my")])
def test_evaluate_takes_them_from_the_command_line(name, printed, run, capsys):
    assert main([*words(name, "-m tfgan_course"), "--samples", "50", "--cache", "null"]) == 0
    assert printed in capsys.readouterr().out
