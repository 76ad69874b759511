"""The state of terms on two replicas of one process; see `tests/objectives/terms/replicas.py`."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

# Never a GPU, whose sums differ from one division of the batch to another.
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "CUDA_VISIBLE_DEVICES": "-1"}
STATEFUL = ("le_cam", "historical_averaging", "gradient_averaging")
STATEFUL += ("generator_historical_averaging", "generator_gradient_averaging")
TRANSLATION = ("unet_generator", "unet_critic", "sr_generator", "sr_critic")
TRANSLATION += ("cut_generator", "cut_critic", "cut_patch_nce")


@pytest.fixture(scope="module")
def variables(tmp_path_factory) -> dict[str, np.ndarray]:
    out = tmp_path_factory.mktemp("replicas") / "variables.npz"
    done = subprocess.run(
        [sys.executable, "-m", "tests.objectives.terms.replicas", str(out)],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    with np.load(out) as arrays:
        return dict(arrays)


def test_replicas_hold_equal_weights_and_equal_state(variables):
    names = [name.removesuffix("/1") for name in variables if name.endswith("/1") and not name.startswith("alone")]
    assert {name.split("/")[0] for name in names} >= {"generator", "critic", *STATEFUL}
    assert [name for name in names if variables[f"{name}/0"].tobytes() != variables[f"{name}/1"].tobytes()] == []


def test_two_replicas_end_where_one_does(variables):
    """Averages are those of the whole batch, gradients are added once, and label noise is drawn for the whole batch."""
    names = [name.removeprefix("alone/") for name in variables if name.startswith("alone/")]
    assert {name.split("/")[0] for name in names} >= {"generator", "critic", *STATEFUL, *TRANSLATION}
    for name in names:
        np.testing.assert_allclose(variables[name], variables[f"alone/{name}"], rtol=1e-4, atol=1e-5, err_msg=name)


def test_state_has_moved(variables):
    for name in STATEFUL:
        arrays = [array for key, array in variables.items() if key.startswith(f"{name}/") and key.endswith("/0")]
        assert any(np.any(array) for array in arrays if array.ndim)
        assert {float(array) for array in arrays if array.ndim == 0} == {4.0}  # updates
