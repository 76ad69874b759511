"""Comparisons of the smallest networks. The budget is in images, so all figures are the same each time."""

import csv
import json
import math
import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
import tensorflow as tf
from filelock import FileLock
from PIL import Image

import tfgan_course
from tests.end_to_end.command import ENVIRONMENT, arguments
from tfgan_course.cli.main import main
from tfgan_course.comparison import lead, worker
from tfgan_course.comparison.api import prepared
from tfgan_course.comparison.page import page
from tfgan_course.comparison.plan import POINTS, Comparison, Plan
from tfgan_course.comparison.results import Results
from tfgan_course.config.names import Option
from tfgan_course.errors import UserError
from tfgan_course.runs.checkpoints import steps_saved
from tfgan_course.runs.directory import RunDirectory

SHARED = {"generator.width": "2", "critic.width": "2", "batch_size": "8", "data.classes": "Dress,Coat"}
SHARED |= {"samples.count": "4"}
OPTIONS = [Option(name, value) for name, value in SHARED.items()]
JUDGING = {"features": "random", "samples": 60}
DIVERGES = "generator: SimpleGenerator\ncritic: SimpleCritic\nseed: 5\n"
DIVERGES += "critic_optimizer: {class_path: SGD, init_args: {learning_rate: 1.0e+38}}\n"


def work(comparison: Comparison) -> None:
    """Do what `lead` does, in this process, which is faster than a process for each run."""
    for name in comparison.names:
        if not comparison.finished(name):
            assert worker.main(str(comparison.path), name, os.getppid()) == 0


@pytest.fixture(scope="module")
def compared(tmp_path_factory) -> Comparison:
    """Return a comparison of two variants, and of a third one, which diverges."""
    folder = tmp_path_factory.mktemp("comparison")
    (folder / "wild.yaml").write_text(DIVERGES)
    names = ["simple_gan", "lsgan", str(folder / "wild.yaml")]
    comparison = prepared(names, [0], {"images": 200}, JUDGING, OPTIONS, folder / "compare", None)
    work(comparison)
    return comparison


@pytest.fixture
def copy(compared, tmp_path) -> Comparison:
    return Comparison(shutil.copytree(compared.path, tmp_path / "compare"))


def test_the_figures_are_those_of_evaluate_and_the_budget_is_kept(compared):
    for name in ("simple_gan-0", "lsgan-0"):
        record = compared.record(name)
        metrics = {"metrics": ["frechet", "kernel", "prdc"], "features": "random", "split": "test", "samples": 60}
        found = tfgan_course.evaluate(compared.runs / name, **metrics)
        raw = tfgan_course.evaluate(tfgan_course.load_run(compared.runs / name, average=False), **metrics)
        assert {figure: record["figures"][figure] for figure in worker.FIGURES} == {
            figure: found[figure] for figure in worker.FIGURES
        }
        assert record["figures"]["frechet_raw"] == raw["frechet"]
        assert raw["frechet"] != found["frechet"]
        assert record["images"] == 200
        assert record["training"]["seconds_per_step"] > 0
        assert record["training"]["memory_gb"] > 0.1
        # 25 steps in parts of 5: the last point is the end, with as few images as all points.
        assert [point["step"] for point in record["curve"]] == [5, 10, 15, 20, 25]
        assert record["curve"][-1]["frechet"] == found["frechet"]
        seconds = [point["seconds"] for point in record["curve"]]
        assert seconds == sorted(seconds)
        assert steps_saved(compared.runs / name / "checkpoints") == [25]


def test_a_variant_that_diverges_is_a_row_with_the_reason(compared):
    results = Results.of(compared)
    assert [row.variant for row in results.rows][-1] == "wild"
    assert "NaN or infinite" in results.rows[-1].failures[0]
    assert results.rows[0].distance < results.rows[1].distance
    assert "With one seed" in results.conclusion
    results.write()
    content = json.loads((compared.path / "compare.json").read_text())
    assert content["budget"] == {"images": 200}
    assert content["variants"][0]["mean"]["frechet"] == results.rows[0].distance
    lines = list(csv.DictReader((compared.path / "compare.csv").read_text().splitlines()))
    assert {line["variant"] for line in lines if not line["frechet"]} == {"wild"}
    table, html = results.table(), page(results)
    for row in results.rows:
        assert row.variant in table
        assert row.variant in html
    for seed, reason in results.rows[-1].failures.items():
        assert f"seed {seed}: failed, {reason}" in table
    assert "NaN or infinite" in html
    assert html.count("<polyline") == html.count('src="data:image/png') == 2  # the curves and samples of two runs
    assert not re.findall(r'(?:src|href)="(?!data:|#)', html)
    assert "<script" not in html


def test_a_mistake_that_the_user_can_correct_is_shown_without_the_name_of_its_class(copy, monkeypatch):
    def trained(*_):
        raise UserError("too few images")

    monkeypatch.setattr(worker, "trained", trained)
    copy.write("lsgan-0", {})
    worker.do(copy, "lsgan-0", lambda: False)
    assert copy.record("lsgan-0")["failed"] == "too few images"


def test_a_finished_run_is_neither_trained_nor_judged_again(copy):
    def times() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in copy.runs.rglob("*") if path.is_file()}

    before = times()
    work(copy)
    assert times() == before
    # Other features: judged again, not trained again.
    copy.judge_by({"samples": 80})
    assert [copy.finished(name) for name in copy.names] == [False, False, True]
    assert not Results.of(copy).rows[0].seeds  # no figures of another judge in the table
    work(copy)
    assert Results.of(copy).rows[0].seeds == 1
    history = copy.runs / "lsgan-0" / "history.csv"
    assert history.stat().st_mtime_ns == before[history]


def test_more_variants_and_seeds_extend_a_comparison(copy, tmp_path):
    # The seeds of a variant whose file has changed keep its options.
    copy.extend([], [0, 1])
    assert copy.names == ["lsgan-0", "simple_gan-0", "wild-0", "lsgan-1", "simple_gan-1", "wild-1"]
    assert "1.0e+38" in (copy.runs / "wild-1.yaml").read_text()
    assert RunDirectory(copy.runs / "lsgan-0").rows()  # the runs stay
    copy.extend(["ttur"], [1])
    assert [name for name in copy.names if "ttur" in name] == ["ttur-1"]
    settings = copy.settings("ttur-1")
    assert (settings["batch_size"], settings["max_images"], settings["data"]["size"]) == (8, 200, 28)
    (tmp_path / "lsgan.yaml").write_text(DIVERGES)
    with pytest.raises(UserError) as error:
        copy.extend([str(tmp_path / "lsgan.yaml")], [0])
    assert "lsgan-0" in error.value.expected


def test_runs_that_are_added_begin_with_the_same_weights_of_another_run(copy, tmp_path, monkeypatch):
    monkeypatch.chdir(copy.runs)
    options = [*OPTIONS, Option("init_from", "lsgan-0")]
    comparison = prepared(["simple_gan"], [0], {"images": 200}, JUDGING, options, tmp_path / "new", None)
    monkeypatch.chdir(tmp_path)
    checkpoints = copy.runs / "lsgan-0" / "checkpoints"
    for file in checkpoints.glob("step-25.*"):  # that run has gone on since then
        shutil.copy(file, str(file).replace("step-25", "step-30"))
    (checkpoints / "checkpoint").unlink()
    Comparison(comparison.path).extend(["dcgan"], [0, 1])
    first, *others = [comparison.settings(name)["init_from"] for name in comparison.names]
    assert first["run"] == str(copy.runs / "lsgan-0")
    assert first["checkpoint"] == 25
    assert others == [first] * 2


def test_killed_in_the_middle_and_resumed_gives_the_same_figures(compared, tmp_path):
    words = ["compare", "--variants", "lsgan", "--images", "200", "--features", "random", "--judge_samples", "60"]
    words += [word for name, value in SHARED.items() for word in (f"--{name}", value)]
    process = subprocess.Popen(
        arguments(*words, "--out", "compare"), cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.DEVNULL
    )
    run = tmp_path / "compare" / "runs" / "lsgan-0"
    begin = time.monotonic()
    while not list((run / "checkpoints").glob("step-5.index")):
        assert process.poll() is None
        assert time.monotonic() - begin < 500
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    # The worker sees that its parent is gone, saves, and frees the run; until then the new worker waits.
    assert main(["compare", "--resume", str(tmp_path / "compare")]) == 0
    again = Comparison(tmp_path / "compare")
    record, other = again.record("lsgan-0"), compared.record("lsgan-0")
    assert record["figures"] == other["figures"]
    assert record["training"]["steps"] == 25
    distances = {point["step"]: point["frechet"] for point in other["curve"]}
    assert all(distances[point["step"]] == point["frechet"] for point in record["curve"] if point["step"] in distances)
    assert "lsgan" in (tmp_path / "compare" / "compare.html").read_text()


def test_one_size_of_images_for_all_variants(tmp_path):
    comparison = prepared(["dcgan", "acgan"], [0], {"minutes": 1.5}, JUDGING, [], tmp_path / "a", None)
    settings = [comparison.settings(name) for name in comparison.names]
    assert [found["data"]["size"] for found in settings] == [32, 32]
    assert [found["max_minutes"] for found in settings] == [1.5, 1.5]
    assert settings[0]["checkpoints"]["every_minutes"] == pytest.approx(1.5 / POINTS)
    (tmp_path / "own.yaml").write_text("data: {classes: [Dress]}\n")
    with pytest.raises(UserError):
        prepared(["dcgan", str(tmp_path / "own.yaml")], [0], {"minutes": 1}, JUDGING, [], tmp_path / "b", None)


@pytest.mark.parametrize(
    ("variants", "budget", "options", "received"),
    [
        (["dcgan"], {}, [], "none"),
        (["dcgan"], {"minutes": 1.0, "images": 5}, [], "minutes and images"),
        (["dcgan"], {"minutes": 1.0}, [Option("seed", "3")], "--seed"),
        (["dcgan", "dcgan"], {"minutes": 1.0}, [], "dcgan twice"),
        ([], {"minutes": 1.0}, [], "none"),
    ],
)
def test_mistakes_leave_no_folder(tmp_path, variants, budget, options, received):
    with pytest.raises(UserError) as error:
        prepared(variants, [0], budget, JUDGING, options, tmp_path / "a", None)
    assert error.value.received == received
    assert not (tmp_path / "a").exists()


def test_too_few_images_to_judge_by_are_an_error_before_any_training(tmp_path):
    (tmp_path / "photos").mkdir()
    for number in range(60):
        Image.new("L", (28, 28), number).save(tmp_path / "photos" / f"{number}.png")
    options = [Option("data.folder", str(tmp_path / "photos"))]
    with pytest.raises(UserError) as error:
        prepared(["lsgan"], [0], {"images": 8}, JUDGING, options, tmp_path / "a", None)
    assert error.value.received == "6"
    assert "split train" in error.value.remedy
    assert not (tmp_path / "a").exists()
    prepared(["lsgan"], [0], {"images": 8}, {**JUDGING, "split": "train"}, options, tmp_path / "a", None)
    held_out = [*options, Option("data.held_out", "0.9")]
    prepared(["lsgan"], [0], {"images": 8}, JUDGING, held_out, tmp_path / "b", None)


def test_a_run_that_another_process_trains_is_left_to_it(tmp_path, monkeypatch):
    comparison = prepared(["lsgan"], [0], {"images": 8}, JUDGING, OPTIONS, tmp_path / "a", None)
    monkeypatch.setattr(worker, "SECONDS_FOR_ORPHANS", 0.1)
    with FileLock(comparison.path / ".lsgan-0.lock"):
        assert worker.main(str(comparison.path), "lsgan-0", os.getppid()) == worker.TAKEN
    assert not comparison.record("lsgan-0")
    assert Results.of(comparison).rows[0].unfinished == [0]


def test_peak_memory_is_that_of_this_process():
    block = np.ones(25 * 2**20)  # 200 MB
    now = psutil.Process().memory_info().rss
    assert now > block.nbytes
    del block
    assert 0.99 * now <= worker.peak_memory() < psutil.virtual_memory().total


def test_a_gpu_that_counts_no_memory_ends_no_run(monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: [kind])
    assert math.isnan(worker.peak_memory())  # TensorFlow knows no GPU here


def test_a_resumed_comparison_keeps_its_options(copy):
    with pytest.raises(UserError):
        prepared([], [], {"images": 5}, {}, [], copy.path, copy.path)
    with pytest.raises(UserError):
        Comparison(copy.path / "runs")


def test_the_judge_is_a_classifier_of_the_training_images(tmp_path):
    options = [*OPTIONS, Option("data.held_out", "0.9")]  # few images, for a quick test
    comparison = prepared(["lsgan"], [0], {"images": 8}, {"samples": 60}, options, tmp_path / "a", None)
    judge = comparison.path / "judge.yaml"
    judge.write_text(judge.read_text().replace("epochs: 20", "epochs: 1"))
    assert comparison.accuracy() is None
    assert not comparison.judge_is_ready()
    assert worker.main(str(comparison.path), "judge", os.getppid()) == 0
    assert comparison.judge_is_ready()
    assert f"test accuracy {100 * comparison.accuracy():.2f} %" in Results.of(comparison).conditions
    work(comparison)
    record = comparison.record("lsgan-0")
    assert record["judge"]["kind"] == "classifier"
    found = tfgan_course.evaluate(
        comparison.runs / "lsgan-0", metrics=["frechet"], features=comparison.judge, split="test", samples=60
    )
    assert record["figures"]["frechet"] == found["frechet"]


def test_a_judge_without_classes_is_an_error_before_any_training(tmp_path, capsys):
    comparison = prepared(["lsgan"], [0], {"images": 8}, {}, OPTIONS, tmp_path / "a", None)
    judge = comparison.path / "judge.yaml"
    judge.write_text(judge.read_text().replace("Dress,Coat", "Dress"))
    assert main(["compare", "--resume", str(comparison.path)]) == 2
    assert "--features" in capsys.readouterr().err
    assert not comparison.record("lsgan-0")


def test_the_points_of_a_curve_are_at_equal_parts_of_the_budget(tmp_path):
    settings = prepared(["lsgan"], [0], {"minutes": 1}, JUDGING, OPTIONS, tmp_path / "a", None).settings("lsgan-0")
    run = RunDirectory.create(tmp_path / "run", settings.yaml(), {"image_shape": [28, 28, 1], "class_names": None})
    # Stopped at 37 s, after step 30, and resumed; the step until 40 s was saved late.
    seconds = {0: 0.1, 10: 10.1, 20: 20.3, 25: 30.2, 30: 37.0, 31: 43.0, 36: 44.0, 45: 50.2, 60: 60.1}
    for step in seconds:
        (run.checkpoints / f"step-{step}.index").touch()
    times = {str(step): {"seconds": time, "cpu_seconds": 2 * time} for step, time in seconds.items()}
    (run.checkpoints / "clock.json").write_text(json.dumps(times))
    found = worker.points(Plan("minutes", 1.0), run, images_per_step=8)
    assert [(point["part"], point["step"]) for point in found] == [(1, 10), (2, 20), (3, 25), (4, 31), (5, 45), (6, 60)]
    assert found[1] == {"part": 2, "step": 20, "images": 160, "seconds": 20.3, "cpu_seconds": 40.6}
    few = worker.points(Plan("images", 480), run, images_per_step=8)
    assert [(point["part"], point["step"]) for point in few] == [(1, 10), (2, 20), (3, 30), (4, 45), (6, 60)]
    # A budget of the processor that a killed session has not used up: the last checkpoint is the end.
    assert worker.points(Plan("cpu_minutes", 6.0), run, images_per_step=8)[-1]["step"] == 60


def test_options_of_images_that_differ_are_named_alone(tmp_path, capsys):
    words = ["compare", "--variants", "pix2pix,srresnet", "--minutes", "1", "--data.size", "28"]
    assert main([*words, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "data.condition" in said
    assert "held_out" not in said


@pytest.mark.parametrize(("budget", "amount", "done"), [("cpu_minutes", 20, 200 / 1200), ("images", 8000, 0.1)])
def test_the_time_left_is_estimated_at_the_latest_checkpoint(copy, budget, amount, done):
    # 100 steps of 8 images took 250 seconds, and 200 seconds of the processor; step 0 took nearly nothing.
    copy.plan = replace(copy.plan, budget=budget, amount=amount)
    times = {0: {"seconds": 0.4, "cpu_seconds": 0.4}, 100: {"seconds": 250, "cpu_seconds": 200}}
    (copy.runs / "lsgan-0" / "checkpoints" / "clock.json").write_text(json.dumps(times))
    progress = lead.Progress(copy)
    progress.begin("lsgan-0")
    # This run and one more, 260 seconds after the beginning.
    assert progress.seconds_left(260, 2) == pytest.approx(2 * 250 / done - 260)
