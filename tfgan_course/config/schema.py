"""The configuration of a training run: every option with its type and its default."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from jsonargparse import lazy_instance, set_parsing_settings
from jsonargparse.typing import NonNegativeFloat, NonNegativeInt, OpenUnitInterval, PositiveInt

from tfgan_course.augmentation import Augmentation
from tfgan_course.config.health import HealthConfig
from tfgan_course.config.metrics import MetricsConfig
from tfgan_course.data import DataConfig
from tfgan_course.errors import UserError
from tfgan_course.gan.checks import check_unmixed_images
from tfgan_course.gan.latents import LatentDistribution, Normal
from tfgan_course.models import CriticNetwork, DCGANCritic, DCGANGenerator, GeneratorNetwork
from tfgan_course.models.conditioning import (
    AuxiliaryClassifier,
    CriticConditioning,
    GeneratorConditioning,
    SemiSupervised,
)
from tfgan_course.models.progan import check_growth_alike
from tfgan_course.objectives.label_noise import LabelNoise
from tfgan_course.objectives.losses import AdversarialLoss, NonSaturating
from tfgan_course.objectives.terms import FakeClassification, Lazy, RealClassification, Term
from tfgan_course.optimizers.optimizers import Adam, Optimizer
from tfgan_course.trackers import Tracker

# Dataclasses are closed types to jsonargparse unless told otherwise.
set_parsing_settings(subclasses_enabled=[CriticNetwork, GeneratorNetwork, Optimizer])


@dataclass
class SamplesConfig:
    """When and how many images are drawn while training.

    Args:
        count: images in the grid, always from the same latents.
        every_epochs: a grid each so many epochs.
        every_steps: a grid each so many steps as well.
    """

    count: PositiveInt = 64
    every_epochs: PositiveInt = 1
    every_steps: PositiveInt | None = None


MONITORS = ("frechet", "kernel", "sliced_wasserstein", "val_generator_loss", "generator_loss")
"""What best/ is chosen by unless the user says, the first that there is. The last one is in every run."""


@dataclass
class CheckpointsConfig:
    """When the state of the training is saved.

    Args:
        keep: how many of the latest are kept.
        every_epochs: a checkpoint each so many epochs, and at the end.
        every_steps: a checkpoint each so many steps as well.
        monitor: the figure that decides which checkpoint is kept in best/; unless given, the first of frechet, kernel
            and sliced_wasserstein that metrics.names has, or else val_generator_loss.
        mode: whether the figure given as monitor is better smaller (min) or larger (max).
    """

    keep: PositiveInt = 3
    every_epochs: PositiveInt = 1
    every_steps: PositiveInt | None = None
    monitor: str | None = None
    mode: Literal["min", "max"] = "min"

    def watched(self, figures: Sequence[str]) -> tuple[str, str]:
        """What to choose by, of the figures that history.csv will have, and whether smaller or larger is better."""
        if self.monitor is not None:
            return self.monitor, self.mode
        # Behind an @ stand the features that a metric's figure is by.
        return next(figure for name in MONITORS for figure in figures if figure.partition("@")[0] == name), "min"


@dataclass
class EarlyStoppingConfig:
    """When to stop before the last epoch.

    Args:
        monitor: a column of history.csv, val_generator_loss for example; none never stops early.
        mode: whether the monitored figure is better smaller (min) or larger (max).
        patience: epochs without improvement before stopping.
        min_delta: the least change that counts as an improvement.
    """

    monitor: str | None = None
    mode: Literal["min", "max"] = "min"
    patience: PositiveInt = 10
    min_delta: float = 0.0


@dataclass
class TrainConfig:
    """Everything that decides the numbers of a training run.

    Args:
        data: the images.
        loss: adversarial loss.
        critic_terms: what is added to the critic's loss.
        generator_terms: what is added to the generator's loss.
        generator_loss_weight: factor of the adversarial loss in the generator's total; 0 leaves the terms alone.
        label_noise: smoothed, soft or flipped labels for the critic.
        augmentations: what every image, real or generated, goes through on its way to the critic.
        real_augmentations: what the real images alone go through, data augmentation.
        generator_conditioning: how the class enters the generator; none for an unconditional GAN.
        critic_conditioning: how the class enters the critic, or how the critic tells it.
        fake_labels: classes of generated images in training, drawn uniformly (sampled) or those of the real images.
        generator: architecture of the generator.
        critic: architecture of the critic.
        generator_optimizer: optimizer of the generator.
        critic_optimizer: optimizer of the critic.
        latent_size: numbers in a latent vector.
        latents: their distribution.
        batch_size: images in one update.
        critic_updates: updates of the critic for each of the generator.
        joint_batches: the critic judges real and generated images as one batch; unless given, where its normalization
            allows.
        generator_first: each step updates the generator before the critic, not after it.
        reuse_fakes: the generator learns from the critic's last fake batch instead of a new one.
        ema_decay: decay of the moving average of the generator's weights; none keeps none.
        epochs: epochs to train.
        steps_per_epoch: steps (generator updates) in an epoch; unless given, as many as the images last.
        seed: decides weights, latents and the order of the images.
        precision: of the networks' activations; weights, losses and penalties are float32. float16 scales its losses.
        gradient_accumulation: parts that the batch of an update is computed in, one after the other, for less memory.
        strategy: one device (default), all GPUs of this machine (mirrored), all machines in TF_CONFIG (multi_worker).
        replicas: of strategy mirrored, so many GPUs, or parts of the CPU to try it out; all GPUs unless given.
        steps_per_execution: steps that a call of TensorFlow takes; progress, Ctrl-C and every_steps see its last alone.
        jit: compile the step with XLA; auto does where there is a GPU.
        samples: sample grids.
        metrics: metrics of the averaged generator while training.
        health: the health monitor; none watches nothing.
        trackers: what figures and sample grids are written to; see docs/trackers.md.
        checkpoints: checkpoints.
        early_stopping: early stopping.
    """

    data: DataConfig = field(default_factory=DataConfig)
    loss: AdversarialLoss = field(default_factory=lambda: lazy_instance(NonSaturating))
    critic_terms: list[Term] = field(default_factory=list)
    generator_terms: list[Term] = field(default_factory=list)
    generator_loss_weight: NonNegativeFloat = 1.0
    label_noise: LabelNoise | None = None
    augmentations: list[Augmentation] = field(default_factory=list)
    real_augmentations: list[Augmentation] = field(default_factory=list)
    generator_conditioning: GeneratorConditioning | None = None
    critic_conditioning: CriticConditioning | None = None
    fake_labels: Literal["sampled", "real"] = "sampled"
    generator: GeneratorNetwork = field(default_factory=lambda: lazy_instance(DCGANGenerator))
    critic: CriticNetwork = field(default_factory=lambda: lazy_instance(DCGANCritic))
    generator_optimizer: Optimizer = field(default_factory=lambda: lazy_instance(Adam))
    critic_optimizer: Optimizer = field(default_factory=lambda: lazy_instance(Adam))
    latent_size: PositiveInt = 100
    latents: LatentDistribution = field(default_factory=lambda: lazy_instance(Normal))
    batch_size: PositiveInt = 64
    critic_updates: PositiveInt = 1
    joint_batches: bool | None = None
    generator_first: bool = False
    reuse_fakes: bool = False
    ema_decay: OpenUnitInterval | None = 0.999
    epochs: PositiveInt = 20
    steps_per_epoch: PositiveInt | None = None
    seed: NonNegativeInt = 0
    precision: Literal["float32", "bfloat16", "float16"] = "float32"
    gradient_accumulation: PositiveInt = 1
    strategy: Literal["default", "mirrored", "multi_worker"] = "default"
    replicas: PositiveInt | None = None
    steps_per_execution: PositiveInt = 1
    jit: bool | Literal["auto"] = False
    samples: SamplesConfig = field(default_factory=SamplesConfig)
    metrics: MetricsConfig = field(default_factory=MetricsConfig)
    health: HealthConfig | None = field(default_factory=HealthConfig)
    # As in YAML: jsonargparse cannot write down lazy instances inside a list.
    trackers: list[Tracker] = field(default_factory=lambda: [{"class_path": "tfgan_course.trackers.TensorBoard"}])
    checkpoints: CheckpointsConfig = field(default_factory=CheckpointsConfig)
    early_stopping: EarlyStoppingConfig = field(default_factory=EarlyStoppingConfig)

    def __post_init__(self):
        if self.seed >= 2**32:
            raise UserError(f"seed must be below 2**32; got {self.seed}")
        if self.batch_size % self.gradient_accumulation:
            raise UserError(
                f"batch_size {self.batch_size} cannot be divided into {self.gradient_accumulation} equal parts "
                "(gradient_accumulation)"
            )
        told = self.critic_conditioning is not None and self.critic_conditioning.takes_labels
        if self.data.labels_per_class is not None and (told or self.fake_labels == "real"):
            raise UserError(
                "data.labels_per_class leaves most images without a class: the critic cannot be told it, nor can "
                "fake_labels be real. Use critic_conditioning SemiSupervised or AuxiliaryClassifier"
            )
        self._refuse_untaught_classes()
        check_growth_alike(self.generator, self.critic)
        if self.critic.mixes_images:
            for term in [*self.critic_terms, *self.generator_terms]:
                check_unmixed_images(term)

    def _refuse_untaught_classes(self) -> None:
        """A critic that tells classes learns them by terms alone, and so does a generator that is told them."""
        if not isinstance(self.critic_conditioning, AuxiliaryClassifier | SemiSupervised):
            return
        name = type(self.critic_conditioning).__name__
        if not has_term(self.critic_terms, RealClassification):
            raise UserError(
                f"critic_conditioning {name} learns no classes by itself: add RealClassification to critic_terms"
            )
        if self.generator_conditioning is not None and not has_term(self.generator_terms, FakeClassification):
            raise UserError(
                f"critic_conditioning {name} does not teach the generator its classes by itself: add "
                "FakeClassification to generator_terms, or write generator_conditioning: null"
            )


def has_term(terms: Sequence[Term], kind: type[Term]) -> bool:
    """Whether a term of this class is among them, also as the one that a `Lazy` computes."""
    return any(isinstance(term.term if isinstance(term, Lazy) else term, kind) for term in terms)
