"""Training divided among replicas of one process, and among processes.

A strategy divides the CPU before TensorFlow's first operation, and this process has long begun: see
`tests/distributed_worker.py`.
"""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.distributed_worker import RUN
from tests.end_to_end.command import saved
from tfgan_course.cli import main as cli
from tfgan_course.runs.directory import RunDirectory

WORKER = [sys.executable, "-m", "tests.distributed_worker"]
# Never a GPU, whose sums differ from one division of the batch to another.
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "CUDA_VISIBLE_DEVICES": "-1"}
TIMEOUT = 480


class Outcome:
    """The results of one process: arrays by name, and a history for each case."""

    def __init__(self, out: Path):
        with np.load(f"{out}.npz") as arrays:
            self.arrays = dict(arrays)
        self.folder = out
        self.run = RunDirectory(f"{out}-run") if Path(f"{out}-run").exists() else None
        self.other = RunDirectory(f"{out}-other") if Path(f"{out}-other").exists() else None
        self.log = out.with_suffix(".log").read_text()
        self.histories = json.loads(Path(f"{out}.json").read_text())

    def components(self, case: str, replica: int = 0) -> dict[str, np.ndarray]:
        """The variables as the replica holds them."""
        return {
            name.rpartition("/")[0]: array
            for name, array in self.arrays.items()
            if name.startswith(f"{case}/") and name.endswith(f"/{replica}")
        }


def run_together(folder: Path, name: str, environments: list[dict]) -> list[Outcome]:
    """Run one process for each environment, at the same time."""
    logs = [folder / f"{name}{index}.log" for index in range(len(environments))]
    processes = []
    deadline = time.monotonic() + TIMEOUT
    try:
        for log, environment in zip(logs, environments, strict=True):
            with log.open("w") as file:
                command = [*WORKER, name, str(log.with_suffix(""))]
                processes.append(
                    subprocess.Popen(command, env=ENVIRONMENT | environment, stdout=file, stderr=subprocess.STDOUT)
                )
        # Where one fails the others would wait for it.
        while any(process.poll() is None for process in processes) and not any(p.returncode for p in processes):
            if time.monotonic() > deadline:
                break
            time.sleep(0.1)
    finally:
        for process in processes:
            process.kill()
            process.wait()
    if any(process.returncode for process in processes):
        texts = [
            f"{process.args}: {process.returncode}\n{log.read_text()}"
            for process, log in zip(processes, logs, strict=True)
        ]
        pytest.fail(f"after {TIMEOUT - deadline + time.monotonic():.0f} s\n" + "\n".join(texts))
    return [Outcome(log.with_suffix("")) for log in logs]


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    return run_together(tmp_path_factory.mktemp("alone"), "alone", [{}])[0]


@pytest.fixture(scope="module")
def mirrored(tmp_path_factory):
    return run_together(tmp_path_factory.mktemp("mirrored"), "mirrored", [{}])[0]


@pytest.fixture(scope="module")
def workers(tmp_path_factory):
    addresses = [f"127.0.0.1:{port}" for port in free_ports(2)]
    cluster = {"cluster": {"worker": addresses}}
    places = [json.dumps(cluster | {"task": {"type": "worker", "index": index}}) for index in range(2)]
    return run_together(tmp_path_factory.mktemp("workers"), "workers", [{"TF_CONFIG": place} for place in places])


def differing(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> list[str]:
    """Return the names of the variables that are not equal bit for bit."""
    assert first.keys() == second.keys()
    groups = {name.split("/")[1] for name in first}
    assert groups == {"generator", "critic", "ema_generator", "generator_optimizer", "critic_optimizer", "counts"}
    return [name for name, value in first.items() if value.tobytes() != second[name].tobytes()]


# Moving statistics of BatchNormalization, optimizers' moments and counts included.
@pytest.mark.parametrize("case", ["lsgan", "wgan_gp", "unmixed", "batch_norm", "accumulated"])
def test_replicas_hold_equal_variables(mirrored, case):
    assert differing(mirrored.components(case, 0), mirrored.components(case, 1)) == []
    assert np.isfinite(list(mirrored.histories[case].values())).all()


@pytest.mark.parametrize("case", ["lsgan", "unmixed", "batch_norm"])
def test_workers_hold_equal_variables_and_report_equal_figures(workers, case):
    first, second = workers
    assert differing(first.components(case), second.components(case)) == []
    assert first.histories[case] == second.histories[case]
    assert {"critic_loss", "val_critic_loss", "val_generator_loss"} <= first.histories[case].keys()
    assert np.isfinite(list(first.histories[case].values())).all()


def test_replicas_and_workers_train_alike(mirrored, workers):
    # Adam turns rounding into steps, so few digits.
    for name, value in mirrored.components("lsgan").items():
        np.testing.assert_allclose(workers[0].components("lsgan")[name], value, rtol=1e-2, atol=1e-3, err_msg=name)


# Shows that latents are drawn for the whole batch and then divided, that losses are scaled by the number of replicas,
# that each part of a batch is used by one replica, and that BatchNormalization's statistics are those of the whole.
@pytest.mark.parametrize(
    ("divided", "case"),
    [
        ("mirrored", "unmixed"),
        ("mirrored", "batch_norm"),
        ("mirrored", "accumulated"),
        ("workers", "unmixed"),
        ("workers", "batch_norm"),
    ],
)
def test_dividing_the_batch_changes_nothing_but_rounding(alone, divided, case, request):
    outcome = request.getfixturevalue(divided)
    outcome = outcome[0] if divided == "workers" else outcome
    found = outcome.components(case)
    for name, value in alone.components(case).items():
        np.testing.assert_allclose(found[name], value, rtol=1e-5, atol=1e-5, err_msg=name)
    # The last validation batch is a single image: one replica has none.
    for name, value in alone.histories[case].items():
        np.testing.assert_allclose(outcome.histories[case][name], value, rtol=1e-4, atol=1e-5, err_msg=name)


def test_each_image_of_a_batch_goes_to_one_replica(alone, mirrored, workers):
    batches = alone.arrays["images_read"][:, 0]
    first, second = (worker.arrays["images_read"] for worker in workers)
    assert first.shape == second.shape == (6, 1, 8)
    np.testing.assert_array_equal(np.concatenate([first, second], axis=1).reshape(batches.shape), batches)
    np.testing.assert_array_equal(mirrored.arrays["images_read"].reshape(batches.shape), batches)
    for one_pass in np.split(batches, 2):
        assert len(np.unique(one_pass)) == one_pass.size


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory) -> RunDirectory:
    """Train the same run as workers and replicas, but on one device and without interruption."""
    out = tmp_path_factory.mktemp("uninterrupted") / "run"
    assert cli.main(["train", *RUN, "--epochs", "3", "--out", str(out)]) == 0
    return RunDirectory(out)


def assert_same_training(run: RunDirectory, expected: RunDirectory) -> None:
    """Rounding apart."""
    assert [row["epoch"] for row in run.rows()] == [1, 2, 3]
    for row, other in zip(run.rows(), expected.rows(), strict=True):
        np.testing.assert_allclose(list(row.values()), list(other.values()), rtol=1e-3, atol=1e-4)
    arrays = saved(run.path)
    for name, value in saved(expected.path).items():
        np.testing.assert_allclose(arrays[name], value, rtol=1e-3, atol=1e-4, err_msg=name)


def test_the_chief_alone_writes_and_workers_without_the_run_resume_it(workers, uninterrupted):
    chief, other = workers
    assert other.run is None
    assert_same_training(chief.run, uninterrupted)
    assert sorted(path.name for path in chief.run.samples.iterdir()) == [f"step_{n:07d}.png" for n in (0, 3, 6, 9)]
    assert " 3/3 " in chief.log
    assert "images/s" not in other.log


def test_workers_train_each_trial_of_a_search_together(workers):
    chief, other = workers
    rows = (chief.folder.parent / f"{chief.folder.name}-search" / "results.csv").read_text().splitlines()
    assert len(rows) == 1 + 2
    assert all("completed" in row for row in rows[1:])
    assert not (other.folder.parent / f"{other.folder.name}-search").exists()


def test_a_run_goes_on_with_another_number_of_replicas(mirrored, uninterrupted):
    for run in (mirrored.run, mirrored.other):
        assert_same_training(run, uninterrupted)


def until(condition, processes, seconds: float, logs: list[Path]) -> None:
    """Waits."""
    deadline = time.monotonic() + seconds
    while not condition():
        ended = [process.poll() for process in processes]
        assert time.monotonic() < deadline, [log.read_text()[-2000:] for log in logs]
        assert ended == [None] * len(processes), [log.read_text()[-2000:] for log in logs]
        time.sleep(0.1)


def test_a_worker_that_is_killed_ends_the_other_with_a_message_and_the_run_resumes(tmp_path):
    run = tmp_path / "run"
    cluster = {"cluster": {"worker": [f"127.0.0.1:{port}" for port in free_ports(2)]}}
    options = ["--epochs", "1000", "--strategy", "multi_worker", "--out", str(run)]
    logs, processes = [tmp_path / f"{index}.log" for index in range(2)], []
    try:
        for index, log in enumerate(logs):
            place = {"TF_CONFIG": json.dumps(cluster | {"task": {"type": "worker", "index": index}})}
            with log.open("w") as file:
                command = [sys.executable, "-m", "tfgan_course", "train", *RUN, *options]
                processes.append(
                    subprocess.Popen(command, env=ENVIRONMENT | place, stdout=file, stderr=subprocess.STDOUT)
                )
        until(lambda: len(list(run.glob("checkpoints/step-*.index"))) > 1, processes, TIMEOUT, logs)
        processes[1].kill()
        assert processes[0].wait(60) == 2, logs[0].read_text()[-3000:]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert "another worker" in logs[0].read_text()
    assert "Traceback" not in logs[0].read_text()
    epochs = len(RunDirectory(run).rows())
    assert cli.main(["train", "--resume", str(run), "--epochs", str(epochs + 1), "--strategy", "default"]) == 0
    assert len(RunDirectory(run).rows()) == epochs + 1
