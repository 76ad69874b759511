import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests.derivatives import check_second_derivatives
from tfgan_course.errors import UserError
from tfgan_course.gan.checks import all_layers
from tfgan_course.layers import ConditionalBatchNormalization, Dropout
from tfgan_course.models import (
    DCGANCritic,
    DCGANGenerator,
    IE534Critic,
    IE534Generator,
    MinibatchDiscrimination,
    MinibatchStandardDeviation,
    ResNetCritic,
    ResNetGenerator,
    SimpleCritic,
    SimpleGenerator,
)
from tfgan_course.models.conditioning import (
    AuxiliaryClassifier,
    ConcatenatedEmbedding,
    ConcatenatedLabels,
    ConditionalNormalization,
    EmbeddedChannel,
    FirstOneHot,
    Projection,
    SemiSupervised,
)


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
    for _ in range(100 if "spectral" in normalization else 0):  # until the power iteration stands still
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


@pytest.mark.parametrize(
    "architecture",
    [
        *(
            DCGANCritic(width=4, normalization=name, weight_clip=0.01)
            for name in ("batch", "layer", "instance", "none")
        ),
        DCGANCritic(width=4, weight_clip=0.01, batch_statistics=MinibatchDiscrimination(2, 3)),
        IE534Critic(width=4, weight_clip=0.01),
        ResNetCritic(widths=[8, 8], depth=1, normalization="layer", attention=14, weight_clip=0.01),
    ],
)
def test_weight_clip_reaches_every_trainable_weight(architecture):
    critic = architecture.build((28, 28, 1), Projection(), 3)
    constrained = [
        getattr(layer, f"{name}_constraint")
        for layer in critic.layers
        for name in ("kernel", "bias", "gamma", "beta")
        if getattr(layer, name, None) is not None
    ]
    assert len(constrained) == len(critic.trainable_variables)
    assert all(constraint.limit == 0.01 for constraint in constrained)


NORMALIZATIONS_AND_CONDITIONINGS = [
    ("batch", EmbeddedChannel()),
    ("layer", ConcatenatedLabels()),
    ("instance", Projection()),
    ("spectral", SemiSupervised()),
    ("spectral+batch", AuxiliaryClassifier()),
    ("none", Projection()),
]


@pytest.mark.parametrize(("normalization", "conditioning"), NORMALIZATIONS_AND_CONDITIONINGS)
@pytest.mark.parametrize("architecture", [IE534Critic, ResNetCritic])
@pytest.mark.filterwarnings("ignore:BatchNormalization beside")
def test_every_normalization_and_conditioning_fits_the_larger_critics(architecture, normalization, conditioning):
    depth = {"widths": [8, 8], "depth": 2} if architecture is ResNetCritic else {"width": 8}
    critic = architecture(normalization=normalization, **depth).build((32, 32, 1), conditioning, 5)
    images, labels = tf.random.stateless_uniform((2, 32, 32, 1), (0, 0)), tf.constant([1, 4])
    output = critic([images, labels] if conditioning.takes_labels else images, training=True)
    assert output["score"].shape == (2, 1)
    assert np.isfinite(output["score"]).all()
    tells = isinstance(conditioning, (AuxiliaryClassifier, SemiSupervised))
    assert ("class_logits" in output) == tells
    assert not tells or output["class_logits"].shape == (2, 5)


@pytest.mark.parametrize("conditioning", [ConcatenatedEmbedding(), FirstOneHot(), ConditionalNormalization()])
@pytest.mark.parametrize("architecture", [DCGANGenerator(width=4, dropout=0.5), IE534Generator(4), ResNetGenerator(4)])
def test_every_conditioning_reaches_the_images_of_the_generators(architecture, conditioning):
    generator = architecture.build((28, 28, 1), 12, conditioning, 5)
    for layer in generator.layers:
        if isinstance(layer, ConditionalBatchNormalization):  # classes begin equal
            layer.gamma.assign(np.random.default_rng(0).uniform(0.5, 1.5, layer.gamma.shape))
    latents = tf.repeat(tf.random.stateless_normal((1, 12), (0, 0)), 2, axis=0)
    first, second = generator([latents, tf.constant([0, 3])]).numpy()
    assert np.abs(first - second).max() > 1e-6


@pytest.mark.parametrize(
    ("architecture", "policy"),
    [
        (
            DCGANCritic(
                width=4,
                normalization="layer",
                downsampling="average",
                dropout=0.3,
                batch_statistics=MinibatchDiscrimination(2, 3),
            ),
            "mixed_bfloat16",
        ),
        (
            IE534Critic(width=4, dropout=0.3, batch_statistics=MinibatchStandardDeviation()),
            "mixed_bfloat16",
        ),
        (ResNetCritic(widths=[8, 8], depth=2, attention=14), "float32"),
    ],
    ids=["dcgan", "ie534", "resnet"],
)
def test_a_gradient_penalty_reaches_every_kernel(architecture, policy):
    keras.mixed_precision.set_global_policy(policy)
    critic = architecture.build((28, 28, 1))

    images = tf.random.stateless_uniform((4, 28, 28, 1), (0, 0), -1, 1)
    with tf.GradientTape() as tape:
        with tf.GradientTape() as inner:
            inner.watch(images)
            score = critic(images, training=True)["score"]
        slope = tf.reduce_sum(inner.gradient(score, images) ** 2, axis=(1, 2, 3))
        penalty = tf.reduce_mean((tf.sqrt(slope + 1e-12) - 1) ** 2)
    gradients = tape.gradient(penalty, critic.trainable_variables)
    for variable, gradient in zip(critic.trainable_variables, gradients, strict=True):
        if "kernel" in variable.name:
            assert np.isfinite(gradient).all()
            # Attention's convolutions, 1x1, are behind a gamma of 0 at first.
            assert np.abs(gradient).max() > 0 or variable.shape[:2] == (1, 1)


@pytest.mark.parametrize("pooling", [keras.layers.AveragePooling2D, keras.layers.MaxPooling2D])
def test_poolings_have_second_derivatives(pooling):
    check_second_derivatives(pooling(2, padding="same"), (1, 3, 4, 2), step=1e-3)


def test_average_pooling_gives_the_sizes_of_strides_and_sees_the_same_pixels():
    stride, average = (DCGANCritic(width=4, downsampling=how).build((45, 45, 1)) for how in ("stride", "average"))
    shapes = [
        {name: tensor.shape for name, tensor in critic.output["features"].items()} for critic in (stride, average)
    ]
    assert shapes[0] == shapes[1]
    # A 4x4 kernel with the same weights as the 3x3 one, averaged over four places, computes the same.
    images = tf.random.stateless_uniform((2, 32, 32, 1), (0, 0))
    stride, average = (
        DCGANCritic(normalization="none", width=4, depth=1, downsampling=how).build((32, 32, 1))
        for how in ("stride", "average")
    )
    kernel, bias, *head = average.get_weights()
    wide = sum(np.pad(kernel, [(i, 1 - i), (j, 1 - j), (0, 0), (0, 0)]) for i in (0, 1) for j in (0, 1)) / 4
    stride.set_weights([wide, bias, *head])
    np.testing.assert_allclose(stride(images)["score"], average(images)["score"], rtol=1e-4, atol=1e-6)


def test_dropout_stands_behind_each_hidden_activation_and_leaves_inference_alone():
    images = tf.random.stateless_uniform((2, 32, 32, 3), (0, 0))
    for plain, dropping, inputs in (
        (DCGANCritic(width=4), DCGANCritic(width=4, dropout=0.5), images),
        (IE534Critic(width=4), IE534Critic(width=4, dropout=0.5), images),
        (DCGANGenerator(width=4), DCGANGenerator(width=4, dropout=0.5), tf.ones([2, 6])),
    ):
        sizes = [(32, 32, 3)] if inputs is images else [(32, 32, 3), 6]
        plain, dropping = plain.build(*sizes), dropping.build(*sizes)
        assert not any(isinstance(layer, Dropout) for layer in plain.layers)
        activations = [
            layer for layer in dropping.layers if isinstance(layer, (keras.layers.ReLU, keras.layers.LeakyReLU))
        ]
        assert len([layer for layer in dropping.layers if isinstance(layer, Dropout)]) == len(activations)
        dropping.set_weights(plain.get_weights())
        told = [model(inputs, training=False) for model in (plain, dropping)]
        told = [output["score"] if isinstance(output, dict) else output for output in told]
        np.testing.assert_allclose(*told, rtol=1e-5, atol=1e-6)
        again = [dropping(inputs, training=True) for _ in range(2)]
        again = [output["score"] if isinstance(output, dict) else output for output in again]
        assert not np.allclose(*again)


def test_width_and_depth_are_options():
    deep = SimpleGenerator(width=8, depth=5).build((28, 28, 1), 4)
    assert sum(isinstance(layer, keras.layers.Dense) for layer in deep.layers) == 6
    shallow = DCGANCritic(width=8, depth=1).build((28, 28, 1))
    assert list(shallow.output["features"]) == ["conv1"]
    assert DCGANGenerator(width=8, depth=1).build((28, 28, 1), 4).output_shape == (None, 28, 28, 1)


@pytest.mark.parametrize(
    ("mistake", "expected", "received"),
    [
        (lambda: DCGANCritic(depth=4).build((28, 28, 1)), "depth of 1 to 3", "4"),
        (lambda: DCGANGenerator(width=0), "width", "0"),
        (lambda: SimpleGenerator(depth=0), "depth", "0"),
        (lambda: SimpleCritic(normalization="instance"), "normalization", "instance"),
        (lambda: DCGANCritic(weight_clip=-1.0), "weight_clip", "-1"),
        (lambda: DCGANCritic(dropout=1.0), "dropout", "1.0"),
        (lambda: DCGANGenerator(dropout=-0.5), "dropout", "-0.5"),
    ],
)
def test_refuses_what_cannot_be_built(mistake, expected, received):
    with pytest.raises(UserError) as error:
        mistake()
    assert expected in error.value.expected
    assert received in error.value.received
