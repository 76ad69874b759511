import tensorflow as tf

from tfgan_course.errors import require
from tfgan_course.models.style_space import StyleSpace
from tfgan_course.objectives.pair import Game, Pair
from tfgan_course.objectives.terms.term import Term
from tfgan_course.randomness import drawn_by_layers
from tfgan_course.replicas import mean_over_replicas, replica_variable
from tfgan_course.schedules import Number


class PathLength(Term):
    """Makes a step in w change the image by the same amount everywhere (a term of a generator with a mapping network).

    Karras et al. 2020 (StyleGAN2), arXiv:1912.04958, section 3.2 and appendix B: E[(||J_w^T y||_2 - a)^2]. y is normal
    noise in the image's shape, divided by the square root of the number of pixels. The norm is over the w of all
    layers, with a mean over layers as in the authors' code. a is the moving average of the norms of earlier steps.

    Args:
        weight: factor of the term; the authors use 2.
        decay: share of each batch's mean norm in the moving average, above 0 and at most 1.
        share: divisor of the batch size: batch / share images are used, to save time and memory; the authors use 2.
    """

    only_for = "generator"

    def __init__(self, weight: Number = 2.0, decay: float = 0.01, share: int = 2):
        super().__init__(weight)
        right = 0 < decay <= 1 and share >= 1
        expected = "for PathLength a decay above 0 and at most 1, and a share of at least 1"
        require(right, expected, f"decay {decay}, share {share}", "Leave both out for the authors' numbers")
        self.decay, self.share = decay, share

    def setup(self, gan: Game, player: str) -> None:
        super().setup(gan, player)
        self._space = StyleSpace.of(gan.generator)
        expected, remedy = "for PathLength a generator with a mapping network", "Give the generator a MappingNetwork"
        require(self._space is not None, expected, "a generator without one", remedy)
        self.average, self.next_average = replica_variable(0.0), replica_variable(0.0)

    def __call__(self, pair: Pair) -> tf.Tensor:
        lengths = self.lengths(pair)
        average = tf.convert_to_tensor(self.average)
        moved = average + self.decay * (tf.reduce_mean(tf.stop_gradient(lengths)) - average)
        # Replicas synchronize in `after_update`, because they must not synchronize in a branch that only some steps
        # take, as in `Lazy`.
        self.next_average.assign(moved)
        return tf.reduce_mean(tf.square(lengths - average))

    def lengths(self, pair: Pair) -> tf.Tensor:
        """Return ||J_w^T y|| of each image used, float32 (batch // share,)."""
        latents = pair.fake.latents[: tf.maximum(1, tf.shape(pair.fake.latents)[0] // self.share)]
        count = tf.shape(latents)[0]
        labels = None if pair.fake.labels is None else pair.fake.labels[:count]
        # The mapping is not in training mode, because the average of w already includes this batch.
        styles = self._space.repeated(self._space.w_of(latents, labels))
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(styles)
            with drawn_by_layers(pair.draws.part()):
                images = tf.cast(self._space.synthesis(styles, training=True), tf.float32)
            height, width, colors = images.shape[1:]
            noise = pair.draws.normal([count, height, width, colors], "path_length") / (height * width) ** 0.5
            projected = tf.reduce_sum(images * noise)
        gradient = tf.cast(tape.gradient(projected, styles), tf.float32)
        squares = tf.reduce_mean(tf.reduce_sum(tf.square(gradient), axis=2), axis=1)
        return tf.sqrt(squares + 1e-12)  # the gradient of a square root is infinite at 0

    def after_update(self, gan: Game, gradients: list[tf.Tensor]) -> None:
        average = mean_over_replicas(tf.convert_to_tensor(self.next_average))
        for variable in (self.average, self.next_average):
            variable.assign(average)
