"""The oracles alone: no network is trained here."""

import time

import pytest
from keras_tuner.engine.trial import Trial

from tfgan_course.errors import UserError
from tfgan_course.tuning.objective import Objective
from tfgan_course.tuning.oracles import MOST_LOSSES, make_oracle
from tfgan_course.tuning.search import tell
from tfgan_course.tuning.space import Space
from tfgan_course.tuning.trials import Outcome

SPACE = Space.of({"x": {"choices": [1, 2, 3]}, "y": {"choices": [0, 1]}}, "here")


def new(folder, search="grid", patience=None, space=SPACE, **options):
    options = {"trials": None, "seed": 0, "epochs": 6, "factor": 3, **options}
    oracle = make_oracle(search, space, Objective(mode="min"), patience=patience, **options)
    oracle._set_project_dir(str(folder), "oracle")
    if (folder / "oracle" / "oracle.json").is_file():
        oracle.reload()
    return oracle


def end(oracle, trial: Trial, score: float | None = 0.0) -> None:
    # As a worker does: a copy, without the chief's message.
    copy = Trial.from_proto(trial.to_proto())
    tell(oracle, copy, Outcome("completed" if score is not None else "failed", trial.trial_id, score=score))


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
    assert seen == list(SPACE.grid())
    assert new(tmp_path).create_trial("a").status == "STOPPED"


@pytest.mark.parametrize("search", ["grid", "random"])
def test_failures_in_a_row_do_not_end_a_search(tmp_path, search):
    oracle = new(tmp_path, search, trials=6)
    assert len(run_all(oracle, lambda values: None)) == 6
    assert {trial.status for trial in oracle.trials.values()} == {"FAILED"}


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
    assert len(rest) == len(list(SPACE.grid())) - 2


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
    space = Space.of({"x": {"range": [0.0, 1.0]}}, "here")
    oracle, promoted = new(tmp_path, "hyperband", space=space), []
    while (trial := oracle.create_trial("a")).status == "RUNNING":
        values = trial.hyperparameters.values
        if "tuner/trial_id" in values:
            promoted.append(values)
        oracle = new(tmp_path, "hyperband", space=space)
        trial = oracle.create_trial("a")
        assert trial.hyperparameters.values == values
        end(oracle, trial, values["x"])
    begun = [trial.hyperparameters.values for trial in oracle.trials.values()]
    short = sorted(values["x"] for values in begun if values["tuner/epochs"] == 2)
    assert sorted(values["x"] for values in promoted) == short[: len(promoted)]
    assert len(promoted) == 2
    assert all((values["tuner/initial_epoch"], values["tuner/epochs"]) == (2, 6) for values in promoted)


def test_an_endless_space_is_no_grid(tmp_path):
    with pytest.raises(UserError, match=r"x.*--search random"):
        new(tmp_path, space=Space.of({"x": {"range": [0.0, 1.0]}}, "here"))
