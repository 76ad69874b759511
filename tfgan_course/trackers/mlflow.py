import math
import re
import time

from tfgan_course.errors import extra
from tfgan_course.files import read_json, write_json
from tfgan_course.trackers.tracker import Tracker, flat_options

AT_ONCE, LONGEST = 100, 6000
"""MLflow's limits: how many parameters a request has, and how many characters a parameter."""


class MLflow(Tracker):
    """Sends a training to MLflow as one run with the name of the run directory; needs the extra `mlflow`.

    mlflow.json in the run directory has the number of MLflow's run, so that a resumed training continues it. The
    configuration becomes parameters, the findings of the health monitor the file health.md and the tag `health`.

    Args:
        uri: the server, http://localhost:5000 for example; None for MLFLOW_TRACKING_URI of the environment.
        experiment: the name of MLflow's experiment, which is made if it does not exist.
        checkpoint: also upload the last checkpoint when the training ends.
        timeout: seconds after which a request fails. After a failed request nothing more is sent.
    """

    def __init__(
        self, uri: str | None = None, experiment: str = "tfgan-course", checkpoint: bool = False, timeout: int = 30
    ):
        self.uri, self.experiment, self.checkpoint, self.timeout = uri, experiment, checkpoint, timeout

    def begin(self, config, directory):
        with extra("mlflow"):
            from mlflow import MlflowClient
            from mlflow.entities import Metric, Param
            from mlflow.environment_variables import MLFLOW_HTTP_REQUEST_MAX_RETRIES, MLFLOW_HTTP_REQUEST_TIMEOUT
        # Otherwise MLflow repeats each request for minutes while the training waits.
        MLFLOW_HTTP_REQUEST_MAX_RETRIES.set(1)
        MLFLOW_HTTP_REQUEST_TIMEOUT.set(self.timeout)
        self.client, self.metric = MlflowClient(self.uri), Metric
        self.texts: dict[str, list[str]] = {}
        known = directory / "mlflow.json"
        if known.exists():
            self.run = read_json(known)["run_id"]
            self.client.update_run(self.run, status="RUNNING")
            return
        experiment = self.client.get_experiment_by_name(self.experiment)
        number = experiment.experiment_id if experiment else self.client.create_experiment(self.experiment)
        self.run = self.client.create_run(number, run_name=directory.name).info.run_id
        write_json(known, {"run_id": self.run, "experiment_id": number})
        parameters = [Param(key(name), str(value)[:LONGEST]) for name, value in flat_options(config).items()]
        for first in range(0, len(parameters), AT_ONCE):
            self.client.log_batch(self.run, params=parameters[first : first + AT_ONCE])

    def scalars(self, step, values):
        now = round(time.time() * 1000)
        metrics = [self.metric(key(name), value, now, step) for name, value in values.items() if math.isfinite(value)]
        self.client.log_batch(self.run, metrics=metrics)

    def image(self, step, name, image):
        image = image[..., 0] if image.shape[-1] == 1 else image
        self.client.log_image(self.run, image, key=name, step=step, synchronous=True)

    def plot(self, step, name, file):
        self.client.log_artifact(self.run, str(file), "plots")

    def text(self, step, name, text):
        texts = self.texts.setdefault(name, [])
        texts.append(f"Step {step}: {text}")
        self.client.log_text(self.run, "\n\n".join(texts), f"{name}.md")
        self.client.set_tag(self.run, key(name), text[:LONGEST])

    def files(self, name, files):
        if name != "checkpoint" or self.checkpoint:
            for file in files:
                self.client.log_artifact(self.run, str(file), name)

    def end(self):
        self.client.set_terminated(self.run)


def key(name: str) -> str:
    """Return a name with the characters that MLflow allows: `frechet@judge` becomes `frechet_judge`."""
    return re.sub(r"[^\w\-. :/]", "_", name)
