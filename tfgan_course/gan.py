"""The GAN: two players, one train step, one test step."""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import UserError
from tfgan_course.losses import AdversarialLoss, NonSaturating
from tfgan_course.randomness import Draws
from tfgan_course.terms.term import Term


class CriticOutput(NamedTuple):
    """What a critic says of a batch of images, in float32.

    score: (batch, ...): higher is more real. class_logits: (batch, classes) or None. features: named activations, batch
    first.
    """

    score: tf.Tensor
    class_logits: tf.Tensor | None = None
    features: dict[str, tf.Tensor] = {}  # noqa: RUF012 (never mutated)

    @classmethod
    def of(cls, output: tf.Tensor | dict) -> "CriticOutput":
        """From what a Keras model returned: the score alone, or a dictionary with this record's fields as keys."""
        fields = output if isinstance(output, dict) else {"score": output}
        return cls(**tf.nest.map_structure(lambda tensor: tf.cast(tensor, tf.float32), fields))

    def split(self) -> tuple["CriticOutput", "CriticOutput"]:
        """The first and the second half of the batch."""
        half = tf.shape(self.score)[0] // 2
        fields = {name: value for name, value in self._asdict().items() if value is not None}
        return (
            CriticOutput(**tf.nest.map_structure(lambda tensor: tensor[:half], fields)),
            CriticOutput(**tf.nest.map_structure(lambda tensor: tensor[half:], fields)),
        )


class Pair:
    """What a loss or a term may look at: real and generated images, what the critic says of them, and fresh draws.

    Args:
        gan: whose critic judges.
        real: float32 [-1, 1] (batch, height, width, channels).
        fake: likewise.
        draws: random numbers of this update.
        outputs: the critic's outputs for real and fake where they are known already; otherwise asked for when used.
    """

    def __init__(
        self,
        gan: "GAN",
        real: tf.Tensor,
        fake: tf.Tensor,
        draws: Draws,
        outputs: tuple[CriticOutput, CriticOutput] | None = None,
    ):
        self.gan, self.real, self.fake, self.draws = gan, real, fake, draws
        if outputs is not None:
            self.real_output, self.fake_output = outputs

    @cached_property
    def real_output(self) -> CriticOutput:
        """The critic's output for the real images."""
        return self.gan.judge(self.real, training=True)

    @cached_property
    def fake_output(self) -> CriticOutput:
        """The critic's output for the generated images."""
        return self.gan.judge(self.fake, training=True)


class GAN(keras.Model):
    """A generator and a critic that train against each other; `fit` it on a data set of images.

    A batch holds `critic_updates` times the batch size: the critic is updated once on each part, then the generator
    once. Images are uint8 [0, 255] or float32 [-1, 1], (batch, height, width, channels); labels beside them are
    ignored.

    Args:
        generator: Keras model from latents (batch, latent_size) to images in [-1, 1].
        critic: Keras model from images to a score, or to a dictionary with the fields of `CriticOutput`.
        loss: adversarial loss; `NonSaturating()` unless given.
        critic_terms: terms added to the critic's loss.
        generator_terms: terms added to the generator's loss.
        generator_optimizer: Keras optimizer; DCGAN's Adam(2e-4, beta_1=0.5) unless given.
        critic_optimizer: likewise.
        critic_updates: updates of the critic for each of the generator.
        joint_batches: whether the critic judges real and generated images as one batch, which is faster. Unless given:
            yes, but not where its BatchNormalization would mix them.
        reuse_fakes: whether the generator learns from the fake batch of the last critic update instead of a new one.
        ema_decay: decay of the exponential moving average of the generator's weights, `ema_generator`; it starts lower
            and rises to this. None keeps none.
        seed: of all random numbers drawn in training.
        jit_compile: compile the train step with XLA.

    Raises:
        UserError: for shapes that do not fit, or terms that cannot work with this critic.

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
        generator_optimizer: keras.optimizers.Optimizer | None = None,
        critic_optimizer: keras.optimizers.Optimizer | None = None,
        critic_updates: int = 1,
        joint_batches: bool | None = None,
        reuse_fakes: bool = False,
        ema_decay: float | None = 0.999,
        seed: int = 0,
        jit_compile: bool = False,
    ):
        super().__init__()
        if generator.output_shape[1:] != critic.input_shape[1:]:
            raise UserError(
                f"the generator makes images of shape {generator.output_shape[1:]}, the critic judges images of shape "
                f"{critic.input_shape[1:]}: give both the same (height, width, channels)"
            )
        if critic_updates < 1:
            raise UserError(f"critic_updates must be at least 1; got {critic_updates}")
        if ema_decay is not None and not 0 < ema_decay < 1:
            raise UserError(f"ema_decay must lie between 0 and 1, or be none; got {ema_decay}")
        mixes_images = any(isinstance(layer, keras.layers.BatchNormalization) for layer in all_layers(critic))
        for term in [*critic_terms, *generator_terms]:
            if mixes_images:
                term_needs_unmixed_images(term)
        self.generator = generator
        self.critic = critic
        self.adversarial_loss = loss or NonSaturating()
        self.critic_terms = name_terms(critic_terms)
        self.generator_terms = name_terms(generator_terms, taken=self.critic_terms)
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
        self.seed = seed
        self.latent_size = generator.input_shape[-1]
        self.strategy = tf.distribute.get_strategy()
        # Before the first step, since variables may not be made inside one.
        self.generator_optimizer.build(generator.trainable_variables)
        self.critic_optimizer.build(critic.trainable_variables)
        self.step = tf.Variable(0, trainable=False, dtype=tf.int64, name="step")
        self.train_means = RunningMeans([*SCORE_LOGS, *self.critic_terms, *self.generator_terms])
        self.test_means = RunningMeans(SCORE_LOGS)
        self._step_function = tf.function(self._distributed_step, jit_compile=jit_compile)
        self.built = True
        # Keras wants to be told of one optimizer; the steps use both.
        self.compile(self.generator_optimizer)

    def judge(self, images: tf.Tensor, training: bool) -> CriticOutput:
        """What the critic says of `images`, float32 [-1, 1] (batch, height, width, channels)."""
        return CriticOutput.of(self.critic(images, training=training))

    def generate(self, draws: Draws, batch_size: int | tf.Tensor, training: bool) -> tf.Tensor:
        """Float32 [-1, 1] images (batch_size, height, width, channels) from new latents, standard normal."""
        latents = draws.normal([batch_size, self.latent_size], "latents")
        return tf.cast(self.generator(latents, training=training), tf.float32)

    def train_step(self, batch) -> dict[str, tf.Tensor]:
        """One replica's part of a step: `critic_updates` updates of the critic, one of the generator."""
        batches = self._split(images_of(batch))
        fresh = batches[:-1] if self.reuse_fakes else batches
        size = batch_size(batches[0])
        for index, real in enumerate(fresh):
            draws = Draws(self.seed, self.step, f"critic_{index}")
            logs = self._critic_update(real, self.generate(draws, size, training=True), draws)
        draws = Draws(self.seed, self.step, "generator")
        with tf.GradientTape() as tape:
            fake = self.generate(draws, size, training=True)
            if self.reuse_fakes:
                with tape.stop_recording():
                    logs = self._critic_update(batches[-1], fake, draws)
            pair = Pair(self, batches[-1], fake, draws)
            loss = self.adversarial_loss.generator(pair.fake_output.score)
            terms = {name: term(self, pair) for name, term in self.generator_terms.items()}
            total = self._total(loss, terms, self.generator_terms)
        self._apply(self.generator_optimizer, tape, total, self.generator)
        return {**logs, "generator_loss": loss, **terms}

    def _critic_update(self, real: tf.Tensor, fake: tf.Tensor, draws: Draws) -> dict[str, tf.Tensor]:
        with tf.GradientTape() as tape:
            outputs = None
            if self.joint_batches:
                outputs = self.judge(tf.concat([real, fake], axis=0), training=True).split()
            pair = Pair(self, real, fake, draws, outputs)
            real_score, fake_score = pair.real_output.score, pair.fake_output.score
            loss = self.adversarial_loss.critic(real_score, fake_score)
            terms = {name: term(self, pair) for name, term in self.critic_terms.items()}
            total = self._total(loss, terms, self.critic_terms)
        self._apply(self.critic_optimizer, tape, total, self.critic)
        return {"critic_loss": loss, **self._score_logs(real_score, fake_score), **terms}

    def test_step(self, batch) -> dict[str, tf.Tensor]:
        """One replica's validation: losses and accuracies, without terms, of the players as they stand."""
        real = images_of(batch)
        draws = Draws(self.seed, self.test_means.count, "validation")
        fake = self.generate(draws, batch_size(real), training=False)
        real_score = self.judge(real, training=False).score
        fake_score = self.judge(fake, training=False).score
        return {
            "critic_loss": self.adversarial_loss.critic(real_score, fake_score),
            "generator_loss": self.adversarial_loss.generator(fake_score),
            **self._score_logs(real_score, fake_score),
        }

    def _test_sums(self, batch) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        """A replica's validation figures times the number of its images, and that number.

        The last batch may leave a replica fewer images than the others, or none: it gets a black one that counts
        nothing, since convolutions refuse an empty batch.
        """
        images = images_of(batch)
        count = tf.shape(images)[0]
        missing = tf.cast(count == 0, tf.int32)
        logs = self.test_step(tf.pad(images, [[0, missing], [0, 0], [0, 0], [0, 0]]))
        count = tf.cast(count, tf.float32)
        return {name: value * count for name, value in logs.items()}, count

    def _score_logs(self, real_score: tf.Tensor, fake_score: tf.Tensor) -> dict[str, tf.Tensor]:
        threshold = self.adversarial_loss.threshold(real_score, fake_score)
        real_accuracy = tf.reduce_mean(tf.cast(real_score > threshold, tf.float32))
        fake_accuracy = tf.reduce_mean(tf.cast(fake_score < threshold, tf.float32))
        return {
            "critic_accuracy": (real_accuracy + fake_accuracy) / 2,
            "critic_accuracy_real": real_accuracy,
            "critic_accuracy_fake": fake_accuracy,
            "score_real": tf.reduce_mean(real_score),
            "score_fake": tf.reduce_mean(fake_score),
        }

    def _total(self, loss: tf.Tensor, values: dict[str, tf.Tensor], terms: dict[str, Term]) -> tf.Tensor:
        total = tf.add_n([loss, *(terms[name].weight * value for name, value in values.items())])
        # Optimizers add up the replicas' gradients.
        return total / self.strategy.num_replicas_in_sync

    def _apply(self, optimizer, tape: tf.GradientTape, total: tf.Tensor, player: keras.Model) -> None:
        variables = player.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(total, variables), variables, strict=True))

    def _split(self, images: tf.Tensor) -> list[tf.Tensor]:
        size = batch_size(images) // self.critic_updates
        if isinstance(size, int) and size == 0:
            raise UserError(
                f"a batch of {images.shape[0]} images cannot be divided among {self.critic_updates} critic updates: "
                "batch the data with drop_remainder=True"
            )
        return [images[index * size : (index + 1) * size] for index in range(self.critic_updates)]

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
            self.strategy.extended.update(
                average,
                lambda average, weight, rate: average.assign_add(rate * (weight - average)),
                args=(weight, rate),
            )

    def _reduced(self, logs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return {name: self.strategy.reduce("MEAN", value, axis=None) for name, value in logs.items()}

    def make_train_function(self, force: bool = False):
        """One call: a step over all replicas. Returns the means since the epoch's start, reduced over replicas."""
        if self.train_function is None or force:

            def train_function(iterator):
                return self.train_means.update(self._step_function(next(iterator)))

            self.train_function = train_function if self.run_eagerly else tf.function(train_function)
        return self.train_function

    def _maybe_symbolic_build(self, *args, **kwargs) -> None:
        # Keras 3 averages a batch over the replicas to build what is not built, which fails for images with labels and
        # several workers. Here all is built.
        pass

    def make_test_function(self, force: bool = False):
        """One call: a validation batch over all replicas. Returns the means since the validation's start."""
        if self.test_function is None or force:

            def test_function(iterator):
                sums, counts = self.strategy.run(self._test_sums, args=(next(iterator),))
                count = self.strategy.reduce("SUM", counts, axis=None)
                means = {name: self.strategy.reduce("SUM", value, axis=None) / count for name, value in sums.items()}
                return self.test_means.update(means, count)

            self.test_function = test_function if self.run_eagerly else tf.function(test_function)
        return self.test_function

    def reset_metrics(self) -> None:
        """Keras calls this where an epoch and where a validation starts."""
        self.train_means.reset()
        self.test_means.reset()

    def checkpoint(self) -> tf.train.Checkpoint:
        """Everything that a resumed training needs to go on bit for bit."""
        return tf.train.Checkpoint(
            step=self.step,
            generator=self.generator,
            critic=self.critic,
            ema_generator=self.ema_generator,
            generator_optimizer=self.generator_optimizer,
            critic_optimizer=self.critic_optimizer,
            terms=[*self.critic_terms.values(), *self.generator_terms.values()],
            means=self.train_means,
        )


SCORE_LOGS = (
    "critic_loss",
    "generator_loss",
    "critic_accuracy",
    "critic_accuracy_real",
    "critic_accuracy_fake",
    "score_real",
    "score_fake",
)


class RunningMeans(tf.Module):
    """Means of named scalars since the last reset, in the order of `names`."""

    def __init__(self, names: Sequence[str]):
        super().__init__()
        self.names = tuple(names)
        self.sums = tf.Variable(tf.zeros(len(self.names)), trainable=False)
        self.weight = tf.Variable(0.0, trainable=False)
        self.count = tf.Variable(0, trainable=False, dtype=tf.int64)

    def update(self, values: dict[str, tf.Tensor], weight: float | tf.Tensor = 1.0) -> dict[str, tf.Tensor]:
        """Adds one float32 scalar a name, which counts `weight` times; returns the means."""
        self.count.assign_add(1)
        sums = self.sums.assign_add(weight * tf.stack([values[name] for name in self.names]))
        means = tf.unstack(sums / self.weight.assign_add(weight))
        return dict(zip(self.names, means, strict=True))

    def reset(self) -> None:
        """Forgets everything."""
        self.sums.assign(tf.zeros_like(self.sums))
        self.weight.assign(0.0)
        self.count.assign(0)


def images_of(batch: tf.Tensor | tuple) -> tf.Tensor:
    """Float32 [-1, 1] images of a batch: images alone or (images, labels), uint8 [0, 255] or float [-1, 1] already."""
    images = batch[0] if isinstance(batch, tuple | list) else batch
    if images.dtype == tf.uint8:
        return tf.cast(images, tf.float32) / 127.5 - 1.0
    if not images.dtype.is_floating:
        raise UserError(f"images must be uint8 [0, 255] or float [-1, 1]; got {images.dtype.name}")
    return tf.cast(images, tf.float32)


def batch_size(images: tf.Tensor) -> int | tf.Tensor:
    """Of the images: a number where it is known before the step runs."""
    return images.shape[0] if images.shape[0] is not None else tf.shape(images)[0]


def name_terms(terms: Sequence[Term], taken: Sequence[str] = ()) -> dict[str, Term]:
    """Terms by the name their values are logged under; the second of a name gets a number."""
    named: dict[str, Term] = {}
    for term in terms:
        name, number = term.name, 2
        while name in named or name in taken:
            name, number = f"{term.name}_{number}", number + 1
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


def tf_variable(variable) -> tf.Variable:
    """The TensorFlow variable that Keras 3 wraps and Keras 2 hands out as it is."""
    return variable if isinstance(variable, tf.Variable) else variable.value
