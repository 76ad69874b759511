import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import UserError
from tfgan_course.gan import all_layers
from tfgan_course.models import DCGANCritic, DCGANGenerator, SimpleCritic, SimpleGenerator


@pytest.mark.parametrize("size", [28, 32, 45, 64, 100, 128])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("generator", "critic"),
    [(DCGANGenerator(width=4), DCGANCritic(width=4)), (SimpleGenerator(width=4), SimpleCritic(width=4))],
)
def test_makes_and_judges_images_of_any_size(size, channels, generator, critic):
    shape = (size, size, channels)
    made = generator.build(shape, 7)
    images = made(tf.random.stateless_normal((2, 7), seed=(0, 0)))
    assert images.shape == (2, *shape)
    assert np.abs(images).max() <= 1
    output = critic.build(shape)(images)
    assert output["score"].shape == (2, 1)
    assert output["features"]


def test_dcgan_has_the_parameters_its_table_implies():
    # 64x64 RGB, width 64, as in the tutorial everybody knows: 4x4 kernels, no bias beside BatchNorm.
    generator = DCGANGenerator(width=64).build((64, 64, 3), 100)
    widths = [512, 256, 128, 64]
    kernels = 100 * 16 * 512 + sum(16 * a * b for a, b in zip(widths, [256, 128, 64, 3], strict=True)) + 3
    assert generator.count_params() == kernels + sum(4 * width for width in widths)
    critic = DCGANCritic(width=64).build((64, 64, 3))
    kernels = sum(16 * a * b for a, b in zip([3, 64, 128, 256], [64, 128, 256, 512], strict=True)) + 64
    assert critic.count_params() == kernels + sum(4 * width for width in (128, 256, 512)) + 16 * 512 + 1


def test_weights_begin_as_dcgans():
    critic = DCGANCritic(width=64).build((64, 64, 3))
    kernels = [weight.numpy() for weight in critic.trainable_variables if weight.shape.rank == 4]
    for kernel in kernels:
        assert abs(kernel.std() - 0.02) < 5 * 0.02 / np.sqrt(2 * kernel.size)
        assert abs(kernel.mean()) < 5 * 0.02 / np.sqrt(kernel.size)
    # Two layers of one shape do not begin alike.
    twins = DCGANCritic(width=64, normalization="none").build((28, 28, 1)), DCGANCritic(width=64).build((28, 28, 1))
    assert not np.isclose(twins[0].get_weights()[0], twins[1].get_weights()[0]).all()


@pytest.mark.parametrize(
    ("normalization", "mixes"),
    [
        ("batch", True),
        ("spectral+batch", True),
        ("layer", False),
        ("instance", False),
        ("spectral", False),
        ("none", False),
    ],
)
@pytest.mark.filterwarnings("ignore:BatchNormalization beside")
def test_normalization_mixes_images_only_where_it_says_so(normalization, mixes):
    architecture = DCGANCritic(width=4, normalization=normalization)
    critic = architecture.build((28, 28, 1))
    images = tf.random.stateless_uniform((6, 28, 28, 1), seed=(0, 0))
    for _ in range(100):  # until the power iteration of the spectral norm stands still
        critic(images, training=True)
    alone = critic(images[:3], training=True)["score"]
    among_others = critic(images, training=True)["score"][:3]
    assert architecture.mixes_images == mixes
    assert np.allclose(alone, among_others, atol=1e-4) != mixes


def test_layer_and_instance_normalization_normalize_over_the_axes_they_should():
    x = np.random.default_rng(0).normal(3, 2, (2, 5, 5, 4)).astype(np.float32)
    for normalization, axes in (("layer", (1, 2, 3)), ("instance", (1, 2))):
        y = np.array(DCGANCritic(normalization=normalization).normalize(x))
        np.testing.assert_allclose(y.mean(axes), 0, atol=1e-5)
        np.testing.assert_allclose(y.std(axes), 1, atol=1e-4)


def test_spectral_wraps_every_layer_with_weights_and_adds_no_normalization():
    critic = DCGANCritic(width=4, normalization="spectral").build((28, 28, 1))
    names = [type(layer).__name__ for layer in critic.layers if layer.weights]
    assert names
    assert set(names) == {"SpectralNormalization"}


def test_batch_normalization_beside_spectral_is_built_with_a_notice():
    with pytest.warns(UserWarning, match="no longer Lipschitz"):
        critic = DCGANCritic(width=4, normalization="spectral+batch").build((28, 28, 1))
    assert any(isinstance(layer, keras.layers.BatchNormalization) for layer in all_layers(critic))


@pytest.mark.parametrize("normalization", ["batch", "layer", "instance", "none"])
def test_weight_clip_reaches_every_trainable_weight(normalization):
    critic = DCGANCritic(width=4, normalization=normalization, weight_clip=0.01).build((28, 28, 1))
    constrained = [
        getattr(layer, f"{name}_constraint")
        for layer in critic.layers
        for name in ("kernel", "bias", "gamma", "beta")
        if getattr(layer, name, None) is not None
    ]
    assert len(constrained) == len(critic.trainable_variables)
    assert all(constraint.limit == 0.01 for constraint in constrained)


def test_width_and_depth_are_options():
    deep = SimpleGenerator(width=8, depth=5).build((28, 28, 1), 4)
    assert sum(isinstance(layer, keras.layers.Dense) for layer in deep.layers) == 6
    shallow = DCGANCritic(width=8, depth=1).build((28, 28, 1))
    assert list(shallow.output["features"]) == ["conv1"]
    assert DCGANGenerator(width=8, depth=1).build((28, 28, 1), 4).output_shape == (None, 28, 28, 1)


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: DCGANCritic(depth=4).build((28, 28, 1)),
        lambda: DCGANGenerator(width=0),
        lambda: SimpleCritic(normalization="instance"),
        lambda: DCGANCritic(weight_clip=-1.0),
    ],
)
def test_refuses_what_cannot_be_built(mistake):
    with pytest.raises(UserError, match=r"depth|width|instance|weight_clip"):
        mistake()
