import math
from collections.abc import Sequence

import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import require
from tfgan_course.layers import features_of
from tfgan_course.models.critic_layers import initializer
from tfgan_course.models.inputs import feed, input_shape
from tfgan_course.objectives.pair import Game, Pair
from tfgan_course.objectives.terms.condition import require_condition
from tfgan_course.objectives.terms.term import Term
from tfgan_course.randomness import Draws, drawn_by_layers
from tfgan_course.schedules import Number

CUT_LAYERS = ("image", "down1", "down2", "block1", "block5")


class PatchNCE(Term):
    """Keeps the content of the condition: a patch must resemble the patch at its own place (a generator's term).

    Park et al. 2020 (CUT), arXiv:2007.15651, eq. 3. At `patches` random places of a feature of the generator, a head
    (dense, ReLU, dense) and a division by the norm turn the activations for the generated image into vectors q, and
    those for the condition into vectors k. The loss is the cross-entropy of choosing the k of the own place for each q
    among all k of the image, with logits q k / `temperature`. It is the mean over places, images and layers. No
    gradient passes through k. The generator's optimizer trains the heads.

    Args:
        weight: factor of the term; 1 for CUT, 10 for FastCUT.
        layers: the generator's features that are compared. Default: image, down1, down2, block1 and block5, the paper's
            layers of `CUTGenerator`.
        patches: number of places; all places of a layer that has fewer.
        temperature: divisor of the logits, above 0.
        size: units of both layers of the heads.
        identity: also compare a real image with what the generator makes of it, and return the mean of both (the
            paper's eq. 4): an image that has the style already should not change. FastCUT does without.
    """

    only_for = "generator"

    def __init__(
        self,
        weight: Number = 1.0,
        layers: list[str] | None = None,
        patches: int = 256,
        temperature: float = 0.07,
        size: int = 256,
        identity: bool = True,
    ):
        super().__init__(weight)
        right = patches >= 2 and size >= 1 and 0 < temperature < math.inf
        expected = "for PatchNCE at least 2 patches, a size of at least 1 and a temperature above 0"
        received = f"patches {patches}, size {size}, temperature {temperature}"
        require(right, expected, received, "Leave them out for the paper's numbers")
        self.layers, self.patches, self.temperature = layers, patches, temperature
        self.size, self.identity = size, identity

    def setup(self, gan: Game, player: str) -> None:
        super().setup(gan, player)
        require_condition(self, gan)
        same = input_shape(gan.generator, "condition") == gan.generator.output_shape[1:]
        expected = f"for PatchNCE a condition of the images' shape, {gan.generator.output_shape[1:]}"
        remedy = "Choose a condition of that size and with as many colors"
        require(same, expected, input_shape(gan.generator, "condition"), remedy)
        features = features_of(gan.generator)
        chosen = _chosen_layers(self.layers, [*features])
        # A function, since a model in an attribute would be saved as a part of the term.
        encoder = keras.Model(gan.generator.input, {name: features[name] for name in chosen})
        self._encode = lambda inputs: encoder(inputs, training=True)
        self._heads = {name: _head(features[name].shape[-1], self.size) for name in chosen}

    @property
    def trained(self) -> list[tf.Variable]:
        return [variable for head in self._heads.values() for variable in head]

    def __call__(self, pair: Pair) -> tf.Tensor:
        conditions, images = [pair.fake.condition], [pair.fake.images]
        if self.identity:
            given = {"labels": pair.fake.labels, "condition": pair.real.images}
            same = pair.gan.generate(pair.draws.part(), tf.shape(pair.real.images)[0], training=True, **given)
            conditions, images = [*conditions, pair.real.images], [*images, same.images]
        keys, queries = self._features(conditions, pair), self._features(images, pair)
        batch, losses = tf.shape(pair.fake.images)[0], []
        for name in self._heads:
            # Separately for both halves, so that each image gets the same places with any number of replicas.
            places = tf.concat(
                [random_places(keys[name], pair.draws.part(), batch, self.patches) for _ in images], axis=0
            )
            k, q = (self.vectors(maps[name], places, name) for maps in (keys, queries))
            losses.append(info_nce(q, tf.stop_gradient(k), self.temperature))
        return tf.add_n(losses) / len(losses)

    def _features(self, images: list[tf.Tensor], pair: Pair) -> dict[str, tf.Tensor]:
        """Return the generator's activations for batches of images, joined: two passes would take longer."""
        labels = None if pair.fake.labels is None else tf.tile(pair.fake.labels, [len(images)])
        with drawn_by_layers(pair.draws.part()):
            return self._encode(feed(pair.gan.generator, condition=tf.concat(images, axis=0), labels=labels))

    def vectors(self, maps: tf.Tensor, places: tf.Tensor, name: str) -> tf.Tensor:
        """Return the unit vectors, float32 (batch, places, size), of maps at places, int32 (batch, places)."""
        first, first_bias, second, second_bias = self._heads[name]
        x = tf.gather(as_rows(maps), places, batch_dims=1)
        x = tf.nn.relu(tf.matmul(x, first) + first_bias)
        x = tf.matmul(x, second) + second_bias
        return x / (tf.sqrt(tf.reduce_sum(tf.square(x), axis=-1, keepdims=True) + 1e-14) + 1e-7)


def info_nce(queries: tf.Tensor, keys: tf.Tensor, temperature: float) -> tf.Tensor:
    """Return the mean cross-entropy of choosing key i for query i among an image's keys; both (batch, n, size)."""
    logits = tf.matmul(queries, keys, transpose_b=True) / temperature
    own = tf.linalg.diag_part(logits)
    return tf.reduce_mean(tf.reduce_logsumexp(logits, axis=-1) - own)


def random_places(maps: tf.Tensor, draws: Draws, batch: int | tf.Tensor, count: int) -> tf.Tensor:
    """Return `count` different places of maps, or all, for each of `batch` images: int32 (batch, count) row indices."""
    places = maps.shape[1] * maps.shape[2]
    # The places of the largest of so many random numbers are a random choice without repetition.
    return tf.math.top_k(draws.uniform([batch, places], "places"), min(count, places)).indices


def as_rows(maps: tf.Tensor) -> tf.Tensor:
    """Return maps (batch, height, width, channels) as float32 (batch, height x width, channels)."""
    return tf.cast(tf.reshape(maps, [-1, maps.shape[1] * maps.shape[2], maps.shape[3]]), tf.float32)


def _head(channels: int, size: int) -> list[tf.Variable]:
    """Return two kernels, N(0, 0.02) as in the authors' code, each followed by its bias."""
    return [
        tf.Variable(start, dtype=tf.float32)
        for inputs in (channels, size)
        for start in (initializer()((inputs, size)), tf.zeros([size]))
    ]


def _chosen_layers(asked: Sequence[str] | None, known: Sequence[str]) -> Sequence[str]:
    names = CUT_LAYERS if asked is None else asked
    right = not isinstance(names, str) and bool(names) and set(names) <= set(known)
    expected = f"for PatchNCE's layers features of the generator: {', '.join(known) or 'it has none'}"
    remedy = "Write layers: [down1, down2], for example, or use CUTGenerator with 5 blocks or more"
    require(right, expected, repr(names) if isinstance(names, str) else ", ".join(map(str, names)), remedy)
    return names
