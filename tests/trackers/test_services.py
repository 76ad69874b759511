"""A training arrives completely at MLflow and at Weights & Biases, and is read back from there."""

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import yaml

from tests import tiny
from tfgan_course import train
from tfgan_course.runs.open import load_run
from tfgan_course.trackers import MLflow, TensorBoard, Tracker, WandB

SMALL = {"epochs": 2, "steps_per_epoch": 2, "batch_size": 4, "samples": {"count": 4}, "metrics": {"names": []}}


class Kept(Tracker):
    """A tracker of a user's own, which keeps what it gets."""

    def __init__(self):
        self.got = []

    def scalars(self, step, values):
        self.got.append(("scalars", step))

    def image(self, step, name, image):
        self.got.append((name, step))

    def plot(self, step, name, file):
        self.got.append((name, step, file.name))

    def text(self, step, name, text):
        self.got.append((name, step))

    def files(self, name, files):
        self.got.append((name, sorted(file.name for file in files)))


def trained(out: Path, **options):
    images = tiny.images(64, 28)[..., 0]
    return train("simple_gan", images=images, out=out, **{**SMALL, "health": None, **options})


def test_a_tracker_gets_the_plot_files_and_the_checkpoint_at_the_end(tmp_path):
    kept = Kept()
    trained(tmp_path / "run", trackers=[TensorBoard(), kept])
    assert [each for each in kept.got if each[0] == "scalars"] == [("scalars", 2), ("scalars", 4)]
    assert ("curves", 4, "curves.png") in kept.got
    files = dict(each for each in kept.got if each[0] in ("run", "checkpoint"))
    assert {"config.yaml", "history.csv", "summary.json", "samples.gif"} <= set(files["run"])
    assert files["checkpoint"] == ["step-4.data-00000-of-00001", "step-4.index"]


@pytest.mark.slow
def test_an_offline_run_of_wandb_has_everything(tmp_path, monkeypatch):
    pytest.importorskip("wandb", reason="needs the extra `wandb`: what is written offline is not read back")
    from wandb.proto import wandb_internal_pb2
    from wandb.sdk.internal.datastore import DataStore

    monkeypatch.setenv("WANDB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("WANDB_DATA_DIR", str(tmp_path / "data"))
    run = trained(tmp_path / "run", trackers=[WandB(mode="offline", checkpoint=True)])
    run.resume(epochs=3)
    records = []
    for file in sorted((tmp_path / "run").glob("wandb/offline-run-*/run-*.wandb")):
        store = DataStore()
        store.open_for_scan(str(file))
        while (data := store.scan_data()) is not None:
            record = wandb_internal_pb2.Record()
            record.ParseFromString(data)
            records.append(record)
    runs = [record.run for record in records if record.WhichOneof("record_type") == "run"]
    assert {each.display_name for each in runs} == {"run"}
    assert len({each.run_id for each in runs}) == 1
    assert {update.key: update.value_json for update in runs[0].config.update}["batch_size"] == "4"
    history = {}
    for record in records:
        if record.WhichOneof("record_type") == "history":
            for item in record.history.item:
                history.setdefault(item.key or "/".join(item.nested_key), []).append(item.value_json)
    rows = run.directory.rows()
    assert [float(value) for value in history["critic_loss"]] == pytest.approx([row["critic_loss"] for row in rows])
    assert any("samples" in name for name in history)
    assert any("curves" in name for name in history)
    artifacts = [record.artifact.type for record in records if record.WhichOneof("record_type") == "artifact"]
    assert artifacts.count("checkpoint") == artifacts.count("run") == 2


@pytest.fixture
def server(tmp_path):
    """A real server of MLflow with SQLite, from the folder in MLFLOW_SERVER or from this environment."""
    found = os.environ.get("MLFLOW_SERVER") or shutil.which("mlflow")
    reason = "needs an environment with the package mlflow (MLFLOW_SERVER=/path/to/bin/mlflow) and the extra `mlflow`"
    pytest.importorskip("mlflow", reason=f"{reason}: no run is sent to a server and read back")
    if found is None:
        pytest.skip(f"{reason}: no run is sent to a server and read back")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    store = ["--backend-store-uri", f"sqlite:///{tmp_path}/runs.db", "--artifacts-destination", str(tmp_path / "files")]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with (tmp_path / "server.log").open("w") as log:
        process = subprocess.Popen(
            [found, "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1", *store],
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    uri = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{uri}/health", timeout=1)
            break
        except OSError:
            assert process.poll() is None, (tmp_path / "server.log").read_text()[-2000:]
            time.sleep(0.25)
    yield uri, process
    os.killpg(process.pid, 9)
    process.wait()


@pytest.mark.slow
def test_mlflow_has_everything_and_a_server_that_goes_ends_nothing(server, tmp_path, capsys):
    from mlflow import MlflowClient

    uri, process = server
    run = trained(tmp_path / "run", trackers=[MLflow(uri, "faces", checkpoint=True, timeout=60)])
    run.resume(epochs=3)
    client = MlflowClient(uri)
    (found,) = client.search_runs([client.get_experiment_by_name("faces").experiment_id])
    assert (found.info.run_name, found.info.status) == ("run", "FINISHED")
    config = yaml.safe_load(run.directory.config.read_text())
    assert found.data.params["batch_size"] == str(config["batch_size"])
    losses = {each.step: each.value for each in client.get_metric_history(found.info.run_id, "critic_loss")}
    assert losses == {int(row["step"]): pytest.approx(row["critic_loss"]) for row in run.directory.rows()}
    assert [each.path for each in client.list_artifacts(found.info.run_id, "plots")] == ["plots/curves.png"]
    assert any("samples" in each.path for each in client.list_artifacts(found.info.run_id, "images"))
    fetched = Path(client.download_artifacts(found.info.run_id, "checkpoint/step-6.index", str(tmp_path)))
    assert fetched.read_bytes() == (run.directory.checkpoints / "step-6.index").read_bytes()
    assert capsys.readouterr().err.count("warning: the tracker") == 0
    # The server goes between two trainings; the second one is as good as without it.
    os.killpg(process.pid, 19)  # stopped: it accepts connections and does not answer
    again = trained(tmp_path / "again", trackers=[MLflow(uri, "faces", timeout=1)])
    os.killpg(process.pid, 18)
    assert again.step == 4
    assert capsys.readouterr().err.count("warning: the tracker MLflow failed") == 1
    alone = trained(tmp_path / "alone", trackers=[])
    assert all(
        np.array_equal(first, second)
        for first, second in zip(again.generator.get_weights(), alone.generator.get_weights(), strict=True)
    )
    assert load_run(tmp_path / "again").step == 4
