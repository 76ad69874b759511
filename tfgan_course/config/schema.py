"""The configuration of a training: every option with its type and its default.

Importing this module does not import TensorFlow, so that a command's `--help` is quick. `TrainConfig` inherits its
options from several dataclasses, one for each group. Users write `epochs`, not `length.epochs`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from tfgan_course.data.config import DataConfig
from tfgan_course.errors import require
from tfgan_course.gan.options import StepOptions, lazily
from tfgan_course.plugins.types import PositiveFloat, PositiveInt

if TYPE_CHECKING:
    from tfgan_course.models import CriticNetwork, GeneratorNetwork
    from tfgan_course.models.conditioning import CriticConditioning, GeneratorConditioning
    from tfgan_course.optimizers.optimizers import Optimizer
    from tfgan_course.trackers import Tracker


@dataclass
class SamplesConfig:
    """When images are drawn while training, and how many.

    Args:
        count: number of images in the grid; they always come from the same latents.
        every_epochs: number of epochs from one grid to the next.
        every_steps: number of steps from one grid to the next; these grids come in addition.
    """

    count: PositiveInt = 64
    every_epochs: PositiveInt = 1
    every_steps: PositiveInt | None = None


@dataclass
class MetricsConfig:
    """Which metrics are computed while training.

    Args:
        names: metrics by name, frechet for example, or by dotted path; see docs/guides/evaluation.md. With an empty
            list no metric is computed.
        every_epochs: number of epochs from one computation to the next; history.csv has nan in the rows between.
        samples: number of images of the averaged generator, and largest number of real images, that a metric compares.
        features: for the metrics that need features: a classifier's run, a Keras file, a SavedModel's folder, random,
            inception, or the dotted path of a class.
    """

    names: list[str | dict[str, Any] | Any] = field(default_factory=lambda: ["sliced_wasserstein"])
    every_epochs: PositiveInt = 1
    samples: PositiveInt = 1000
    features: str | dict[str, Any] | Any | None = None


@dataclass
class HealthConfig:
    """The health monitor, see docs/guides/health.md.

    Args:
        samples: number of images of the generator, and of the averaged generator, that are examined after each epoch.
    """

    samples: PositiveInt = 256


MONITORS = ("frechet", "kernel", "sliced_wasserstein", "val_generator_loss", "generator_loss")
"""The first of these figures that a run measures chooses best/, unless the user names one. Every run has the last."""


@dataclass
class CheckpointsConfig:
    """When the state of the training is saved.

    Args:
        keep: how many of the latest checkpoints are kept.
        every_epochs: number of epochs from one checkpoint to the next; the end of the training is always saved.
        every_steps: number of steps from one checkpoint to the next; these checkpoints come in addition.
        every_minutes: minutes of training from one checkpoint to the next, in all sessions of the run; minutes of the
            processor if max_cpu_minutes is given. These checkpoints come in addition.
        monitor: the figure that decides which checkpoint is kept in best/; unless given, the first of frechet, kernel
            and sliced_wasserstein that metrics.names has, or else val_generator_loss.
        mode: min if a smaller value of monitor is better, max if a larger value is better.
    """

    keep: PositiveInt = 3
    every_epochs: PositiveInt = 1
    every_steps: PositiveInt | None = None
    every_minutes: PositiveFloat | None = None
    monitor: str | None = None
    mode: Literal["min", "max"] = "min"

    def watched(self, figures: Sequence[str]) -> tuple[str, str]:
        """Return which of the columns of history.csv, `figures`, chooses best/, and whether min or max is better."""
        if self.monitor is not None:
            return self.monitor, self.mode
        # A column's name is the metric's name, or metric@features.
        return next(figure for name in MONITORS for figure in figures if figure.partition("@")[0] == name), "min"


@dataclass
class EarlyStoppingConfig:
    """When to stop before the last epoch.

    Args:
        monitor: a column of history.csv, val_generator_loss for example; none never stops early.
        mode: min if a smaller value of monitor is better, max if a larger value is better.
        patience: number of epochs without improvement after which training stops.
        min_delta: the smallest change that counts as an improvement.
    """

    monitor: str | None = None
    mode: Literal["min", "max"] = "min"
    patience: PositiveInt = 10
    min_delta: float = 0.0


LIMITS = ("max_minutes", "max_cpu_minutes", "max_images")
"""The options that end a training in place of `epochs`."""


@dataclass(kw_only=True)
class Length:
    """How long to train, and on how many images at once.

    Args:
        epochs: number of epochs. If one of the limits is given (max_minutes, max_cpu_minutes, max_images), the limit
            ends the training instead. Schedules that end with the training then end at max_images; without max_images
            they end after these epochs.
        max_minutes: minutes of training, from the first step on, with validation, metrics and samples, but without the
            reading of the images; a resumed run has as many again.
        max_cpu_minutes: the same in minutes of the processor, of all its cores together, so that other programs on the
            machine do not shorten the training.
        max_images: number of real images that the critic is shown, counted from the beginning of the run, and rounded
            up to whole steps.
        steps_per_epoch: number of steps (generator updates) in an epoch; unless given, an epoch is one pass over the
            training images.
        batch_size: number of images in one update.
    """

    epochs: PositiveInt = 20
    max_minutes: PositiveFloat | None = None
    max_cpu_minutes: PositiveFloat | None = None
    max_images: PositiveInt | None = None
    steps_per_epoch: PositiveInt | None = None
    batch_size: PositiveInt = 64

    @property
    def last_epoch(self) -> int | None:
        """The epoch that ends the training; None if a limit ends it."""
        return self.epochs if all(getattr(self, name) is None for name in LIMITS) else None


@dataclass(kw_only=True)
class Networks:
    """The two networks, and how a class enters them.

    Args:
        generator: architecture of the generator.
        critic: architecture of the critic.
        generator_conditioning: how the class enters the generator; none for an unconditional GAN.
        critic_conditioning: how the class enters the critic, or how the critic predicts it.
        latent_size: length of a latent vector.
    """

    generator: GeneratorNetwork = field(default_factory=lazily("tfgan_course.models.DCGANGenerator"))
    critic: CriticNetwork = field(default_factory=lazily("tfgan_course.models.DCGANCritic"))
    generator_conditioning: GeneratorConditioning | None = None
    critic_conditioning: CriticConditioning | None = None
    latent_size: PositiveInt = 100


@dataclass
class InitFrom:
    """The run whose weights the networks begin with, see docs/guides/transfer.md.

    Args:
        run: the run directory.
        checkpoint: latest, best, or the number of a step. Training writes the step in the place of latest.
        average: whether the generator begins with the weights of the run's averaged generator, if the run has one.
        checksum: the SHA-256 of the checkpoint's weights. Training writes it down; other weights are refused then.
    """

    shorthand: ClassVar[str] = "run"

    run: str
    checkpoint: Literal["latest", "best"] | int = "latest"
    average: bool = True
    checksum: str | None = None


@dataclass(kw_only=True)
class Start:
    """The weights with which the networks begin.

    Args:
        init_from: an earlier run, whose weights are taken where name and shape fit; random weights unless given.
    """

    init_from: InitFrom | None = None


@dataclass(kw_only=True)
class Optimizers:
    """How each player's weights are updated.

    Args:
        generator_optimizer: optimizer of the generator, with its learning rate and schedule.
        critic_optimizer: optimizer of the critic.
    """

    generator_optimizer: Optimizer = field(default_factory=lazily("tfgan_course.optimizers.optimizers.Adam"))
    critic_optimizer: Optimizer = field(default_factory=lazily("tfgan_course.optimizers.optimizers.Adam"))


@dataclass(kw_only=True)
class Machine:
    """The devices that train, and the precision of their numbers.

    Args:
        precision: number format of the networks' activations; weights, losses and penalties are float32. With float16
            the losses are scaled.
        strategy: one device (default), all GPUs of this machine (mirrored), all machines in TF_CONFIG (multi_worker).
        replicas: number of GPUs for strategy mirrored, or number of parts of the CPU to try it out; all GPUs unless
            given.
    """

    precision: Literal["float32", "bfloat16", "float16"] = "float32"
    strategy: Literal["default", "mirrored", "multi_worker"] = "default"
    replicas: PositiveInt | None = None


@dataclass(kw_only=True)
class Monitoring:
    """What is measured, drawn and saved while training.

    Args:
        samples: sample grids.
        validation: whether the figures of the test images (val_...) are computed after each epoch.
        metrics: metrics of the averaged generator.
        health: the health monitor; none switches it off.
        trackers: the services to which figures and sample grids are written; see docs/guides/trackers.md.
        checkpoints: checkpoints.
        early_stopping: early stopping.
    """

    samples: SamplesConfig = field(default_factory=SamplesConfig)
    validation: bool = True
    metrics: MetricsConfig = field(default_factory=MetricsConfig)
    health: HealthConfig | None = field(default_factory=HealthConfig)
    trackers: list[Tracker] = field(default_factory=lambda: [lazily("tfgan_course.trackers.TensorBoard")()])
    checkpoints: CheckpointsConfig = field(default_factory=CheckpointsConfig)
    early_stopping: EarlyStoppingConfig = field(default_factory=EarlyStoppingConfig)


@dataclass(kw_only=True)
class Images:
    """The images to train on.

    Args:
        data: where the images are, and how they are brought to one shape.
    """

    data: DataConfig = field(default_factory=DataConfig)


@dataclass(kw_only=True)
class TrainConfig(Images, Length, Networks, Start, Optimizers, StepOptions, Machine, Monitoring):
    """All options that influence the result of a training.

    Raises:
        UserError: for numbers that cannot work. Which objects fit together is checked in `Settings.make`.
    """

    @property
    def images_shown_per_step(self) -> int:
        """The number of real images that the critic is shown in a step, which schedules and limits count."""
        return self.batch_size * self.critic_updates

    def __post_init__(self):
        super().__post_init__()
        require(self.seed < 2**32, "for seed a number below 2**32", self.seed, "Write a smaller number")
        size, parts = self.batch_size, self.gradient_accumulation
        expected = f"a batch_size that gradient_accumulation divides into {parts} equal parts"
        require(size % parts == 0, expected, size, f"Write batch_size {size - size % parts or parts}")

    @property
    def images_per_step(self) -> int:
        """Real images that a step reads, of all its batches."""
        return self.batch_size * self.batches_per_step

    @property
    def last_step(self) -> int | None:
        """The step with which `max_images` is reached, from the beginning of the run; None without it."""
        return None if self.max_images is None else math.ceil(self.max_images / self.images_shown_per_step)
