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

WORKER = [sys.executable, "-m", "tests.distributed_worker"]
# Never a GPU, whose sums differ from one division of the batch to another.
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "CUDA_VISIBLE_DEVICES": "-1"}
TIMEOUT = 240


class Outcome:
    """What one process found: arrays by name, and a history for each case."""

    def __init__(self, out: Path):
        with np.load(f"{out}.npz") as arrays:
            self.arrays = dict(arrays)
        self.histories = json.loads(Path(f"{out}.json").read_text())

    def components(self, case: str, replica: int = 0) -> dict[str, np.ndarray]:
        """The variables as the replica holds them."""
        return {
            name.rpartition("/")[0]: array
            for name, array in self.arrays.items()
            if name.startswith(f"{case}/") and name.endswith(f"/{replica}")
        }


def run_together(folder: Path, name: str, environments: list[dict]) -> list[Outcome]:
    """One process for each environment, side by side."""
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
    """The names of the variables that are not equal bit for bit."""
    assert first.keys() == second.keys()
    groups = {name.split("/")[1] for name in first}
    assert groups == {"generator", "critic", "ema_generator", "generator_optimizer", "critic_optimizer", "counts"}
    return [name for name, value in first.items() if value.tobytes() != second[name].tobytes()]


# Moving statistics of BatchNormalization, optimizers' moments and counts included.
@pytest.mark.parametrize("case", ["lsgan", "wgan_gp", "unmixed"])
def test_replicas_hold_equal_variables(mirrored, case):
    assert differing(mirrored.components(case, 0), mirrored.components(case, 1)) == []
    assert np.isfinite(list(mirrored.histories[case].values())).all()


@pytest.mark.parametrize("case", ["lsgan", "unmixed"])
def test_workers_hold_equal_variables_and_report_equal_figures(workers, case):
    first, second = workers
    assert differing(first.components(case), second.components(case)) == []
    assert first.histories[case] == second.histories[case]
    assert {"critic_loss", "val_critic_loss", "val_generator_loss"} <= first.histories[case].keys()
    assert np.isfinite(list(first.histories[case].values())).all()


def test_replicas_and_workers_train_alike(mirrored, workers):
    # Two parts of each batch here and there, normalized each by itself. Adam turns rounding into steps, so few digits.
    for name, value in mirrored.components("lsgan").items():
        np.testing.assert_allclose(workers[0].components("lsgan")[name], value, rtol=1e-2, atol=1e-3, err_msg=name)


# Shows that latents are drawn for the whole batch and then divided, that losses are scaled by the number of replicas,
# and that each part of a batch is used by one replica. BatchNormalization would normalize each part by itself.
@pytest.mark.parametrize("divided", ["mirrored", "workers"])
def test_dividing_the_batch_changes_nothing_but_rounding(alone, divided, request):
    outcome = request.getfixturevalue(divided)
    outcome = outcome[0] if divided == "workers" else outcome
    found = outcome.components("unmixed")
    for name, value in alone.components("unmixed").items():
        np.testing.assert_allclose(found[name], value, rtol=1e-5, atol=1e-5, err_msg=name)
    # The last validation batch is a single image: one replica has none.
    for name, value in alone.histories["unmixed"].items():
        np.testing.assert_allclose(outcome.histories["unmixed"][name], value, rtol=1e-4, atol=1e-5, err_msg=name)


def test_each_image_of_a_batch_goes_to_one_replica(alone, mirrored, workers):
    batches = alone.arrays["images_read"][:, 0]
    first, second = (worker.arrays["images_read"] for worker in workers)
    assert first.shape == second.shape == (6, 1, 8)
    np.testing.assert_array_equal(np.concatenate([first, second], axis=1).reshape(batches.shape), batches)
    np.testing.assert_array_equal(mirrored.arrays["images_read"].reshape(batches.shape), batches)
    for one_pass in np.split(batches, 2):
        assert len(np.unique(one_pass)) == one_pass.size
