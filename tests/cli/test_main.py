"""Commands are found by file name, avoid TensorFlow where it is not needed, and name options as they are typed."""

import json
import subprocess
import sys
from importlib import import_module

import pytest
import tensorflow as tf

from tests.end_to_end.command import CHECKOUT, ENVIRONMENT
from tests.report.directories import HEALTH, made
from tfgan_course import __version__
from tfgan_course.cli.main import COMMANDS, commands, dispatch, main, mistake_in
from tfgan_course.config.names import nested, options_in
from tfgan_course.config.schema import TrainConfig
from tfgan_course.errors import UserError


def all_commands(package: str = COMMANDS, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], str]:
    """Return every command, without command groups, and its module."""
    found = {}
    for name, module in commands(package).items():
        module = f"{package}.{module}"
        if hasattr(import_module(module), "__path__"):
            found |= all_commands(module, (*path, name))
        else:
            found[(*path, name)] = module
    return found


def test_every_command_of_the_documentation_is_found():
    names = {" ".join(path) for path in all_commands()}
    assert {"train", "tune", "sample", "variants", "layers", "classifier", "evaluate", "health", "report"} <= names
    assert {"explain maximize-class", "latents path-length", "interpolate", "export", "request"} <= names


@pytest.mark.parametrize("module", all_commands().values())
def test_every_command_has_a_line_for_the_list_and_two_functions(module):
    command = import_module(module)
    assert command.__doc__.strip().partition("\n")[0].endswith((".", "?"))
    assert callable(command.add_options)
    assert callable(command.run)


# Prints, for each command line, its exit status, what it printed, and whether TensorFlow was imported by then.
ASK = """
import contextlib, io, json, sys
from tfgan_course.cli.main import main
for words in json.load(sys.stdin):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(words)
    print(json.dumps([status, out.getvalue(), err.getvalue(), "tensorflow" in sys.modules]))
"""


def asked(lines: list[list[str]]) -> list[tuple[int, str, str, bool]]:
    ended = subprocess.run(
        [sys.executable, "-c", ASK],
        input=json.dumps(lines),
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_mistakes_are_answered_without_tensorflow(tmp_path):
    (tmp_path / "mine.yaml").write_text("epochs: 3\nlos: Hinge\n")
    (tmp_path / "file").write_text("")
    (run := tmp_path / "run").mkdir()
    (run / "config.yaml").write_text("epochs: 1")
    (run / "data.json").write_text(json.dumps({"image_shape": [28, 28, 1], "class_names": None}))
    lines = [
        (["train", "--health", "off"], "--health null"),
        (["train", "--epochs", "ten"], "--epochs a whole number"),
        (["train", "--variant", "lsgn"], "lsgan"),
        (["train", "--config", str(tmp_path / "mine.yaml")], "mine.yaml, line 2: los"),
        (["train", "--config", "nowhere.yaml"], "nowhere.yaml"),
        (["train", "--data.folder", "nowhere"], "nowhere"),
        (["train", "--init_from", "nowhere"], "nowhere"),
        (["tune", "--init_from.run", "nowhere"], "nowhere"),
        (["train", "--data.channels", "2"], "1, 3"),
        (["train", "--out", "."], "--out"),
        (["train", "--resume", "nowhere"], "nowhere"),
        (["tune", "--trials", "0"], "--trials"),
        (["tune", "--resume", "nowhere"], "nowhere"),
        (["classifier", "--resume", "nowhere"], "nowhere"),
        (["sample", "nowhere"], "nowhere"),
        (["sample", str(tmp_path / "file")], "a file"),
        (["request", "--count", "0"], "--count"),
        *(([command, "nowhere"], "nowhere") for command in ("evaluate", "export", "health", "interpolate", "layers")),
        (["explain", "saliency", "nowhere"], "nowhere"),
        (["tune", "--space", "learning_rat"], "learning_rat"),
        (["tune", "--space", "nowhere.yaml"], "nowhere.yaml"),
        (["evaluate", str(tmp_path), "--features", "runs/nowhere"], "runs/nowhere"),
        (["interpolate", str(run), "--out", "walk.avi"], "walk.avi"),
        (["interpolate", str(run), "--rate", "60"], "60"),
        (["interpolate", str(run), "--from", "8-5"], "8-5"),
        (["latents", "mix", "nowhere"], "nowhere"),
    ]
    for (words, named), (status, out, err, imported) in zip(lines, asked([words for words, _ in lines]), strict=True):
        assert (status, out, imported) == (2, "", False), words
        assert named in err, words


def test_commands_that_only_read_files_import_no_tensorflow(tmp_path):
    run = made(tmp_path / "run", [{"critic_loss": 1.0, "generator_loss": 1.0}]).run
    run.health.write_text(HEALTH)
    run = str(run.path)
    lines = [["report", run, "--out", str(tmp_path / "report.html")], ["health", run], ["variants"]]
    for words, (status, out, err, imported) in zip(lines, asked(lines), strict=True):
        assert (status, err, imported) == (0, "", False), words
        assert out


@pytest.mark.parametrize("words", [["--help"], ["train", "--help", "critic"], ["train", "--print_config"]])
def test_nothing_is_written_on_standard_error(words):
    command = [sys.executable, "-m", "tfgan_course", *words]
    ended = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert ended.stderr == ""
    assert ended.stdout


def test_help_and_mistyped_options_are_answered_without_tensorflow():
    paths = [list(path) for path in all_commands()]
    helps = [[*path, "--help"] for path in [[], ["explain"], ["latents"], *paths]]
    groups = [*nested(options_in(TrainConfig))]
    helps += [["train", "--help", group] for group in ("objective", "updates", "networks", "epochs", *groups)]
    mistyped = [[*path, "--no_such_option", "1"] for path in paths]
    mistyped += [["train", option, "1"] for option in ("--lr", "--data.siz", "--health.sample", "--batch-size")]
    answers = asked([*helps, *mistyped, ["trian"], ["--version"]])
    for words, (status, out, err, imported) in zip([*helps, *mistyped], answers, strict=False):
        assert not imported, words
        assert status == (0 if words in helps else 2), words
        assert (words in helps) == bool(out), words
        assert words in helps or words[-2] in err, words
    assert answers[-2][:2] == [2, ""]
    assert "train" in answers[-2][2]
    assert answers[-1][:2] == [0, f"{__version__}\n"]


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        (["-m", "tfgan_course", "sample"], "python -m tfgan_course sample RUN"),
        (["-m", "tfgan_course", "explain", "saliency"], "python -m tfgan_course explain saliency RUN"),
        ([str(CHECKOUT / "train.py")], "python train.py"),
        ([str(CHECKOUT / "tune.py")], "python tune.py"),
    ],
)
def test_the_usage_line_is_what_the_user_types(words, typed):
    ended = subprocess.run([sys.executable, *words, "-h"], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert ended.stdout.startswith(f"usage: {typed} [")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["explain", "maximize-feature", "run"], "--layer"),
        (["explain", "maximize-feature", "--layer", "x"], "RUN"),
        (["sample", "run", "--count"], "--count"),
        (["sample", "run", "--count", "-1"], "--count"),
        (["sample", "run", "more"], "more"),
        (["sample", "run", "-n", "3"], "--n"),
        (["train", "lsgan"], "--variant lsgan"),
        (["train", "--output", "x"], "--out"),
        (["train", "--help", "objectiv"], "objective"),
        (["explain", "salience", "run"], "saliency"),
    ],
)
def test_an_error_names_the_option_as_it_is_typed(words, named, capsys):
    assert main(words) == 2
    assert named in capsys.readouterr().err.replace("received", "")


def test_values_that_begin_with_a_minus_reach_the_command(capsys):
    assert main(["latents", "truncate", "nowhere", "--psi", "-1,-0.5"]) == 2
    assert "nowhere" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("topic", "words"),
    [
        ("objective", ["--loss", "--critic_terms", "terms added to the critic's loss"]),
        ("data", ["--data.size", "28"]),
        ("critic", ["SimpleCritic", "DCGANCritic"]),
        ("critic_terms", ["GradientPenalty"]),
        ("label_noise", ["--label_noise.flip_rate"]),
        ("SimpleCritic", ["--critic.width", "256"]),
        ("Cosine", ["--generator_optimizer.learning_rate.warm_up_epochs", "--critic_optimizer.schedule"]),
        ("critic.width", ["SimpleCritic", "DCGANCritic", "(default: 64)"]),
        ("variant", ["lsgan", "stylegan2"]),
        ("data.size", ["--data.size N", "28"]),
        ("tests.plugins.own_classes.Fade", ["--augmentations.depth X", "how dark", "(default: 0.5)"]),
        ("precision", ["float32|bfloat16|float16"]),
    ],
)
def test_help_tells_of_groups_options_and_classes(topic, words, capsys):
    assert main(["train", "--help", topic]) == 0
    out = capsys.readouterr().out
    for word in words:
        assert word in out


def test_the_first_page_of_help_is_a_page_and_names_every_group(capsys):
    assert main(["train", "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 60
    page = "\n".join(lines)
    for option in (
        "variant",
        "data.name",
        "data.size",
        "epochs",
        "batch_size",
        "out",
        "resume",
        "precision",
        "strategy",
    ):
        assert f"--{option} " in page
    for group in ("objective", "updates", "execution", "networks", "optimizers", "data", "checkpoints"):
        assert f"\n  {group} " in page


def test_print_config_prints_yaml_that_reads_back(capsys, tmp_path):
    assert main(["train", "--variant", "sngan", "--print_config", "--seed", "3"]) == 0
    first = capsys.readouterr().out
    (tmp_path / "printed.yaml").write_text(first)
    assert main(["train", "--config", str(tmp_path / "printed.yaml"), "--print_config"]) == 0
    assert capsys.readouterr().out == first
    assert "seed: 3" in first


@pytest.mark.parametrize("words", [["--print_config", "--config", "{}", "--epochs", "1"],
                                   ["--epochs", "1", "--config", "{}", "--print_config"]])  # fmt: skip
def test_print_config_prints_what_would_be_trained(words, tmp_path, capsys):
    (tmp_path / "best.yaml").write_text("epochs: 30\nbatch_size: 8\n")
    assert main(["train", *(word.format(tmp_path / "best.yaml") for word in words)]) == 0
    out = capsys.readouterr().out
    assert "\nepochs: 1\n" in out
    assert "\nbatch_size: 8\n" in out


def test_print_config_prints_what_would_be_resumed(tmp_path, capsys):
    (tmp_path / "config.yaml").write_text("epochs: 3\nloss: Hinge\nstrategy: mirrored\nreplicas: 2\n")
    (tmp_path / "data.json").write_text(json.dumps({"image_shape": [28, 28, 1], "class_names": None}))
    resume = ["train", "--resume", str(tmp_path), "--print_config"]
    assert main([*resume, "--epochs", "9"]) == 0
    out = capsys.readouterr().out
    assert all(line in out for line in ("losses.Hinge\n", "\nepochs: 9\n", "\nbatch_size: 64\n", "\nreplicas: 2\n"))
    assert main([*resume, "--strategy", "default"]) == 0
    assert "\nreplicas: null\n" in capsys.readouterr().out


def test_a_new_command_is_a_new_file(tmp_path, monkeypatch, capsys):
    package = tmp_path / "new_commands"
    (package / "deep").mkdir(parents=True)
    (package / "__init__.py").write_text('"""New ones."""')
    (package / "deep" / "__init__.py").write_text('"""More of them."""')
    text = (
        '"""Say {0}."""\nneeds_tensorflow = False\ndef add_options(parser): parser.add("--times", int, "how often")\n'
    )
    text += 'def run(options): print("{0}" * options.times, options.given)\n'
    (package / "say_hello.py").write_text(text.format("hello"))
    (package / "deep" / "bye.py").write_text(text.format("bye"))
    monkeypatch.syspath_prepend(tmp_path)
    dispatch(["say-hello", "--times", "2"], "new_commands")
    dispatch(["deep", "bye", "--times=3"], "new_commands")
    dispatch([], "new_commands")
    out = capsys.readouterr().out
    assert "hellohello {'--times'}" in out
    assert "byebyebye" in out
    assert "say-hello  Say hello." in out
    with pytest.raises(UserError):
        dispatch(["say_hello"], "new_commands")


def test_names_on_standard_error_are_escaped(capsys):
    assert main(["sample", "no\x1b[31mrun\u202e"]) == 2
    assert main(["train", "--\x1b[31mlr", "1"]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 2
    assert r"\x1b[31mlr" in err
    assert not {"\x1b", "\u202e"} & set(err)


def test_too_little_memory_is_a_mistake_and_an_error_of_this_package_is_not():
    assert "17 GB" in mistake_in(MemoryError("17 GB")).received
    assert "17 GB" in mistake_in(tf.errors.ResourceExhaustedError(None, None, "17 GB")).received
    assert mistake_in(ValueError("UserErrors: none")) is None
    assert mistake_in(KeyError("a")) is None


def test_tensorflow_is_quiet_from_python_unless_the_user_wants_its_messages():
    ask = "import os, tfgan_course; print(os.environ['TF_CPP_MIN_LOG_LEVEL'])"
    for given, found in ({}, "3"), ({"TF_CPP_MIN_LOG_LEVEL": "0"}, "0"):
        environment = {name: text for name, text in ENVIRONMENT.items() if name != "TF_CPP_MIN_LOG_LEVEL"} | given
        ended = subprocess.run([sys.executable, "-c", ask], env=environment, capture_output=True, text=True, check=True)
        assert ended.stdout.strip() == found


# A penalty on a critic with a LeakyReLU after a convolution with a bias: TensorFlow 2.21 prints "remapper failed".
PENALIZED = """
import numpy as np
from tfgan_course import GAN
from tests import tiny
from tfgan_course.objectives.terms import GradientPenalty
from tensorflow import keras
extra = keras.layers.LeakyReLU(), keras.layers.Conv2D(4, 4, 2, padding="same")
GAN(tiny.generator(), tiny.critic(8, 1, *extra), critic_terms=[GradientPenalty()]).fit(tiny.batches(), verbose=0)
"""


@pytest.mark.slow
def test_no_message_of_the_remapper_in_a_training_from_python():
    environment = {name: text for name, text in ENVIRONMENT.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    ended = subprocess.run(
        [sys.executable, "-c", PENALIZED], env=environment, capture_output=True, text=True, check=True
    )
    assert "remapper" not in ended.stderr
