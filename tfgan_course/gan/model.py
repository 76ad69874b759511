"""The GAN: two players, one train step, one test step."""

from collections.abc import Sequence
from typing import Literal

import tensorflow as tf
from tensorflow import keras

from tfgan_course.augmentation import Augmentation
from tfgan_course.errors import UserError
from tfgan_course.gan.accumulation import mean_over_parts
from tfgan_course.gan.latents import LatentDistribution, Normal
from tfgan_course.gan.loss_scale import LossScale
from tfgan_course.gan.running_means import RunningMeans
from tfgan_course.objectives.label_noise import LabelNoise
from tfgan_course.objectives.losses import AdversarialLoss, NonSaturating
from tfgan_course.objectives.pair import Batch, CriticOutput, Pair
from tfgan_course.objectives.terms.term import Term
from tfgan_course.randomness import Draws, drawn_by_layers
from tfgan_course.replicas import tf_variable


class GAN(keras.Model):
    """A generator and a critic that train against each other; `fit` it on a data set of images.

    A batch holds `critic_updates` times the batch size: the critic is updated once on each part, then the generator
    once. Images are uint8 [0, 255] or float32 [-1, 1], (batch, height, width, channels), alone or with labels: (images,
    labels), labels integers (batch,).

    Args:
        generator: Keras model from latents (batch, latent_size), or from [latents, labels], to images in [-1, 1].
        critic: Keras model from images, or [images, labels], to a score or a dictionary with the fields of
            `CriticOutput`.
        loss: adversarial loss; `NonSaturating()` unless given.
        critic_terms: terms added to the critic's loss.
        generator_terms: terms added to the generator's loss.
        generator_loss_weight: factor of the adversarial loss in the generator's total; 0 leaves the terms alone.
        generator_optimizer: Keras optimizer; DCGAN's Adam(2e-4, beta_1=0.5) unless given.
        critic_optimizer: likewise.
        critic_updates: updates of the critic for each of the generator.
        joint_batches: whether the critic judges real and generated images as one batch, which is faster. Unless given:
            yes, but not where its BatchNormalization would mix them.
        reuse_fakes: whether the generator learns from the fake batch of the last critic update instead of a new one.
        ema_decay: decay of the exponential moving average of the generator's weights, `ema_generator`; it starts lower
            and rises to this. None keeps none.
        classes: how many there are, for a generator that takes labels; it is trained on all of them alike.
        fake_labels: the labels of generated images in training: `sampled` uniformly, or those of the `real` images of
            the same batch.
        latents: distribution of the latents; `Normal()` unless given.
        label_noise: what the critic is told instead of the truth; nothing but the truth unless given.
        augmentations: what every image goes through on its way to the critic in training.
        real_augmentations: what real images alone go through in training: data augmentation.
        generator_first: update the generator before the critic in each step, instead of after it.
        gradient_accumulation: parts that the batch of an update is computed in, one after the other, for less memory.
        steps_per_execution: steps that a call of the train function takes, between which Keras sees nothing.
        seed: of all random numbers drawn in training.
        jit_compile: compile the train step with XLA.

    Raises:
        UserError: for shapes that do not fit, or parts that cannot work together.

    Example:
        >>> gan = GAN(generator, critic, loss=LeastSquares())
        >>> gan.fit(tf.data.Dataset.from_tensor_slices(images).batch(64), epochs=10)
        >>> images = gan.generator(tf.random.normal([16, 100]))
    """

    def __init__(
        self,
        generator: keras.Model,
        critic: keras.Model,
        *,
        loss: AdversarialLoss | None = None,
        critic_terms: Sequence[Term] = (),
        generator_terms: Sequence[Term] = (),
        generator_loss_weight: float = 1.0,
        generator_optimizer: keras.optimizers.Optimizer | None = None,
        critic_optimizer: keras.optimizers.Optimizer | None = None,
        critic_updates: int = 1,
        joint_batches: bool | None = None,
        reuse_fakes: bool = False,
        ema_decay: float | None = 0.999,
        classes: int | None = None,
        fake_labels: Literal["sampled", "real"] = "sampled",
        latents: LatentDistribution | None = None,
        label_noise: LabelNoise | None = None,
        augmentations: Sequence[Augmentation] = (),
        real_augmentations: Sequence[Augmentation] = (),
        generator_first: bool = False,
        gradient_accumulation: int = 1,
        steps_per_execution: int = 1,
        seed: int = 0,
        jit_compile: bool = False,
    ):
        super().__init__()
        if generator.output_shape[1:] != critic.inputs[0].shape[1:]:
            raise UserError(
                f"the generator makes images of shape {tuple(generator.output_shape[1:])}, the critic judges images of "
                f"shape {tuple(critic.inputs[0].shape[1:])}: give both the same (height, width, channels)"
            )
        if critic_updates < 1:
            raise UserError(f"critic_updates must be at least 1; got {critic_updates}")
        for name, value in (
            ("gradient_accumulation", gradient_accumulation),
            ("steps_per_execution", steps_per_execution),
        ):
            if value < 1:
                raise UserError(f"{name} must be at least 1; got {value}")
        if reuse_fakes and gradient_accumulation > 1:
            raise UserError(
                "reuse_fakes keeps the fakes of the whole batch until the critic is updated, which is the memory that "
                "gradient_accumulation saves: use one of them"
            )
        if ema_decay is not None and not 0 < ema_decay < 1:
            raise UserError(f"ema_decay must lie between 0 and 1, or be none; got {ema_decay}")
        if reuse_fakes and generator_first:
            raise UserError("reuse_fakes gives the generator the critic's last fakes: generator_first leaves none")
        if not 0 <= generator_loss_weight < float("inf"):
            raise UserError(f"generator_loss_weight must be at least 0; got {generator_loss_weight}")
        if generator_loss_weight == 0 and not generator_terms:
            raise UserError("generator_loss_weight 0 leaves the generator nothing to learn from: add generator_terms")
        self.generator_takes_labels = len(generator.inputs) > 1
        self.critic_takes_labels = len(critic.inputs) > 1
        inputs = [keras.Input(known.shape[1:], dtype=known.dtype) for known in critic.inputs]
        output = critic(inputs if self.critic_takes_labels else inputs[0])
        output = output if isinstance(output, dict) else {}
        self.critic_tells_classes = "class_logits" in output
        self.critic_features = list(output.get("features", ()))
        if self.generator_takes_labels and not classes:
            raise UserError("a generator that takes labels needs to know how many classes there are: pass classes=10")
        if self.critic_takes_labels and not self.generator_takes_labels:
            raise UserError("the critic takes labels, but generated images have none: condition the generator as well")
        if self.generator_takes_labels and not (self.critic_takes_labels or self.critic_tells_classes):
            raise UserError(
                "the generator takes labels, but the critic neither takes nor tells them: nothing would teach the "
                "generator its classes. Condition the critic as well, with Projection for example"
            )
        shared = [type(term).__name__ for term in critic_terms if any(term is other for other in generator_terms)]
        if shared:
            raise UserError(f"one {shared[0]} cannot be a term of both players, since it keeps state: make two")
        if any(isinstance(layer, keras.layers.BatchNormalization) for layer in all_layers(critic)):
            for term in [*critic_terms, *generator_terms]:
                term_needs_unmixed_images(term)
        mixes_images = any(
            isinstance(layer, keras.layers.BatchNormalization) or getattr(layer, "mixes_images", False)
            for layer in all_layers(critic)
        )
        self.generator = generator
        self.critic = critic
        self.adversarial_loss = loss or NonSaturating()
        self.critic_terms = name_terms(critic_terms)
        self.generator_terms = name_terms(generator_terms, taken=self.critic_terms, player="generator")
        self.generator_loss_weight = generator_loss_weight
        self.generator_optimizer = generator_optimizer or keras.optimizers.Adam(2e-4, beta_1=0.5)
        self.critic_optimizer = critic_optimizer or keras.optimizers.Adam(2e-4, beta_1=0.5)
        self.critic_updates = critic_updates
        self.joint_batches = not mixes_images if joint_batches is None else joint_batches
        self.reuse_fakes = reuse_fakes
        self.ema_decay = ema_decay
        self.ema_generator = None
        if ema_decay is not None:
            self.ema_generator = keras.models.clone_model(generator)
            self.ema_generator.set_weights(generator.get_weights())
        self.classes = classes
        self.fake_labels = fake_labels
        self.latents = latents or Normal()
        self.label_noise = label_noise
        self.augmentations = list(augmentations)
        self.real_augmentations = list(real_augmentations)
        self.generator_first = generator_first
        self.gradient_accumulation = gradient_accumulation
        self.steps_per_call = self.batches_per_call = steps_per_execution
        self.seed = seed
        self.latent_size = generator.inputs[0].shape[-1]
        self.strategy = tf.distribute.get_strategy()
        # Before the first step, since variables may not be made inside one.
        self.generator_optimizer.build(generator.trainable_variables)
        self.critic_optimizer.build(critic.trainable_variables)
        self.step = tf.Variable(0, trainable=False, dtype=tf.int64, name="step")
        # float16 has too few small numbers for gradients.
        half = any(layer.compute_dtype == "float16" for layer in [*all_layers(generator), *all_layers(critic)])
        self.loss_scales = {player: LossScale() for player in ("critic", "generator")} if half else {}
        for player, terms in (("critic", self.critic_terms), ("generator", self.generator_terms)):
            for term in terms.values():
                term.setup(self, player)
        scores = list(SCORE_LOGS)
        if self.critic_tells_classes:
            scores += ["class_accuracy_real"] + (["class_accuracy_fake"] if self.generator_takes_labels else [])
        self.logging_layers = [layer for layer in all_layers(generator) if hasattr(layer, "logs")]
        others = [name for part in [*self.augmentations, *self.logging_layers] for name in part.logs()]
        self.train_means = RunningMeans([*scores, *GRADIENT_LOGS, *self.critic_terms, *self.generator_terms, *others])
        self.test_means = RunningMeans(scores)
        # Without AutoGraph: no Python here branches on a tensor, and tracing takes half the time.
        self._step_function = tf.function(self._distributed_step, autograph=False, jit_compile=jit_compile)
        self.built = True
        # Keras wants to be told of one optimizer; the steps use both.
        self.compile(self.generator_optimizer, steps_per_execution=steps_per_execution)

    @property
    def steps_done(self) -> int:
        """Steps taken since training began."""
        return int(self.step.numpy())

    def augment(self, images: tf.Tensor, draws: Draws) -> tf.Tensor:
        """What the critic gets to see of the images in training."""
        for augmentation in self.augmentations:
            images = augmentation(images, draws.part())
        return images

    def judge(
        self, images: tf.Tensor, labels: tf.Tensor | None = None, *, training: bool, draws: Draws | None = None
    ) -> CriticOutput:
        """What the critic says of `images`, float32 [-1, 1] (batch, height, width, channels), as they are.

        Args:
            images: augmented already, in training.
            labels: int32 (batch,), for a critic that takes them.
            training: whether layers behave as in training.
            draws: random numbers for dropout; needed in training.
        """
        inputs = [images, labels] if self.critic_takes_labels else images
        if not training:
            return CriticOutput.of(self.critic(inputs, training=False))
        with drawn_by_layers(draws):
            return CriticOutput.of(self.critic(inputs, training=True))

    def generate(
        self, draws: Draws, batch_size: int | tf.Tensor, training: bool, labels: tf.Tensor | None = None
    ) -> Batch:
        """Images from new latents; a conditional generator's are of `labels`, or of classes drawn uniformly."""
        latents = self.latents.of_normal(draws.normal([batch_size, self.latent_size], "latents"))
        inputs = latents
        if not self.generator_takes_labels:
            labels = None
        else:
            if labels is None:
                labels = tf.cast(draws.uniform([batch_size], "labels") * self.classes, tf.int32)
            inputs = [latents, labels]
        with drawn_by_layers(draws, self.latents.of_normal):
            images = self.generator(inputs, training=training)
        return Batch(tf.cast(images, tf.float32), labels, latents)

    def train_step(self, batch) -> dict[str, tf.Tensor]:
        """One replica's part of a step: `critic_updates` updates of the critic, one of the generator."""
        batches = self._split(batch)
        if self.generator_first:
            generator_logs = self._generator_update(batches[0])
            return {**self._critic_updates(batches), **generator_logs}
        if self.reuse_fakes:
            self._critic_updates(batches[:-1])
            return self._generator_update(batches[-1])
        return {**self._critic_updates(batches), **self._generator_update(batches[-1])}

    def _critic_updates(self, batches: Sequence[Batch]) -> dict[str, tf.Tensor]:
        logs = {}
        for index, real in enumerate(batches):
            logs = self._critic_update(real, self._draws(f"critic_{index}", real))
        return logs

    def _draws(self, update: str, real: Batch) -> Draws:
        """For an update whose share of real images is this."""
        images = batch_size(real.images) * self.critic_updates * self.strategy.num_replicas_in_sync
        return Draws(self.seed, self.step, update, tf.cast(self.step, tf.int64) * tf.cast(images, tf.int64))

    def _critic_update(self, real: Batch, draws: Draws, fakes: Batch | None = None) -> dict[str, tf.Tensor]:
        def gradients(real: Batch, draws: Draws) -> tuple[list[tf.Tensor], dict[str, tf.Tensor]]:
            fake = fakes or self._fakes_like(real, draws)
            with tf.GradientTape() as tape:
                pair = Pair(self, real, fake, draws)
                if self.joint_batches:
                    pair.judge_together()
                scores = pair.real_output.score, pair.fake_output.score
                targets = self.label_noise.targets(*scores, draws.part()) if self.label_noise else None
                loss = self.adversarial_loss.critic(*scores, targets)
                terms = {name: term(self, pair) for name, term in self.critic_terms.items()}
                total = self._total("critic", loss, terms, self.critic_terms)
            threshold = self.adversarial_loss.threshold(*scores)
            logs = {"critic_loss": loss, **self._score_logs(pair), **logged(terms, self.critic_terms)}
            for augmentation in self.augmentations:
                augmentation.observe(scores[0] - threshold, scores[1] - threshold)
                logs.update(augmentation.logs())
            return tape.gradient(total, self.critic.trainable_variables), logs

        found, logs = mean_over_parts(gradients, real, draws, self.gradient_accumulation)
        return self._apply("critic", self.critic_optimizer, found, logs)

    def _generator_update(self, real: Batch) -> dict[str, tf.Tensor]:
        def gradients(real: Batch, draws: Draws) -> tuple[list[tf.Tensor], dict[str, tf.Tensor]]:
            logs = {}
            with tf.GradientTape() as tape:
                fake = self._fakes_like(real, draws)
                if self.reuse_fakes:
                    with tape.stop_recording():
                        logs = self._critic_update(real, draws, fake)
                pair = Pair(self, real, fake, draws)
                loss = self.adversarial_loss.generator(pair.fake_output.score)
                terms = {name: term(self, pair) for name, term in self.generator_terms.items()}
                total = self._total("generator", self.generator_loss_weight * loss, terms, self.generator_terms)
            logs = {**logs, "generator_loss": loss, **logged(terms, self.generator_terms)}
            return tape.gradient(total, self.generator.trainable_variables), logs

        draws = self._draws("generator", real)
        found, logs = mean_over_parts(gradients, real, draws, self.gradient_accumulation)
        logs = self._apply("generator", self.generator_optimizer, found, logs)
        for layer in self.logging_layers:
            logs.update(layer.logs())
        return logs

    def _fakes_like(self, real: Batch, draws: Draws) -> Batch:
        """As many generated images as there are real ones, of the labels that `fake_labels` asks for."""
        labels = real.labels if self.fake_labels == "real" else None
        return self.generate(draws, batch_size(real.images), training=True, labels=labels)

    def test_step(self, batch) -> dict[str, tf.Tensor]:
        """One replica's validation: losses and accuracies, without terms, of the players as they stand."""
        real = self._examples(batch)
        draws = Draws(self.seed, self.test_means.count, "validation")
        fake = self.generate(draws, batch_size(real.images), training=False)
        pair = Pair(self, real, fake, draws)
        pair.real_output = self.judge(real.images, real.labels, training=False)
        pair.fake_output = self.judge(fake.images, fake.labels, training=False)
        return {
            "critic_loss": self.adversarial_loss.critic(pair.real_output.score, pair.fake_output.score),
            "generator_loss": self.adversarial_loss.generator(pair.fake_output.score),
            **self._score_logs(pair),
        }

    def _test_sums(self, batch) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        """A replica's validation figures times the number of its images, and that number.

        The last batch may leave a replica fewer images than the others, or none: it gets a black one that counts
        nothing, since convolutions refuse an empty batch.
        """
        images, labels, _ = self._examples(batch)
        count = tf.shape(images)[0]
        missing = tf.cast(count == 0, tf.int32)
        images = tf.pad(images, [[0, missing], [0, 0], [0, 0], [0, 0]])
        logs = self.test_step(images if labels is None else (images, tf.pad(labels, [[0, missing]])))
        count = tf.cast(count, tf.float32)
        return {name: value * count for name, value in logs.items()}, count

    def _score_logs(self, pair: Pair) -> dict[str, tf.Tensor]:
        real_score, fake_score = pair.real_output.score, pair.fake_output.score
        threshold = self.adversarial_loss.threshold(real_score, fake_score)
        real_accuracy = tf.reduce_mean(tf.cast(real_score > threshold, tf.float32))
        fake_accuracy = tf.reduce_mean(tf.cast(fake_score < threshold, tf.float32))
        real_mean, fake_mean = tf.reduce_mean(real_score), tf.reduce_mean(fake_score)
        logs = {
            "critic_accuracy": (real_accuracy + fake_accuracy) / 2,
            "critic_accuracy_real": real_accuracy,
            "critic_accuracy_fake": fake_accuracy,
            "score_real": real_mean,
            "score_fake": fake_mean,
            "score_gap": real_mean - fake_mean,
        }
        if self.critic_tells_classes:
            logs["class_accuracy_real"] = class_accuracy(pair.real_output.class_logits, pair.real_labels)
            if self.generator_takes_labels:
                logs["class_accuracy_fake"] = class_accuracy(pair.fake_output.class_logits, pair.fake_labels)
        return logs

    def _total(self, player: str, loss: tf.Tensor, values: dict[str, tf.Tensor], terms: dict[str, Term]) -> tf.Tensor:
        total = tf.add_n([loss, *(terms[name].weight * value for name, value in values.items())])
        if self.loss_scales:
            total *= self.loss_scales[player].scale
        # Optimizers add up the replicas' gradients.
        return total / self.strategy.num_replicas_in_sync

    def _apply(
        self, player: str, optimizer: keras.optimizers.Optimizer, gradients: list[tf.Tensor], logs: dict[str, tf.Tensor]
    ) -> dict[str, tf.Tensor]:
        """Updates a player; adds to the figures the length of its gradient, all weights as one vector, unclipped."""
        model, terms = getattr(self, player), getattr(self, f"{player}_terms")
        # A bias that a penalty reads though its gradient there is zero: Grappler drops that zero from the bias's
        # gradient, and with it, in TensorFlow 2.15 to 2.21, what made the update wait for the penalty's reading.
        # It is the updates that wait, not the gradients: a constant gradient is folded away, and its waiting with it.
        with tf.control_dependencies(list(logs.values())):
            if self.loss_scales:
                gradients = self.loss_scales[player].apply(optimizer, gradients, model.trainable_variables)
            else:
                optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        for term in terms.values():
            term.after_update(self, gradients)
        gradients = [gradient for gradient in gradients if gradient is not None]
        if self.strategy.num_replicas_in_sync > 1:
            gradients = tf.distribute.get_replica_context().all_reduce("SUM", gradients)
        return {**logs, f"{player}_gradient_norm": tf.linalg.global_norm(gradients)}

    def _examples(self, batch: tf.Tensor | tuple) -> Batch:
        """Images, and labels where something needs them, of a batch of the data."""
        needs_labels = self.critic_takes_labels or self.critic_tells_classes or self.fake_labels == "real"
        labels = batch[1] if isinstance(batch, tuple | list) and len(batch) > 1 else None
        if needs_labels and labels is None:
            raise UserError("this GAN needs labels: fit it on batches of (images, labels)")
        return Batch(images_of(batch), tf.cast(labels, tf.int32) if needs_labels else None)

    def _split(self, batch: tf.Tensor | tuple) -> list[Batch]:
        """A part for each update of the critic, the real images augmented."""
        images, labels, _ = self._examples(batch)
        size = batch_size(images) // self.critic_updates
        if isinstance(size, int) and size == 0:
            raise UserError(
                f"a batch of {images.shape[0]} images cannot be divided among {self.critic_updates} critic updates: "
                "batch the data with drop_remainder=True"
            )
        draws = Draws(self.seed, self.step, "real")
        for augmentation in self.real_augmentations:
            images = augmentation(images, draws.part())
        parts = [slice(index * size, (index + 1) * size) for index in range(self.critic_updates)]
        return [Batch(images[part], None if labels is None else labels[part]) for part in parts]

    def _distributed_step(self, batch) -> dict[str, tf.Tensor]:
        logs = self._reduced(self.strategy.run(self.train_step, args=(batch,)))
        self.step.assign_add(1)
        if self.strategy.num_replicas_in_sync > 1:
            self._average_statistics()
        if self.ema_generator is not None:
            self._average_weights()
        return logs

    def _average_statistics(self) -> None:
        """Averages what each replica keeps of its own images, BatchNormalization's moving statistics, over them all.

        Keras 2 does so where they are read; with Keras 3 the replicas and workers would drift apart.
        """
        weights = self.generator.non_trainable_weights + self.critic.non_trainable_weights
        statistics = [variable for variable in map(tf_variable, weights) if variable.dtype.is_floating]
        values = self.strategy.run(lambda: [tf.identity(variable) for variable in statistics])
        for variable, value in zip(statistics, values, strict=True):
            variable.assign(self.strategy.reduce("MEAN", value, axis=None))

    def _average_weights(self) -> None:
        step = tf.cast(self.step, tf.float32)
        # Early averages would be mostly the initial weights: the decay rises with the steps taken.
        rate = 1.0 - tf.minimum(self.ema_decay, (1.0 + step) / (10.0 + step))
        for average, weight in zip(self.ema_generator.weights, self.generator.weights, strict=True):
            average, weight = tf_variable(average), tf_variable(weight)
            if not weight.dtype.is_floating:  # a count, which has no average
                self.strategy.extended.update(average, lambda average, weight: average.assign(weight), args=(weight,))
                continue
            self.strategy.extended.update(
                average,
                lambda average, weight, rate: average.assign_add(rate * (weight - average)),
                args=(weight, rate),
            )

    def _reduced(self, logs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return {name: self.strategy.reduce("MEAN", value, axis=None) for name, value in logs.items()}

    def make_train_function(self, force: bool = False):
        """One call: `steps_per_call` steps over all replicas. Returns the means since the epoch's start."""
        if self.train_function is None or force:

            def steps(iterator, count: int):
                for _ in range(count):
                    means = self.train_means.update(self._step_function(next(iterator)))
                return means

            function = steps if self.run_eagerly else tf.function(steps, autograph=False)
            self.train_function = lambda iterator: function(iterator, self.steps_per_call)
        return self.train_function

    def _maybe_symbolic_build(self, *args, **kwargs) -> None:
        # Keras 3 averages a batch over the replicas to build what is not built, which fails for images with labels and
        # several workers. Here all is built.
        pass

    def make_test_function(self, force: bool = False):
        """One call: `steps_per_execution` validation batches over all replicas, or what is left of them.

        Returns the means since the validation's start.
        """
        if self.test_function is None or force:

            def one_batch(iterator):
                sums, counts = self.strategy.run(self._test_sums, args=(next(iterator),))
                count = self.strategy.reduce("SUM", counts, axis=None)
                means = {name: self.strategy.reduce("SUM", value, axis=None) / count for name, value in sums.items()}
                return self.test_means.update(means, count)

            function = one_batch if self.run_eagerly else tf.function(one_batch, autograph=False)

            def test_function(iterator):
                means = function(iterator)
                for _ in range(1, self.batches_per_call):
                    try:
                        means = function(iterator)
                    except (StopIteration, tf.errors.OutOfRangeError):
                        break
                return means

            self.test_function = test_function
        return self.test_function

    def reset_metrics(self) -> None:
        """Keras calls this where an epoch and where a validation starts."""
        self.train_means.reset()
        self.test_means.reset()

    def state(self) -> list:
        """The variables in a checkpoint."""
        modules = [*self.critic_terms.values(), *self.generator_terms.values(), self.train_means]
        modules += [*self.augmentations, *self.real_augmentations, *self.loss_scales.values()]
        models = [self.generator, self.critic, *([] if self.ema_generator is None else [self.ema_generator])]
        optimizers = [self.generator_optimizer, self.critic_optimizer]
        lists = [owner.variables for owner in [*modules, *optimizers]] + [model.weights for model in models]
        return [self.step, *(variable for variables in lists for variable in variables)]

    def checkpoint(self) -> tf.train.Checkpoint:
        """Everything that a resumed training needs to go on bit for bit."""
        parts = {} if self.ema_generator is None else {"ema_generator": self.ema_generator}
        parts |= {f"{player}_loss_scale": scale for player, scale in self.loss_scales.items()}
        return tf.train.Checkpoint(
            step=self.step,
            generator=self.generator,
            critic=self.critic,
            generator_optimizer=self.generator_optimizer,
            critic_optimizer=self.critic_optimizer,
            terms=[*self.critic_terms.values(), *self.generator_terms.values()],
            augmentations=[*self.augmentations, *self.real_augmentations],
            means=self.train_means,
            **parts,
        )


SCORE_LOGS = (
    "critic_loss",
    "generator_loss",
    "critic_accuracy",
    "critic_accuracy_real",
    "critic_accuracy_fake",
    "score_real",
    "score_fake",
    "score_gap",
)
GRADIENT_LOGS = ("critic_gradient_norm", "generator_gradient_norm")


def images_of(batch: tf.Tensor | tuple) -> tf.Tensor:
    """Float32 [-1, 1] images of a batch: images alone or (images, labels), uint8 [0, 255] or float [-1, 1] already."""
    images = batch[0] if isinstance(batch, tuple | list) else batch
    if images.dtype == tf.uint8:
        return tf.cast(images, tf.float32) / 127.5 - 1.0
    if not images.dtype.is_floating:
        raise UserError(f"images must be uint8 [0, 255] or float [-1, 1]; got {images.dtype.name}")
    return tf.cast(images, tf.float32)


def class_accuracy(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Share of the images whose largest logit is their label's, among those that have one (labels below 0 are none)."""
    right = tf.cast(tf.argmax(logits, axis=-1, output_type=tf.int32) == labels, tf.float32)
    known = tf.cast(labels >= 0, tf.float32)
    return tf.reduce_sum(right * known) / tf.maximum(tf.reduce_sum(known), 1.0)


def batch_size(images: tf.Tensor) -> int | tf.Tensor:
    """Of the images: a number where it is known before the step runs."""
    return images.shape[0] if images.shape[0] is not None else tf.shape(images)[0]


def logged(values: dict[str, tf.Tensor], terms: dict[str, Term]) -> dict[str, tf.Tensor]:
    """What is logged of the terms' values."""
    return {name: terms[name].logged(value) for name, value in values.items()}


def name_terms(terms: Sequence[Term], taken: Sequence[str] = (), player: str = "") -> dict[str, Term]:
    """Terms by the name their values are logged under; where the other player's has it, the player's name stands before
    it, and the second of a name gets a number."""
    named: dict[str, Term] = {}
    for term in terms:
        first = f"{player}_{term.name}" if term.name in taken else term.name
        name, number = first, 2
        while name in named:
            name, number = f"{first}_{number}", number + 1
        named[name] = term
    return named


def all_layers(model: keras.Model) -> list:
    """The layers of a model, those inside of models and wrappers included."""
    layers = []
    for layer in model.layers:
        inner = getattr(layer, "layer", None)
        layers += [layer] + ([inner] if inner is not None else [])
        if isinstance(layer, keras.Model):
            layers += all_layers(layer)
    return layers


def term_needs_unmixed_images(term: Term) -> None:
    """Refuses a per-image term for a critic with BatchNormalization."""
    if term.per_image:
        raise UserError(
            f"{type(term).__name__} penalizes the critic's gradient image by image, but this critic has "
            "BatchNormalization, which lets every image of a batch change every other's score. Use layer, instance, "
            "spectral or no normalization in the critic"
        )
