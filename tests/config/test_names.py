from importlib import import_module

import pytest

from tests.cli.test_main import all_commands
from tfgan_course.cli.parsing import Parser
from tfgan_course.config.names import SYNONYMS, Option, keys_of, meant_by, options_in, options_of
from tfgan_course.config.parser import check_quickly
from tfgan_course.config.schema import TrainConfig
from tfgan_course.errors import UserError


def test_options_have_one_value_each():
    words = ["run", "--a", "1", "--b=2=3", "--c+=R1", "--d.e+", "x", "--f", "-1", "more"]
    options = [
        Option("a", "1"),
        Option("b", "2=3"),
        Option("c", "R1", True),
        Option("d.e", "x", True),
        Option("f", "-1"),
    ]
    assert options_of(words) == (options, ["run", "more"])


@pytest.mark.parametrize("words", [["--a"], ["--a", "--b", "1"], ["-a", "1"]])
def test_an_option_without_a_value_or_with_one_dash_is_refused(words):
    with pytest.raises(UserError):
        options_of(words)


def test_every_synonym_stands_for_options_that_exist():
    known = {key.partition(".")[0] for key in keys_of(options_in(TrainConfig))} | {"variant"}
    for module in all_commands().values():
        parser = Parser("command")
        import_module(module).add_options(parser)
        known |= {*parser.options}
    assert {option.partition(".")[0] for options in SYNONYMS.values() for option in options} <= known


def test_a_synonym_is_answered_with_options_of_this_command_alone():
    assert meant_by("lr", ["count", "seed"]) == []
    assert meant_by("average", ["ema_half_life"]) == ["ema_half_life"]
    assert meant_by("Batch-Size", ["batch_size", "seed"]) == ["batch_size"]


@pytest.mark.parametrize("key", ["epochs", "data.size", "critic.anything", "critic_optimizer.schedule.floor"])
def test_keys_of_a_configuration_are_known_without_its_classes(key):
    check_quickly([Option(key, "30")], TrainConfig)


@pytest.mark.parametrize("key", ["epoch", "data.siz", "health.sample", "checkpoints.keeps"])
def test_other_keys_are_refused(key):
    with pytest.raises(UserError) as error:
        check_quickly([Option(key, "3")], TrainConfig)
    assert error.value.received == f"--{key}"
