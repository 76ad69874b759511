import html
import math
import secrets
from typing import Literal

from tfgan_course.errors import extra
from tfgan_course.files import read_json, write_json
from tfgan_course.trackers.tracker import Tracker


class WandB(Tracker):
    """Sends a training to Weights & Biases as one run with the name of the run directory; needs the extra `wandb`.

    wandb.json in the run directory has the number of the run, so that a resumed training continues it. Offline, all is
    written into the folder wandb/ of the run directory, which `wandb sync` uploads later.

    Args:
        project: the name of the project.
        mode: `offline` writes files only; `online` sends to the server, for which `wandb login` is needed once.
        checkpoint: also upload the last checkpoint when the training ends.
    """

    def __init__(
        self,
        project: str = "tfgan-course",
        mode: Literal["online", "offline"] = "online",
        checkpoint: bool = False,
    ):
        self.project, self.mode, self.checkpoint = project, mode, checkpoint

    def begin(self, config, directory):
        with extra("wandb"):
            import wandb
        self.wandb = wandb
        known = directory / "wandb.json"
        number = read_json(known)["id"] if known.exists() else secrets.token_hex(4)
        write_json(known, {"id": number})
        # No more than the docs say: neither the console's lines nor git's state nor code.
        settings = wandb.Settings(console="off", silent=True, disable_git=True, disable_code=True)
        self.run = wandb.init(
            project=self.project,
            name=directory.name,
            id=number,
            resume="allow",
            mode=self.mode,
            dir=str(directory),
            config=dict(config),
            settings=settings,
        )

    def scalars(self, step, values):
        self.run.log({name: value for name, value in values.items() if math.isfinite(value)}, step=step)

    def image(self, step, name, image):
        self.run.log({name: self.wandb.Image(image)}, step=step)

    def plot(self, step, name, file):
        self.run.log({name: self.wandb.Image(str(file))}, step=step)

    def text(self, step, name, text):
        self.run.log({name: self.wandb.Html(f"<p>{html.escape(text)}</p>")}, step=step)

    def files(self, name, files):
        if name != "checkpoint" or self.checkpoint:
            artifact = self.wandb.Artifact(f"{self.run.id}-{name}", type=name)
            for file in files:
                artifact.add_file(str(file))
            self.run.log_artifact(artifact)

    def end(self):
        self.run.finish()
