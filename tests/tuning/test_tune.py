"""Searches from the command line, on the smallest networks."""

import csv
import json
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import keras_tuner
import numpy as np
import pytest
import yaml
from PIL import Image

from tests.end_to_end.command import ENVIRONMENT, arguments
from tfgan_course.cli.main import main
from tfgan_course.config.parser import read
from tfgan_course.errors import Interrupted
from tfgan_course.runs.open import load_run
from tfgan_course.training.workers import Workers
from tfgan_course.tuning import GANHyperModel
from tfgan_course.tuning.lead import runner_of
from tfgan_course.tuning.objective import Objective
from tfgan_course.tuning.plan import Plan
from tfgan_course.tuning.search import search
from tfgan_course.tuning.trials import Pruning, StoppingRule

# Two perceptrons of a few neurons.
TINY = ["--variant", "simple_gan", "--generator.width=2", "--critic.width=2", "--batch_size=200", "--samples.count=4"]
TINY += ["--steps_per_epoch=2", "--data.classes=Dress,Coat", "--metrics.names=[]", "--objective=val_generator_loss"]
TINY += ["--samples.every_epochs=9", "--checkpoints.every_epochs=9", "--health=null"]


def tune(folder: Path, space: dict | str, *options: str, **more) -> list[dict[str, str]]:
    """Run a search in this process, and return the rows of its table."""
    if isinstance(space, dict):
        file = folder.parent / "space.yaml"
        file.write_text(yaml.safe_dump({"parameters": space, **more}))
        space = str(file)
    assert main(["tune", *TINY, "--space", space, "--out", str(folder), *options]) == 0
    return table(folder)


def table(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / "results.csv").read_text().splitlines()))


def history(run: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((run / "history.csv").read_text().splitlines()))


BOTH = {"keys": ["generator_optimizer.learning_rate", "critic_optimizer.learning_rate"]}


def test_a_search_leaves_tables_pictures_and_runs_that_give_the_figures_again(tmp_path):
    rows = tune(tmp_path / "search", "learning_rate", "--epochs=2")
    assert [row["learning_rate"] for row in rows] == ["0.0001", "0.0002", "0.0003", "0.0005"]
    assert all((row["status"], row["epochs"], row["steps"]) == ("completed", "2", "4") for row in rows)
    for row in rows:
        config = yaml.safe_load((tmp_path / "search" / "trials" / row["run"] / "config.yaml").read_text())
        assert config["critic_optimizer"]["init_args"]["learning_rate"] == float(row["learning_rate"])
        assert config["generator_optimizer"]["init_args"]["learning_rate"] == float(row["learning_rate"])
        figures = history(tmp_path / "search" / "trials" / row["run"])
        losses = [float(epoch["val_generator_loss"]) for epoch in figures]
        accuracies = [float(epoch["val_critic_accuracy"]) for epoch in figures]
        assert float(row["best_val_generator_loss"]) == float(row["score"]) == min(losses)
        assert float(row["average_val_critic_accuracy"]) == pytest.approx(sum(accuracies) / 2)
    for name in ("results.md", "results.tex", "curves.png", "parallel.png", "best.png"):
        assert (tmp_path / "search" / name).stat().st_size > 0
    assert len(list((tmp_path / "search" / "tensorboard").rglob("events*"))) == 1 + 4
    assert "| 0.0001 |" in (tmp_path / "search" / "results.md").read_text()

    best = min(rows, key=lambda row: float(row["score"]))
    out = tmp_path / "again"
    run = tmp_path / "search" / "trials" / best["run"]
    assert main(["train", "--config", str(run / "config.yaml"), "--out", str(out)]) == 0
    assert (out / "history.csv").read_bytes() == (run / "history.csv").read_bytes()


def test_the_default_search_is_by_a_distance_shows_all_figures_and_trains_the_best_in_full(tmp_path, capsys):
    base = tmp_path / "base.yaml"
    base.write_text("{epochs: 5, generator: {class_path: SimpleGenerator, init_args: {width: 2}}, batch_size: 200}")
    space = tmp_path / "space.yaml"
    space.write_text("parameters: {critic_optimizer.learning_rate: {choices: [0.001, 0.01]}}")
    search = tmp_path / "a search"
    words = ["--config", str(base), "--critic=SimpleCritic", "--critic.width=2", "--epochs=2", "--steps_per_epoch=1"]
    words += ["--data.classes=Dress,Coat", "--metrics.samples=50", "--samples.count=4", "--health=null"]
    assert main(["tune", *words, "--space", str(space), "--out", str(search)]) == 0
    rows = table(search)
    for row in rows:
        figures = history(search / "trials" / row["run"])
        assert float(row["score"]) == min(float(epoch["sliced_wasserstein"]) for epoch in figures)
        for name in figures[-1].keys() - {"epoch", "step"}:
            assert float(row[f"last {name}"]) == float(figures[-1][name])
    assert "last sliced_wasserstein" in (search / "results.md").read_text()
    best = min(rows, key=lambda row: float(row["score"]))
    trained, full = (read(file) for file in (search / "trials" / best["run"] / "config.yaml", search / "best.yaml"))
    assert (trained.epochs, trained.steps_per_epoch) == (2, 1)
    assert (full.epochs, full.steps_per_epoch) == (5, None)
    assert (full.critic, full.critic_optimizer) == (trained.critic, trained.critic_optimizer)
    # The last line is a command that works in any folder, and so is the comment in best.yaml.
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.strip() in (search / "best.yaml").read_text()
    _, *rest = shlex.split(line)
    rest += ["--epochs=1", "--steps_per_epoch=1", "--out=again"]
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    subprocess.run([sys.executable, *rest], cwd=folder, env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL)
    assert len(history(folder / "again")) == 1


def test_a_finished_search_goes_on_with_more_trials(tmp_path, capsys):
    space, search = {"seed": {"range": [1, 9]}}, tmp_path / "search"
    first = tune(search, space, "--epochs=1", "--search=random", "--trials=2")
    assert main(["tune", "--resume", str(search), "--trials=3"]) == 0
    more = table(search)
    assert more[:2] == first
    assert len({row["seed"] for row in more}) == 3
    assert main(["tune", "--resume", str(search), "--trials=2"]) == 2
    assert "3 trials" in capsys.readouterr().err
    assert Plan.read(search).trials == 3
    assert table(search) == more


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Run a search of two trials."""
    folder = tmp_path_factory.mktemp("finished") / "search"
    tune(folder, {"seed": {"choices": [1, 2]}}, "--epochs=1")
    return folder


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe{", b"[]", b'{"trials": 3}', b"[" * 100_000])
def test_a_damaged_file_of_a_search_is_named_and_nothing_is_overwritten(finished, tmp_path, capsys, content):
    search = Path(shutil.copytree(finished, tmp_path / "search"))
    trial = next((search / "oracle").glob("trial_*/trial.json"))
    for file in (search / "search.json", search / "oracle" / "oracle.json", trial, search / "trials" / "0001.json"):
        whole = file.read_bytes()
        damaged = whole[: len(whole) // 3] if content is None else content
        file.write_bytes(damaged)
        capsys.readouterr()
        assert main(["tune", "--resume", str(search)]) == 2
        message = capsys.readouterr().err
        assert str(file) in message
        assert "intact" in message
        assert file.read_bytes() == damaged
        file.write_bytes(whole)
    assert main(["tune", "--resume", str(search)]) == 0


def photos(folder: Path) -> None:
    folder.mkdir()
    for index in range(20):
        Image.new("L", (28, 28), 9 * index).save(folder / f"{index}.png")


def test_a_search_goes_on_from_another_directory_and_after_its_images_have_moved(tmp_path, monkeypatch, capsys):
    (tmp_path / "here").mkdir()
    (tmp_path / "away").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    photos(Path("photos"))
    words = [word for word in TINY if "classes" not in word and "batch_size" not in word]
    words += ["--batch_size=4", "--data.folder=photos", "--epochs=1", "--trials=1", "--out=search"]
    Path("space.yaml").write_text("parameters: {seed: {choices: [1, 2, 3]}}")
    assert main(["tune", *words, "--space=space.yaml"]) == 0
    # The printed command, which is also in best.yaml, works in any folder.
    line = capsys.readouterr().out.splitlines()[-1]
    assert shlex.split(line)[-1] == str(tmp_path / "here" / "search" / "best.yaml")
    assert line in Path("search/best.yaml").read_text()
    monkeypatch.chdir(tmp_path / "away")
    resume = ["tune", "--resume", str(tmp_path / "here" / "search")]
    assert main([*resume, "--trials=2"]) == 0
    (tmp_path / "here" / "photos").rename("pictures")
    capsys.readouterr()
    assert main([*resume, "--trials=3"]) == 2
    assert "photos" in capsys.readouterr().err
    photos(Path("others"))
    Image.new("L", (28, 28), 1).save("others/20.png")
    for option, path, named in (("folder", "others", "train_images"), ("folder", "nowhere", "nowhere")):
        assert main([*resume, f"--data.{option}", path]) == 2
        assert named in capsys.readouterr().err
    assert main([*resume, "--data.data_dir", "pictures"]) == 2  # the images do not come from there
    assert "--data.data_dir" in capsys.readouterr().err
    assert main([*resume, "--data.folder", "pictures"]) == 0
    rows = table(tmp_path / "here" / "search")
    assert [row["status"] for row in rows] == ["completed", "completed", "completed"]
    best = tmp_path / "here" / "search" / "best.yaml"
    assert main(["train", "--config", str(best), "--out", "best", "--data.folder", "pictures"]) == 0


def test_a_changed_base_of_a_search_is_refused(finished, tmp_path, capsys):
    search = Path(shutil.copytree(finished, tmp_path / "search"))
    base = (search / "base.yaml").read_text()
    for changed in (base.replace("batch_size: 200", "batch_size: 100"), "{}", None):
        (search / "base.yaml").unlink() if changed is None else (search / "base.yaml").write_text(changed)
        assert main(["tune", "--resume", str(search), "--trials", "3"]) == 2
        assert "base.yaml" in capsys.readouterr().err
    assert len(table(search)) == 2


def test_ctrl_c_says_where_the_search_is_saved_and_how_to_go_on(tmp_path):
    (tmp_path / "space.yaml").write_text("parameters: {seed: {range: [1, 6]}}")
    words = [*TINY, "--epochs=500", "--space=space.yaml", "--out=a search"]
    process = subprocess.Popen(
        arguments("tune", *words), cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    wait_for((tmp_path / "a search" / "trials" / "0000" / "history.csv").is_file, process)
    process.send_signal(signal.SIGINT)
    message = process.communicate(timeout=200)[1].decode()
    assert process.returncode == 130
    assert message.splitlines()[-1].endswith("python -m tfgan_course tune --resume 'a search'")


def test_an_interrupted_search_resumed_equals_an_uninterrupted_one(tmp_path):
    space = {"learning_rate": {**BOTH, "choices": [1e-3, 1e-2]}}
    whole = tune(tmp_path / "whole", space, "--epochs=2")
    assert main(["tune", *TINY, "--epochs=2", "--space", str(tmp_path / "space.yaml"), "--out", str(tmp_path / "x"),
                 "--search=random", "--trials=0"]) == 2  # fmt: skip
    # The same search, as Ctrl-C leaves it in the second trial.
    (tmp_path / "part").mkdir()
    for name in ("search.json", "base.yaml"):
        (tmp_path / "part" / name).write_text((tmp_path / "whole" / name).read_text())
    plan = Plan.read(tmp_path / "part")
    trials = runner_of(tmp_path / "part", plan, Workers())
    oracle = plan.oracle_of(tmp_path / "part")
    second = tmp_path / "part" / "trials" / "0001" / "history.csv"
    trials.asked_to_stop = second.is_file
    with pytest.raises(Interrupted):
        search(oracle, "tuner0", trials)
    assert len(list((tmp_path / "part" / "trials").glob("*.json"))) == 1
    assert main(["tune", "--resume", str(tmp_path / "part")]) == 0
    assert [{**row, "seconds": ""} for row in table(tmp_path / "part")] == [{**row, "seconds": ""} for row in whole]
    # Once more changes nothing.
    assert main(["tune", "--resume", str(tmp_path / "part")]) == 0
    assert len(table(tmp_path / "part")) == 2


def test_hyperband_trains_a_promoted_trial_no_epoch_twice(tmp_path):
    # Six values: five begin in the first bracket, one is left for the second.
    space = {"learning_rate": {**BOTH, "choices": [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2]}}
    rows = tune(tmp_path / "search", space, "--epochs=6", "--search=hyperband")
    assert [row["epochs"] for row in rows] == ["2"] * 5 + ["6"] * 3
    short = [row for row in rows if row["epochs"] == "2"]
    promoted = [row for row in rows if row["run"] != row["trial"]]
    assert len(short) == 5
    assert len(promoted) == 2
    best = sorted(short, key=lambda row: float(row["score"]))[:2]
    assert {row["run"] for row in promoted} == {row["trial"] for row in best}
    for row in promoted:
        run = tmp_path / "search" / "trials" / row["run"]
        assert [(figures["epoch"], figures["step"]) for figures in history(run)] == [
            (str(epoch), str(2 * epoch)) for epoch in range(1, 7)
        ]
        # As many steps were taken as are written down: 2 epochs in the first trial, 4 in the second.
        assert json.loads((run / "summary.json").read_text())["steps"] == 12
        assert row["steps"] == "12"
    # And the promoted trial is the uninterrupted training, optimizers included.
    config = tmp_path / "search" / "trials" / promoted[0]["run"] / "config.yaml"
    assert main(["train", "--config", str(config), "--out", str(tmp_path / "whole")]) == 0
    assert (tmp_path / "whole" / "history.csv").read_bytes() == config.with_name("history.csv").read_bytes()


def test_diverged_trials_fail_say_why_and_end_nothing(tmp_path):
    space = {"critic_optimizer.learning_rate": {"choices": [1e37, 1e-3]}}
    options = ("--critic_optimizer=SGD", "--loss=Wasserstein", "--epochs=2", "--steps_per_epoch=4")
    rows = tune(tmp_path / "search", space, *options, "--objective=critic_loss", "--judge=last")
    assert [row["status"] for row in rows] == ["failed", "completed"]
    assert "NaN" in rows[0]["message"]
    assert "step" in rows[0]["message"]


def test_a_search_without_a_completed_trial_says_so(tmp_path, capsys):
    file = tmp_path / "space.yaml"
    file.write_text("parameters: {critic_optimizer.learning_rate: {choices: [1.0e+37]}}")
    words = ["--critic_optimizer=SGD", "--loss=Wasserstein", "--epochs=2", "--steps_per_epoch=4", "--space", str(file)]
    assert main(["tune", *TINY, *words, "--out", str(tmp_path / "search")]) == 2
    assert "none of 1 (" in capsys.readouterr().err


MISTAKES = [
    ({"no_such_key": {"choices": [1]}}, (), ("no_such_key",)),
    ({"critic_optimizer.no_such_key": {"choices": [1]}}, (), ("no_such_key", "Adam")),
    ({"batch_size": {"choices": [100, "many"]}}, (), ("batch_size", "many")),
    ({"critic.width": {"range": [8, 8]}}, (), ("critic.width", "[8, 8]")),
    ({"batch_size": {"choices": [100]}}, ("--objective=fid",), ("fid", "val_generator_loss")),
    ({"batch_size": {"choices": [100]}}, ("--search=hyperband", "--trials=3"), ("3 trials",)),
    ({"latent_size": {"range": [1.0, 2.0]}}, ("--search=grid",), ("latent_size", "random")),
    ({"batch_size": {"choices": [100]}}, ("--worker=a",), ("--chief",)),
    ({"batch_size": {"choices": [100]}}, ("--chief=localhost:1", "--patience=2"), ("--patience", "3 seconds")),
]


@pytest.mark.parametrize(("space", "options", "words"), MISTAKES)
def test_a_mistake_is_one_error_before_the_first_trial(space, options, words, tmp_path, capsys):
    file = tmp_path / "space.yaml"
    file.write_text(yaml.safe_dump({"parameters": space}))
    before = sorted(tmp_path.rglob("*"))
    assert main(["tune", *TINY, "--space", str(file), "--out", str(tmp_path / "search"), *options]) == 2
    message = capsys.readouterr().err
    assert len(message.splitlines()) <= 10
    for word in words:
        assert word in message
    assert sorted(tmp_path.rglob("*")) == before


def test_a_hopeless_trial_is_stopped_at_the_median(tmp_path):
    space = {"learning_rate": {**BOTH, "choices": [1e-5, 1e-4, 1e-3, 1.0]}}
    options = ("--epochs=5", "--prune=true", "--prune_after=2", "--objective=val_generator_loss", "--judge=last")
    rows = tune(tmp_path / "search", space, *options, "--steps_per_epoch=4")
    last = rows[-1]
    assert [row["status"] for row in rows[:3]] == ["completed"] * 3
    assert last["status"] == "pruned"
    assert "median of 3" in last["message"]
    assert int(last["epochs"]) < 5
    losses = sorted(
        float(history(tmp_path / "search" / "trials" / row["run"])[int(last["epochs"]) - 1]["val_generator_loss"])
        for row in rows[:3]
    )
    assert float(last["score"]) > losses[1]


def test_a_trial_without_the_objective_is_failed_and_the_search_goes_on(tmp_path):
    term = {"class_path": "GradientPenalty"}
    space = {"critic_terms": {"choices": {"none": [], "penalty": [term]}}}
    options = ("--critic.normalization=none", "--critic_terms=[GradientPenalty]", "--objective=gradient_penalty")
    rows = tune(tmp_path / "search", space, *options, "--epochs=1")
    assert [row["status"] for row in rows] == ["failed", "completed"]
    assert "gradient_penalty" in rows[0]["message"]
    assert (tmp_path / "search" / "best.yaml").is_file()


def test_the_verdict_waits_for_epochs_and_for_others():
    others = [[{"a": value}] * 3 for value in (1.0, 2.0, 3.0)]

    def verdict(value: float, epoch: int, count: int = 3) -> bool:
        objective = Objective("a", "max", "last")
        rule = StoppingRule(Path("none"), 9, objective, Pruning(2, 3), lambda: others[:count])
        return bool(rule.verdict([{"a": value}] * epoch))

    assert verdict(1.5, 2)
    assert not verdict(2.0, 2)
    assert not verdict(0.0, 1)
    assert not verdict(0.0, 2, 2)
    assert not verdict(0.0, 4)  # none has got that far


def test_a_hypermodel_is_for_any_of_keras_tuners_tuners(tmp_path):
    space = {"learning_rate": {**BOTH, "choices": [1e-4, 1e-3]}}
    model = GANHyperModel(
        space,
        "simple_gan",
        generator={"width": 2},
        critic={"width": 2},
        batch_size=200,
        steps_per_epoch=2,
        data={"classes": "Dress,Coat"},
        epochs=2,
    )
    objective = keras_tuner.Objective("val_generator_loss", "min")
    tuner = keras_tuner.GridSearch(model, objective, directory=tmp_path, project_name="grid")
    tuner.search(verbose=0)
    trials = tuner.oracle.get_best_trials(2)
    assert {trial.status for trial in trials} == {"COMPLETED"}
    assert {trial.hyperparameters["learning_rate"] for trial in trials} == {"0.0001", "0.001"}
    # KerasTuner's trial is ours.
    rows = tune(tmp_path / "search", space, "--epochs=2")
    ours = {row["learning_rate"]: float(row["score"]) for row in rows}
    for trial in trials:
        assert trial.score == pytest.approx(ours[trial.hyperparameters["learning_rate"]], rel=1e-6)


def wait_for(condition, *processes: subprocess.Popen) -> None:
    deadline = time.monotonic() + 200
    while not condition():
        assert time.monotonic() < deadline
        for process in processes:
            assert process.poll() is None
        time.sleep(0.05)


def test_a_chief_and_two_workers_finish_though_one_worker_and_the_chief_are_killed(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    (tmp_path / "space.yaml").write_text(yaml.safe_dump({"parameters": {"seed": {"range": [1, 6]}}}))
    out = tmp_path / "search"

    def start(*words: str) -> subprocess.Popen:
        command = arguments("tune", *words, "--chief", address, "--patience", "5")
        # Not to a pipe: nobody reads it, and it would fill.
        with (tmp_path / "log").open("ab") as log:
            return subprocess.Popen(command, cwd=tmp_path, env=ENVIRONMENT, stdout=log, stderr=log)

    def ended() -> int:
        return len(list((out / "trials").glob("*.json")))

    chief = start(
        *TINY,
        "--checkpoints.every_epochs=1",
        "--space=space.yaml",
        "--epochs=3",
        "--steps_per_epoch=60",
        "--out=search",
    )
    wait_for((out / "search.json").is_file, chief)
    doomed, worker = (start("--worker", name, "--out=search") for name in ("doomed", "worker"))
    wait_for(lambda: (out / "oracle" / "oracle.json").is_file(), chief)

    def doomed_trains() -> bool:
        running = json.loads((out / "oracle" / "oracle.json").read_text())["ongoing_trials"]
        number = running.get("doomed")
        return number is not None and (out / "trials" / number.zfill(4) / "history.csv").is_file()

    wait_for(doomed_trains, chief, doomed, worker)
    doomed.kill()
    wait_for(lambda: ended() >= 2, chief, worker)
    chief.kill()
    chief.wait()
    time.sleep(1)
    chief = start("--resume=search")
    assert chief.wait(200) == 0, (tmp_path / "log").read_text()
    assert worker.wait(60) == 0
    rows = table(out)
    assert sorted(row["seed"] for row in rows) == list("123456")
    assert all((row["status"], row["steps"]) == ("completed", "180") for row in rows)
    assert len({row["run"] for row in rows}) == 6
    doomed.wait()


def test_every_trial_begins_with_the_same_weights(tmp_path):
    earlier = tmp_path / "earlier"
    words = [word for word in TINY if not word.startswith("--objective")]
    assert main(["train", *words, "--epochs=1", "--out", str(earlier)]) == 0
    space = {"critic_optimizer.learning_rate": {"choices": [1e-4, 1e-3]}}
    rows = tune(tmp_path / "search", space, "--epochs=1", "--init_from", str(earlier))
    runs = [load_run(tmp_path / "search" / "trials" / row["run"], 0, average=False) for row in rows]
    assert len(runs) == 2
    source = load_run(earlier)
    for run in runs:
        assert (run.config.init_from.run, run.config.init_from.checkpoint) == (str(earlier), 2)
        for ours, theirs in ((run.generator, source.generator), (run.critic, source.critic)):
            for weight, other in zip(ours.weights, theirs.weights, strict=True):
                np.testing.assert_array_equal(np.array(weight), np.array(other))
    assert rows[0]["score"] != rows[1]["score"]


def test_a_limit_ends_each_trial(tmp_path):
    rows = tune(tmp_path / "search", {"critic.width": {"choices": [2, 3]}}, "--max_images=600")
    assert all((row["status"], row["steps"]) == ("completed", "3") for row in rows)
    base = yaml.safe_load((tmp_path / "search" / "best.yaml").read_text())
    assert base["max_images"] is None  # as in the files with which the search began
    words = ["--space", "learning_rate", "--search=hyperband", "--max_minutes=1", "--out", str(tmp_path / "none")]
    assert main(["tune", *TINY, *words]) == 2
