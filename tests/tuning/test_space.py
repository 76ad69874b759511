import math

import keras_tuner
import pytest

from tfgan_course.config.parser import from_file, from_words, read
from tfgan_course.errors import UserError
from tfgan_course.models import SimpleCritic
from tfgan_course.optimizers.optimizers import RMSProp
from tfgan_course.tuning.objective import Objective
from tfgan_course.tuning.space import Space, read_space, spaces
from tfgan_course.tuning.trials import trial_settings

SPACE = {
    "loss": {"choices": ["Hinge", {"class_path": "LeastSquares"}]},
    "labels": {"keys": "loss.labels", "choices": ["zero_one", "pearson_chi2"], "when": {"loss": ["LeastSquares"]}},
    "rate": {"keys": ["a.rate", "b.rate"], "log_range": [0.01, 1.0], "step": 10},
    "critic_updates": {"range": [1, 2]},
}


def test_a_grid_has_each_combination_of_active_values_once():
    grid = list(Space.of(SPACE, "here").grid())
    assert len(grid) == (1 + 2) * 3 * 2
    assert len({str(values) for values in grid}) == len(grid)
    assert {values["rate"] for values in grid} == {0.01, 0.1, 1.0}
    assert all(("labels" in values) == (values["loss"] == "LeastSquares") for values in grid)


def test_settings_are_the_configurations_keys():
    space = Space.of(SPACE, "here")
    values = {"loss": "LeastSquares", "labels": "pearson_chi2", "rate": 0.1, "critic_updates": 2, "tuner/epochs": 3}
    assert space.settings(values) == {
        "loss": {"class_path": "LeastSquares"}, "loss.labels": "pearson_chi2", "a.rate": 0.1, "b.rate": 0.1,
        "critic_updates": 2,
    }  # fmt: skip
    # What took no part is not set, whatever KerasTuner has for it.
    assert "loss.labels" not in space.settings({**values, "loss": "Hinge"})
    assert space.shown({**values, "loss": "Hinge"})["labels"] == ""


def test_values_pass_keras_tuners_protocol_unchanged():
    space = Space.of({"rate": {"log_range": [1e-5, 1e-3]}, "choice": {"choices": [1e-4, 3e-4]}}, "here")
    hyperparameters = keras_tuner.HyperParameters()
    space.declare(hyperparameters)
    hyperparameters.values = {"rate": 3.14159265358979e-4, "choice": "0.0003"}
    received = keras_tuner.HyperParameters.from_proto(hyperparameters.to_proto())
    assert space.settings(received.values) == {"rate": 3.14159e-4, "choice": 3e-4}
    assert space.shown(received.values) == {"rate": 3.14159e-4, "choice": "0.0003"}


def test_every_choice_and_end_is_probed():
    probed = list(Space.of(SPACE, "here").probes())
    for name, value in (("loss", "Hinge"), ("labels", "pearson_chi2"), ("rate", 1.0), ("critic_updates", 2)):
        assert any(values.get(name) == value for values in probed), name


def test_a_trials_configuration_has_its_settings(tmp_path):
    base = tmp_path / "base.yaml"
    base.write_text(from_words(["--variant", "dcgan", "--critic.width", "32"]).yaml())
    settings = {
        "data.name": "mnist",
        "precision": "bfloat16",
        "critic.depth": 3,  # of the class below
        "critic": "SimpleCritic",
        "critic_optimizer": {"class_path": "RMSProp", "init_args": {"learning_rate": 1e-3}},
        "loss.labels": "pearson_chi2",
        "loss": {"class_path": "LeastSquares"},
        "critic_terms": [{"class_path": "R1", "init_args": {"weight": 2.0}}],
        "data.classes": ["Dress", "Coat"],
    }
    trial = trial_settings(from_file(base), settings)
    config = trial.make()
    assert (config.data.name, config.precision, config.data.classes) == ("mnist", "bfloat16", ["Dress", "Coat"])
    assert config.critic == SimpleCritic(depth=3)
    assert config.critic_optimizer == RMSProp(1e-3)
    assert (config.loss.a, config.loss.b, config.loss.c) == (-1, 1, 0)
    assert [term.weight for term in config.critic_terms] == [2.0]
    file = tmp_path / "trial.yaml"
    file.write_text(trial.yaml())
    assert read(file).critic == config.critic


@pytest.mark.parametrize("name", spaces())
def test_our_spaces_are_spaces(name):
    space = Space.of(read_space(name)["parameters"], name)
    assert bool(space.endless()) == (name == "wide")


def test_the_reports_spaces_have_the_reports_rows():
    names = ("learning_rate", "schedule", "optimizer")
    sizes = [len(list(Space.of(read_space(name)["parameters"], name).grid())) for name in names]
    assert sizes == [4, 3, 4]


@pytest.mark.parametrize(
    ("entries", "received"),
    [
        ([1, 2], "[1, 2]"),
        ({"range": [1, 2], "choices": [1]}, "['choices', 'range']"),
        ({"values": [1]}, "['values']"),
        ({"choices": []}, "[]"),
        ({"choices": [1, 1]}, "[1, 1]"),
        ({"range": [2, 1]}, "[2, 1]"),
        ({"range": [1, 1]}, "[1, 1]"),
        ({"range": ["1e-4", 1]}, "['1e-4', 1]"),
        ({"log_range": [0, 1]}, "0"),
        ({"range": [0, 1], "step": 0}, "0"),
        ({"range": [1, 3], "step": 0.5}, "0.5"),
        ({"range": [0, 1], "keys": None}, "None"),
        ({"range": [0, 1], "keys": []}, "[]"),
        ({"range": [0, 1], "when": ["loss"]}, "['loss']"),
        ({"range": [0, 1], "when": {"no_loss": ["Hinge"]}}, "'no_loss'"),
        ({"range": [0, 1], "when": {"loss": ["b"]}}, "['b']"),
    ],
)
def test_what_is_no_space_is_refused(entries, received):
    with pytest.raises(UserError) as error:
        Space.of({"loss": {"choices": ["a"]}, "rate": entries}, "here")
    assert "here" in error.value.expected
    assert "'rate'" in error.value.expected
    assert error.value.received == received
    with pytest.raises(UserError):
        Space.of({}, "here")


def test_a_trial_is_judged_by_its_last_its_best_or_its_mean():
    rows = [{"a": value} for value in (4.0, 1.0, 3.0, 2.0)]
    assert Objective("a", "min", "last").score(rows) == 2.0
    assert Objective("a", "min", "best").score(rows) == 1.0
    assert Objective("a", "max", "best").score(rows) == 4.0
    assert Objective("a", "max", "mean").score(rows) == 2.5
    assert Objective("a", "max", "mean", 2).score(rows) == 2.5
    assert Objective("a", "max", "mean", 3).score(rows) == 2.0
    # Metrics are measured every so many epochs.
    assert Objective("a", "max", "last").score([*rows, {"a": math.nan}]) == 2.0
    assert math.isnan(Objective("a").score([{"a": math.nan}]))
    with pytest.raises(UserError) as error:
        Objective(judge="median")
    assert "judge" in error.value.expected
    assert "median" in error.value.received


def test_the_default_objective_is_a_distance_in_its_own_direction():
    recorded = ["critic_loss", "val_generator_loss", "precision@a", "sliced_wasserstein", "frechet@a"]
    assert Objective.of({}, recorded) == Objective("frechet@a", "min", "best")
    assert Objective.of({}, recorded[:-1]).figure == "sliced_wasserstein"
    assert Objective.of({"figure": "precision@a"}, recorded).mode == "max"
    assert Objective.of({"figure": "precision@a", "mode": "min"}, recorded).mode == "min"
    for given, received in (({}, "no distance"), ({"figure": "frechet"}, "frechet"), ({"best": "last"}, "best")):
        with pytest.raises(UserError) as error:
            Objective.of(given, recorded[:3])
        assert received in error.value.received


def test_a_range_ends_at_its_highest_value_below_zero_too():
    assert Space.of({"x": {"range": [-2.0, -1.0], "step": 0.5}}, "here").parameters[0].values() == [-2.0, -1.5, -1.0]


@pytest.mark.parametrize("more", ["search: gird", "trials: ten", "trials: 0", "objective: [fid]", "more: 1"])
def test_the_rest_of_a_spaces_file_is_checked(tmp_path, more):
    file = tmp_path / "space.yaml"
    file.write_text(f"parameters: {{x: {{choices: [1, 2]}}}}\n{more}\n")
    with pytest.raises(UserError) as error:
        read_space(str(file))
    assert str(file) in error.value.expected
    assert more.partition(": ")[2] in error.value.received.replace("'", "")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_spaces_file_may_have_a_byte_order_mark(tmp_path, encoding):
    file = tmp_path / "space.yaml"
    file.write_text("parameters: {x: {choices: [1, 2]}}\n", encoding=encoding)
    assert read_space(str(file)) == {"parameters": {"x": {"choices": [1, 2]}}}


@pytest.mark.parametrize("content", [b"parameters:\n\tx: 1", b"parameters: {\xff", b"\xff\xfe\x00", b""])
def test_a_spaces_file_that_is_no_yaml_is_one_error(tmp_path, content):
    file = tmp_path / "space.yaml"
    file.write_bytes(content)
    with pytest.raises(UserError) as error:
        read_space(str(file))
    assert str(file) in error.value.expected
