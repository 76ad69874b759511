import tensorflow as tf

from tfgan_course.errors import UserError
from tfgan_course.models.style_space import StyleSpace
from tfgan_course.objectives.pair import Game, Pair
from tfgan_course.objectives.terms.term import Term
from tfgan_course.randomness import drawn_by_layers
from tfgan_course.replicas import mean_over_replicas, replica_variable


class PathLength(Term):
    """A step in w should change the image by the same amount everywhere (a term of a generator with a mapping network).

    Karras et al. 2020 (StyleGAN2), arXiv:1912.04958, section 3.2 and appendix B: E[(||J_w^T y||_2 - a)^2], y ~ N(0, 1)
    for every number of the image, over the root of its pixels. The norm is that over all layers' w, a mean over layers
    as in the authors' code; a is the moving average of the norms, that of the steps before.

    Args:
        weight: the authors' is 2.
        decay: how far a moves towards each batch's mean norm.
        share: one image of so many in the batch is used, for the time and the memory; the authors' is 2.
    """

    only_for = "generator"

    def __init__(self, weight: float = 2.0, decay: float = 0.01, share: int = 2):
        super().__init__(weight)
        if not 0 < decay <= 1 or share < 1:
            raise UserError(f"PathLength needs decay above 0 and at most 1, share of 1 or more; got {decay}, {share}")
        self.decay, self.share = decay, share

    def setup(self, gan: Game, player: str) -> None:
        """Refuses the critic, and generators without a w."""
        super().setup(gan, player)
        self._space = StyleSpace.of(gan.generator)
        if self._space is None:
            raise UserError(
                "PathLength needs a generator with a w: write --generator.mapping MappingNetwork, for example"
            )
        self.average, self.next_average = replica_variable(0.0), replica_variable(0.0)

    def __call__(self, pair: Pair) -> tf.Tensor:
        """Return the term, a float32 scalar."""
        lengths = self.lengths(pair)
        average = tf.convert_to_tensor(self.average)
        moved = average + self.decay * (tf.reduce_mean(tf.stop_gradient(lengths)) - average)
        # The replicas meet in `after_update`: they may not where only some steps come, as inside of `Lazy`.
        self.next_average.assign(moved)
        return tf.reduce_mean(tf.square(lengths - average))

    def lengths(self, pair: Pair) -> tf.Tensor:
        """||J_w^T y|| of each image used, float32 (batch // share,)."""
        latents = pair.fake.latents[: tf.maximum(1, tf.shape(pair.fake.latents)[0] // self.share)]
        count = tf.shape(latents)[0]
        labels = None if pair.fake.labels is None else pair.fake.labels[:count]
        # As in inference, since the average of w has seen this batch.
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
        return tf.sqrt(squares + 1e-12)  # whose gradient is infinite at 0

    def after_update(self, gan: Game, gradients: list[tf.Tensor]) -> None:
        """Moves the average."""
        average = mean_over_replicas(tf.convert_to_tensor(self.next_average))
        for variable in (self.average, self.next_average):
            variable.assign(average)
