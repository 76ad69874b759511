"""The oracles alone, without training a network."""

import time

import pytest
from keras_tuner.engine.trial import Trial

from tfgan_course.errors import UserError
from tfgan_course.tuning.objective import Objective
from tfgan_course.tuning.oracles import MOST_LOSSES
from tfgan_course.tuning.plan import Plan
from tfgan_course.tuning.search import report
from tfgan_course.tuning.space import Space
from tfgan_course.tuning.trials import Outcome

SPACE = {"x": {"choices": [1, 2, 3]}, "y": {"choices": [0, 1]}}
GRID = list(Space.of(SPACE, "here").grid())
X = {"x": {"range": [0.0, 1.0]}}


def new(folder, search="grid", patience=None, space=SPACE, **options):
    options = {"trials": None, "seed": 0, "epochs": 6, "factor": 3, "pruning": None, **options}
    return Plan(space, Objective(), search, **options).oracle_of(folder, patience)


def end(oracle, trial: Trial, score: float | None = 0.0) -> None:
    # As a worker does: a copy, without the chief's message.
    copy = Trial.from_proto(trial.to_proto())
    report(oracle, copy, Outcome("completed" if score is not None else "failed", trial.trial_id, score=score))


def run_all(oracle, score=lambda values: 0.0) -> list[dict]:
    seen = []
    while (trial := oracle.create_trial("a")).status == "RUNNING":
        seen.append(trial.hyperparameters.values)
        end(oracle, trial, score(trial.hyperparameters.values))
    assert trial.status == "STOPPED"
    return seen


def test_a_grid_reloaded_at_any_moment_goes_on_where_it_was(tmp_path):
    seen = []
    for moment in range(6):
        oracle = new(tmp_path)  # as after a kill, in turn between two trials and within one
        trial = oracle.create_trial("a")
        if moment % 2:
            oracle = new(tmp_path)
            again = oracle.create_trial("a")
            assert again.trial_id == trial.trial_id
            assert again.hyperparameters.values == trial.hyperparameters.values
            trial = again
        end(oracle, trial)
        seen.append(trial.hyperparameters.values)
    assert seen == GRID
    assert new(tmp_path).create_trial("a").status == "STOPPED"


def test_a_trial_that_the_user_stops_again_and_again_goes_on(tmp_path):
    for _ in range(MOST_LOSSES + 1):
        oracle = new(tmp_path)
        trial = oracle.create_trial("a")
        assert trial.trial_id == "0000"
        oracle.give_back()
    assert new(tmp_path).create_trial("b").status == "RUNNING"


@pytest.mark.parametrize("search", ["grid", "random", "bayesian"])
def test_failures_in_a_row_do_not_end_a_search(tmp_path, search):
    oracle = new(tmp_path, search, trials=6)
    assert len(run_all(oracle, lambda values: None)) == 6
    assert {trial.status for trial in oracle.trials.values()} == {"FAILED"}


def test_a_bayesian_search_comes_near_the_optimum_reloaded_or_not(tmp_path):
    values = []
    while (trial := new(tmp_path, "bayesian", space=X, trials=8).create_trial("a")).status == "RUNNING":
        values.append(trial.hyperparameters.values["x"])
        end(new(tmp_path, "bayesian", space=X, trials=8, patience=60), trial, (values[-1] - 0.7) ** 2)
    assert len(values) == 8
    assert min(abs(value - 0.7) for value in values[3:]) < 0.05  # the first three are random


def test_a_bayesian_search_finds_values_while_other_workers_train(tmp_path):
    oracle = new(tmp_path, "bayesian", space=X, trials=6, patience=60)
    for score in (0.0, 1.0, 2.0):
        end(oracle, oracle.create_trial("a"), score)
    values = [oracle.create_trial(name).hyperparameters.values["x"] for name in "abc"]
    assert len(set(values)) == 3


def test_a_bayesian_search_of_a_finite_space_tries_nothing_twice(tmp_path):
    values = run_all(new(tmp_path, "bayesian", trials=20), lambda values: float(values["x"]))
    assert len({str(value) for value in values}) == len(values) == len(GRID)


def test_of_a_wide_space_a_bayesian_search_has_random_values_for_a_third_of_its_trials_at_most(tmp_path):
    space = {f"x{index}": {"range": [0.0, 1.0]} for index in range(8)}
    assert new(tmp_path, "bayesian", space=space, trials=20).num_initial_points == 6


def test_a_silent_workers_trial_goes_to_another_and_its_late_end_changes_nothing(tmp_path):
    oracle = new(tmp_path, patience=0.2)
    first, second = oracle.create_trial("dead"), oracle.create_trial("alive")
    for _ in range(4):  # the heart of the living beats
        time.sleep(0.1)
        oracle.get_trial(second.trial_id)
    assert oracle.take_back_lost() == ["dead"]
    end(oracle, second)
    taken = oracle.create_trial("alive")
    assert taken.trial_id == first.trial_id
    end(oracle, first, 5.0)  # not dead after all; it has trained the same
    end(oracle, taken, 5.0)
    assert oracle.end_order.count(first.trial_id) == 1
    rest = run_all(oracle)
    assert len(rest) == len(GRID) - 2


def test_a_worker_that_came_back_takes_its_trial_back(tmp_path):
    oracle = new(tmp_path, patience=60)
    trial = oracle.create_trial("a")
    assert oracle.create_trial("a").trial_id == trial.trial_id
    assert new(tmp_path, patience=60).create_trial("a").trial_id == trial.trial_id  # from a restarted chief too


def test_who_asks_waits_while_others_train(tmp_path):
    oracle = new(tmp_path, patience=60, trials=1)
    trial = oracle.create_trial("a")
    assert oracle.create_trial("b").status == "IDLE"
    end(oracle, trial)
    assert not oracle.finished()
    assert [oracle.create_trial(name).status for name in "ab"] == ["STOPPED"] * 2
    assert oracle.finished()


def test_a_trial_that_kills_its_workers_is_given_up(tmp_path):
    for _ in range(MOST_LOSSES):
        number = new(tmp_path).create_trial("a").trial_id
        assert number == "0000"
    oracle = new(tmp_path)
    assert oracle.create_trial("a").trial_id == "0001"
    assert oracle.trials["0000"].status == "FAILED"
    assert "died" in oracle.trials["0000"].message


def test_hyperband_promotes_the_best_and_survives_a_reload(tmp_path):
    oracle, promoted = new(tmp_path, "hyperband", space=X), []
    while (trial := oracle.create_trial("a")).status == "RUNNING":
        values = trial.hyperparameters.values
        if "tuner/trial_id" in values:
            promoted.append(values)
        oracle = new(tmp_path, "hyperband", space=X)
        trial = oracle.create_trial("a")
        assert trial.hyperparameters.values == values
        end(oracle, trial, values["x"])
    begun = [trial.hyperparameters.values for trial in oracle.trials.values()]
    short = sorted(values["x"] for values in begun if values["tuner/epochs"] == 2)
    assert sorted(values["x"] for values in promoted) == short[: len(promoted)]
    assert len(promoted) == 2
    assert all((values["tuner/initial_epoch"], values["tuner/epochs"]) == (2, 6) for values in promoted)


def promoted(values: list[dict]) -> list[float]:
    return [each["x"] for each in values if each.get("tuner/trial_id")]


def test_hyperband_promotes_who_is_left_when_most_fail(tmp_path):
    seen = []

    def score(values: dict) -> float | None:
        seen.append(values["x"])
        return None if len(seen) <= 3 else values["x"]

    values = run_all(new(tmp_path, "hyperband", space=X), score)
    assert promoted(values) == sorted(seen[3:5])
    assert len(values) == 5 + 2 + 3


def test_hyperband_ends_when_all_fail_and_promotes_nobody(tmp_path):
    values = run_all(new(tmp_path, "hyperband", space=X, epochs=9), lambda values: None)
    assert not promoted(values)
    # All that its three brackets begin with.
    assert [each["tuner/epochs"] for each in values] == [1] * 9 + [3] * 5 + [9] * 3


def test_hyperband_of_three_rounds_goes_on_though_the_second_lacks_one(tmp_path):
    values = run_all(
        new(tmp_path, "hyperband", space=X, epochs=9, seed=1),
        # Of nine only one survives, of the three that were to go on.
        lambda values: None if values["x"] < 0.9 and values["tuner/bracket"] == 2 else values["x"],
    )
    first = [each["x"] for each in values if each["tuner/bracket"] == 2 and each["tuner/round"] == 0]
    survivors = [x for x in first if x >= 0.9]
    assert 0 < len(survivors) < 3
    for number in (1, 2):
        rounds = [each["x"] for each in values if (each["tuner/bracket"], each["tuner/round"]) == (2, number)]
        assert rounds == sorted(survivors)[: (3, 1)[number - 1]]


def test_hyperband_of_a_space_with_few_values_promotes_the_best_of_them(tmp_path):
    space = {"x": {"choices": [1, 2, 3]}}
    values = run_all(new(tmp_path, "hyperband", space=space), lambda values: -float(values["x"]))
    assert sorted(each["x"] for each in values[:3]) == ["1", "2", "3"]
    assert promoted(values) == ["3", "2"]
    assert len(values) == 5


def test_hyperband_with_two_workers_loses_and_repeats_nothing(tmp_path):
    oracle, values = new(tmp_path, "hyperband", space=X, patience=60), []
    running = {name: oracle.create_trial(name) for name in "ab"}
    while running:
        _, trial = running.popitem()
        values.append(trial.hyperparameters.values)
        end(oracle, trial, values[-1]["x"])
        for other in {"a", "b"} - running.keys():
            if (trial := oracle.create_trial(other)).status == "RUNNING":
                running[other] = trial
    short = sorted(each["x"] for each in values if each["tuner/epochs"] == 2)
    assert sorted(promoted(values)) == short[:2]
    assert len(values) == 5 + 2 + 3


def test_an_endless_space_is_no_grid(tmp_path):
    with pytest.raises(UserError) as error:
        new(tmp_path, space=X)
    assert "x" in error.value.received
