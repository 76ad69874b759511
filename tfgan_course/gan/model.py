"""The GAN: two players, one train step, one test step."""

from collections.abc import Sequence

import tensorflow as tf
from tensorflow import keras

from tfgan_course.gan import checks
from tfgan_course.gan.accumulation import mean_over_parts
from tfgan_course.gan.averaging import copy_of
from tfgan_course.gan.batches import as_batch, augmented, batch_size, split
from tfgan_course.gan.checks import all_layers
from tfgan_course.gan.freezing import freeze
from tfgan_course.gan.growth import ImagesShown
from tfgan_course.gan.logs import RunningMeans, score_log_names, score_logs, train_log_names
from tfgan_course.gan.loop import TrainingLoop
from tfgan_course.gan.loss_scale import LossScale
from tfgan_course.gan.options import GANOptions, flat_options
from tfgan_course.gan.player import Player, name_terms
from tfgan_course.gan.saving import Saved
from tfgan_course.models.inputs import feed, field_shapes, input_names, input_shape, takes
from tfgan_course.objectives.pair import Batch, CriticOutput, Pair
from tfgan_course.objectives.top_k import TopK
from tfgan_course.randomness import Draws, drawn_by_layers
from tfgan_course.schedules import Schedule, scheduled


class GAN(Saved, TrainingLoop):
    """A generator and a critic that train against each other when the GAN is fitted to images.

    Images are uint8 [0, 255] or float32 [-1, 1], (batch, height, width, channels). A batch is images alone, (images,
    labels), or a dictionary with `images`, `labels`, `condition`; labels are integers (batch,). With `critic_updates`
    above 1 each batch is divided into that many parts: the critic is updated on each part, then the generator once. A
    loss with `generator_needs_real` takes one more part, for the generator's update.

    Args:
        generator: Keras model that returns images in [-1, 1], with inputs named among `latents` (batch, latent_size),
            `labels` (batch,), `condition` (batch, height, width, channels). A single input without a name is `latents`.
        critic: Keras model that returns a score or a dictionary with the fields of `CriticOutput`, with inputs named
            among `images`, `labels`, `condition`. A single input without a name is `images`.
        **options: see `Objective`, `Updates`, `Execution` and `GANOptions` in `tfgan_course.gan.options`. An object may
            also be given as its class's name or dotted path: `loss="LeastSquares"`.

    Raises:
        UserError: for shapes that do not fit, or parts that do not work together.

    Example:
        >>> gan = GAN(generator, critic, loss=LeastSquares(), critic_updates=2)
        >>> gan.fit(images, batch_size=64, epochs=10)
        >>> images = gan.generator(tf.random.normal([16, 100]))
    """

    @flat_options(GANOptions)
    def __init__(self, generator: keras.Model, critic: keras.Model, options: GANOptions):
        super().__init__()
        checks.check_networks(generator, critic)
        output = checks.critic_output(critic)
        options = checks.with_objects(options)
        checks.check_classes(generator, critic, "class_logits" in output, options)
        checks.check_objective(generator, critic, options)
        for player, network in (("generator", generator), ("critic", critic)):
            freeze(player, network, getattr(options.freeze, player))
        self.generator, self.critic = generator, critic
        self.generator_takes_labels, self.critic_takes_labels = takes(generator, "labels"), takes(critic, "labels")
        self.critic_classifies = "class_logits" in output
        self.field_shapes = field_shapes(generator, critic)
        self.critic_features = list(output.get("features", ()))
        self.latent_size = input_shape(generator, "latents")[-1] if self.takes_latents else None
        self.classes = options.classes
        self.label_classes = options.classes or (output["class_logits"].shape[-1] if self.critic_classifies else None)
        self.adversarial_loss = options.loss
        self.generator_loss_weight = options.generator_loss_weight
        self.critic_terms = name_terms(options.critic_terms)
        self.generator_terms = name_terms(options.generator_terms, taken=self.critic_terms, player="generator")
        self.top_k = options.top_k
        self.label_noise, self.latents = options.label_noise, options.latents
        self.augmentations, self.real_augmentations = options.augmentations, options.real_augmentations
        self.fake_labels = options.fake_labels or ("real" if options.loss.compares_pairs else "sampled")
        self.critic_updates, self.generator_first = options.critic_updates, options.generator_first
        self.batches_per_step = options.batches_per_step
        self.reuse_fakes, self.gradient_accumulation = options.reuse_fakes, options.gradient_accumulation
        apart = checks.mixes_images(critic)
        self.joint_batches = not apart if options.joint_batches is None else options.joint_batches
        self.length = options.length
        self.ema_half_life, self.ema_ramp = options.ema_half_life, options.ema_ramp
        self.ema_generator = None if options.ema_half_life is None else copy_of(generator)
        self.seed = options.seed
        self.generator_optimizer, self.critic_optimizer = options.generator_optimizer, options.critic_optimizer
        self.prepare_loop(options.steps_per_execution, checks.compiled(options.jit))
        # Small gradients become 0 in float16.
        half = any(layer.compute_dtype == "float16" for model in (generator, critic) for layer in all_layers(model))
        self.loss_scales = {player: LossScale() for player in ("critic", "generator")} if half else {}
        self.players = {player: Player(self, player) for player in ("critic", "generator")}
        self.logging_layers = [layer for layer in all_layers(generator) if hasattr(layer, "logs")]
        growing = [
            layer for model in (generator, critic) for layer in all_layers(model) if hasattr(layer, "images_shown")
        ]
        self.growth = ImagesShown(next(iter(growing), None)) if growing or self.scheduled else None
        self.train_means, self.test_means = RunningMeans(train_log_names(self)), RunningMeans(score_log_names(self))
        for schedule in self.scheduled.values():
            schedule.check(self.length)
        checks.check_by_tracing(self)
        self.built = True
        self.compile()

    @property
    def takes_latents(self) -> bool:
        """Whether the generator takes latents; a generator that takes a condition may have none."""
        return input_names(self.generator) == [None] or takes(self.generator, "latents")

    @property
    def takes_condition(self) -> bool:
        """Whether the generator takes a condition, an image that it is given."""
        return takes(self.generator, "condition")

    @property
    def needed_fields(self) -> frozenset[str]:
        """The fields of a batch that this GAN needs in addition to the images."""
        labels_of_real = self.fake_labels == "real" and self.generator_takes_labels
        labels = self.critic_takes_labels or self.critic_classifies or labels_of_real
        return frozenset({"condition"} & self.field_shapes.keys() | ({"labels"} if labels else set()))

    def as_batch(self, data) -> Batch:
        return as_batch(data, self.needed_fields, self.field_shapes)

    @property
    def scheduled(self) -> dict[str, Schedule]:
        """The numbers that follow a schedule, by the names of their columns; the optimizers have their own."""
        owners = {f"{name}_": part for name, part in {**self.critic_terms, **self.generator_terms}.items()}
        owners |= {f"{part.name}_": part for part in [*self.augmentations, *self.real_augmentations]}
        best = {} if self.top_k is None else {"top_k_": self.top_k}
        return {
            f"{before}{name}": schedule
            for before, owner in {"": self, **owners, **best}.items()
            for name, schedule in scheduled(owner).items()
        }

    def augment(self, images: tf.Tensor, draws: Draws) -> tf.Tensor:
        """Return the images after the augmentations, as the critic sees them in training."""
        for augmentation in self.augmentations:
            images = augmentation(images, draws.part())
        return images

    def judge(self, batch: Batch, *, training: bool, draws: Draws | None = None) -> CriticOutput:
        """Return the critic's output for a batch.

        Args:
            batch: images, float32 [-1, 1], in training after the augmentations; labels and condition for a critic that
                takes them.
            training: whether layers behave as in training.
            draws: random numbers for dropout; needed in training.
        """
        inputs = feed(self.critic, images=batch.images, labels=batch.labels, condition=batch.condition)
        if not training:
            return CriticOutput.of(self.critic(inputs, training=False))
        with drawn_by_layers(draws):
            return CriticOutput.of(self.critic(inputs, training=True))

    def generate(
        self,
        draws: Draws,
        batch_size: int | tf.Tensor,
        training: bool,
        labels: tf.Tensor | None = None,
        condition: tf.Tensor | None = None,
    ) -> Batch:
        """Return images from new latents. A generator that takes labels gets `labels`, or uniformly drawn classes."""
        latents = None
        if self.takes_latents:
            latents = self.latents.of_normal(draws.normal([batch_size, self.latent_size], "latents"))
        if not self.generator_takes_labels:
            labels = None
        elif labels is None:
            labels = tf.cast(draws.uniform([batch_size], "labels") * self.classes, tf.int32)
        inputs = feed(self.generator, latents=latents, labels=labels, condition=condition)
        with drawn_by_layers(draws, self.latents.of_normal):
            images = self.generator(inputs, training=training)
        return Batch(tf.cast(images, tf.float32), labels, latents, condition)

    def train_step(self, data) -> dict[str, tf.Tensor]:
        """Do one replica's part of a step: `critic_updates` updates of the critic, one of the generator."""
        batches = self._real_batches(data)
        if self.generator_first:
            generator_logs = self._generator_update(batches[0])
            return {**self._critic_updates(batches[-self.critic_updates :]), **generator_logs}
        if self.reuse_fakes:
            self._critic_updates(batches[:-1])
            return self._generator_update(batches[-1])
        return {**self._critic_updates(batches[: self.critic_updates]), **self._generator_update(batches[-1])}

    def _real_batches(self, data) -> list[Batch]:
        """Return a batch for each update of the critic, and one for a generator that needs its own; real images are
        augmented.
        """
        batch = self.as_batch(data)
        draws = self._draws("real", batch_size(batch.images) // self.batches_per_step)
        for augmentation in self.real_augmentations:
            batch = augmented(batch, augmentation, draws.part())
        return split(batch, self.batches_per_step, self.gradient_accumulation)

    def _draws(self, update: str, size: int | tf.Tensor) -> Draws:
        """Return the random numbers of an update with this number of real images on each replica."""
        images = size * self.critic_updates * self.strategy.num_replicas_in_sync
        return Draws(self.seed, self.step, update, self.shown_before_step(images), self.length)

    def _critic_updates(self, batches: Sequence[Batch]) -> dict[str, tf.Tensor]:
        logs = {}
        for index, real in enumerate(batches):
            logs = self._critic_update(real, self._draws(f"critic_{index}", batch_size(real.images)))
        return logs

    def _critic_update(self, real: Batch, draws: Draws, fakes: Batch | None = None) -> dict[str, tf.Tensor]:
        critic = self.players["critic"]

        def gradients(real: Batch, draws: Draws) -> tuple[list[tf.Tensor], dict[str, tf.Tensor]]:
            fake = fakes or self._fakes_like(real, draws)
            with tf.GradientTape() as tape:
                pair = Pair(self, real, fake, draws)
                if self.joint_batches:
                    pair.judge_together()
                scores = pair.real_output.score, pair.fake_output.score
                noise = [self.label_noise.targets(*scores, draws.part())] if self.label_noise else []
                loss = self.adversarial_loss.critic(*scores, *noise)
                terms = critic.term_values(pair)
                total = critic.total(loss, terms, draws)
            threshold = self.adversarial_loss.threshold(*scores)
            logs = {"critic_loss": loss, **score_logs(pair, self.adversarial_loss), **critic.logged(terms)}
            for augmentation in self.augmentations:
                augmentation.observe(scores[0] - threshold, scores[1] - threshold)
                logs.update(augmentation.logs())
            return tape.gradient(total, critic.weights), logs

        return critic.update(self, *mean_over_parts(gradients, real, draws, self.gradient_accumulation))

    def _generator_update(self, real: Batch) -> dict[str, tf.Tensor]:
        generator = self.players["generator"]

        def gradients(real: Batch, draws: Draws) -> tuple[list[tf.Tensor], dict[str, tf.Tensor]]:
            logs = {}
            with tf.GradientTape() as tape:
                fake = self._fakes_like(real, draws)
                if self.reuse_fakes:
                    with tape.stop_recording():
                        logs = self._critic_update(real, draws, fake)
                pair = Pair(self, real, fake, draws)
                loss = self._generator_loss(pair, self.top_k)
                terms = generator.term_values(pair)
                total = generator.total(draws.now(self.generator_loss_weight) * loss, terms, draws)
            logs = {**logs, "generator_loss": loss, **generator.logged(terms)}
            return tape.gradient(total, generator.weights), logs

        draws = self._draws("generator", batch_size(real.images))
        logs = generator.update(self, *mean_over_parts(gradients, real, draws, self.gradient_accumulation))
        for layer in self.logging_layers:
            logs.update(layer.logs())
        return logs

    def _generator_loss(self, pair: Pair, top_k: TopK | None = None) -> tf.Tensor:
        real = pair.real_output.score if self.adversarial_loss.generator_needs_real else None
        if top_k is not None:
            return top_k.generator_loss(self.adversarial_loss, pair.fake_output.score, real, pair.draws)
        return self.adversarial_loss.generator(pair.fake_output.score, real)

    def _fakes_like(self, real: Batch, draws: Draws, training: bool = True) -> Batch:
        """Return as many generated images as real ones, with labels according to `fake_labels`."""
        labels = real.labels if self.fake_labels == "real" else None
        return self.generate(draws, batch_size(real.images), training, labels, real.condition)

    def test_step(self, data) -> dict[str, tf.Tensor]:
        """Return one replica's validation figures: losses and accuracies, without terms, of the current players."""
        real = self.as_batch(data)
        draws = Draws(self.seed, self.test_means.count, "validation")
        labels = real.labels if self.adversarial_loss.compares_pairs else None
        fake = self.generate(draws, batch_size(real.images), False, labels, real.condition)
        pair = Pair(self, real, fake, draws)
        pair.real_output = self.judge(real, training=False)
        pair.fake_output = self.judge(fake, training=False)
        return {
            "critic_loss": self.adversarial_loss.critic(pair.real_output.score, pair.fake_output.score),
            "generator_loss": self._generator_loss(pair),
            **score_logs(pair, self.adversarial_loss),
        }
