import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course import GAN
from tfgan_course.errors import UserError
from tfgan_course.models import (
    DCGANGenerator,
    MappingNetwork,
    MinibatchStandardDeviation,
    StyleGAN2Critic,
    StyleGAN2Generator,
    StyleGANGenerator,
    StyleGANMapping,
    StyleSpace,
)
from tfgan_course.models.conditioning import ConcatenatedEmbedding, Projection
from tfgan_course.objectives.terms import R1, Lazy, PathLength

SHAPE = (16, 16, 1)
MAPPING = StyleGANMapping(2, 6)
GENERATORS = {
    "stylegan": (StyleGANGenerator(4, 6, mapping=MAPPING, style_mixing=0.9), 6),
    "stylegan2": (StyleGAN2Generator(4, 6, mapping=MAPPING, style_mixing=0.9), 6),
    "adain": (DCGANGenerator(2, style="adain", mapping=MappingNetwork(2, 6), style_mixing=0.5), 3),
    "demodulation": (DCGANGenerator(2, style="demodulation", mapping=MappingNetwork(2, 6)), 3),
}


def latents(count: int = 3) -> tf.Tensor:
    return tf.random.stateless_normal((count, 5), (0, 0))


@pytest.fixture(scope="module")
def generators() -> dict[str, keras.Model]:
    """With weights at random, noise and biases included."""
    built = {name: architecture.build(SHAPE, 5) for name, (architecture, _) in GENERATORS.items()}
    rng = np.random.default_rng(0)
    for generator in built.values():
        generator.set_weights([weight + 0.3 * rng.normal(size=weight.shape) for weight in generator.get_weights()])
    return built


@pytest.mark.parametrize("name", GENERATORS)
def test_every_layers_style_reaches_the_image_and_only_its_own(generators, name):
    generator = generators[name]
    space = StyleSpace.of(generator)
    assert space.layers == GENERATORS[name][1]
    images = generator(latents()).numpy()
    assert images.shape == (3, *SHAPE)
    np.testing.assert_allclose(space.synthesis(space.repeated(space.mapping(latents()))), images, atol=1e-5)
    np.testing.assert_allclose(generator(latents()[1:2])[0], images[1], atol=1e-5)  # noise is no matter of places
    styles = tf.random.stateless_normal((2, space.layers, 6), (1, 0))
    with tf.GradientTape() as tape:
        tape.watch(styles)
        first = tf.reduce_sum(space.synthesis(styles)[0] ** 2)
    reach = np.abs(tape.gradient(first, styles)).max(-1)
    assert reach[0].min() > 0
    assert reach[1].max() == 0


@pytest.mark.parametrize("name", GENERATORS)
def test_a_clone_is_the_same_network(generators, name):
    clone = keras.models.clone_model(generators[name])
    clone.set_weights(generators[name].get_weights())
    np.testing.assert_allclose(clone(latents()), generators[name](latents()), atol=1e-6)


def test_coarse_styles_change_more_than_fine_ones_of_a_new_network():
    space = StyleSpace.of(StyleGAN2Generator(8, 32, mapping=StyleGANMapping(2, 16)).build((32, 32, 3), 5))
    styles = np.random.default_rng(0).normal(size=(64, 8, 16)).astype(np.float32)
    images = space.synthesis(styles).numpy()
    assert 0.1 < images.std() < 10  # neither gray nor clipped

    def change(layer: int) -> float:
        other = styles.copy()
        other[:, layer] = np.roll(styles[:, layer], 1, axis=0)
        return float(np.abs(space.synthesis(other) - images).mean())

    assert change(0) > 0
    assert change(7) > 0


@pytest.mark.parametrize("residual", [True, False])
def test_the_critic_keeps_the_scale_of_activations_and_all_kernels_get_a_penaltys_gradient(residual):
    critic = StyleGAN2Critic(width=16, residual=residual, batch_statistics=MinibatchStandardDeviation()).build(
        (32, 32, 3)
    )
    # Of one color each: the filter leaves them alone, as it does smooth parts of real images, where it thins out noise.
    images = tf.tile(tf.random.stateless_normal((8, 1, 1, 3), (0, 0)), [1, 32, 32, 1])
    with tf.GradientTape() as tape:
        with tf.GradientTape() as inner:
            inner.watch(images)
            output = critic(images, training=True)
        penalty = tf.reduce_mean(inner.gradient(output["score"], images) ** 2)
    for name in ("colors", "block1", "block3"):  # the mean square behind LeakyReLU; less at edges
        assert 0.1 < np.mean(output["features"][name].numpy() ** 2) < 3
    for variable, gradient in zip(
        critic.trainable_variables, tape.gradient(penalty, critic.trainable_variables), strict=True
    ):
        if variable.shape.rank == 4:
            assert np.abs(gradient).max() > 0


@pytest.mark.parametrize("name", ["stylegan", "stylegan2"])
def test_trains_with_classes_mixing_and_lazy_terms(name):
    architecture, _ = GENERATORS[name]
    gan = GAN(
        architecture.build(SHAPE, 5, ConcatenatedEmbedding(3), tiny.CLASSES),
        StyleGAN2Critic(width=4, widest=6, batch_statistics=MinibatchStandardDeviation(), residual=name != "stylegan")
        .build(SHAPE, Projection(), tiny.CLASSES),
        critic_terms=[Lazy(R1(), 16)],
        generator_terms=[Lazy(PathLength(), 4)] if name == "stylegan2" else [],
        classes=tiny.CLASSES,
    )  # fmt: skip
    before = tiny.weights(gan.generator)
    batch = tf.constant(tiny.images(8, 16)), tf.constant(tiny.labels(8))
    for _ in range(2):
        logs = gan.train_step(batch)
    assert all(np.isfinite(value) for value in logs.values())
    moved = [not np.array_equal(*pair) for pair in zip(before, tiny.weights(gan.generator), strict=True)]
    constants = [weight.name.rpartition("/")[2].startswith("constant") for weight in gan.generator.weights]
    assert [not constant for constant in constants] == moved


@pytest.mark.parametrize(
    ("mistake", "expected", "remedy"),
    [
        (lambda: StyleGAN2Generator().build((28, 28, 1), 5), "StyleGAN2Generator", "data.size to 32"),
        (lambda: StyleGANGenerator().build((28, 28, 1), 5), "StyleGANGenerator", "data.size to 32"),
        (lambda: StyleGAN2Critic().build((28, 28, 1)), "StyleGAN2Critic", "data.size to 32"),
        (lambda: DCGANGenerator(style="adain"), "adain", "mapping: MappingNetwork"),
        (lambda: StyleGANMapping(learning_rate=0.0), "learning_rate above 0", "learning_rate"),
    ],
)
def test_refuses_what_cannot_be_built(mistake, expected, remedy):
    with pytest.raises(UserError) as error:
        mistake()
    assert expected in error.value.expected
    assert remedy in error.value.remedy


def test_spectral_normalization_takes_the_place_of_equalized_learning_rates():
    critic = StyleGAN2Critic("spectral", width=4).build((8, 8, 1), Projection(), 3)
    names = {type(layer).__name__ for layer in critic.layers if layer.weights}
    assert names == {"SpectralNormalization"}
