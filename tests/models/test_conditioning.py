import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course.errors import UserError
from tfgan_course.layers import Clip, SpectralNormalization
from tfgan_course.models import DCGANCritic, DCGANGenerator, SimpleCritic, SimpleGenerator
from tfgan_course.models.conditioning import (
    AuxiliaryClassifier,
    ConcatenatedEmbedding,
    ConcatenatedLabels,
    ConcatenatedOneHot,
    ConditionalNormalization,
    EmbeddedChannel,
    FirstOneHot,
    Projection,
    SemiSupervised,
)

LABELS = np.array([0, 2, 1, 1], np.int32)
GENERATORS = [ConcatenatedOneHot(), FirstOneHot(), ConcatenatedEmbedding(4), ConditionalNormalization()]
CRITICS = [
    EmbeddedChannel(),
    ConcatenatedLabels(4, 6),
    ConcatenatedLabels(0, 6),
    Projection(),
    AuxiliaryClassifier(),
    SemiSupervised(),
]


def by_class(conditioning) -> str:
    return type(conditioning).__name__


def numbers(*shape) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)


def told(conditioning, latents: np.ndarray) -> tuple[np.ndarray, keras.Model]:
    """Return the values that a network takes in place of the latents."""
    inputs = keras.Input(latents.shape[1:]), keras.Input((), dtype="int32")
    model = keras.Model(list(inputs), conditioning.latents(*inputs, 3))
    return model([latents, LABELS]).numpy(), model


def test_one_hot_comes_behind_the_latents():
    latents = numbers(4, 5)
    found, _ = told(ConcatenatedOneHot(), latents)
    np.testing.assert_array_equal(found, np.concatenate([latents, np.eye(3)[LABELS]], axis=1))


def test_one_hot_takes_the_place_of_the_first_latents():
    latents = numbers(4, 5)
    found, _ = told(FirstOneHot(), latents)
    np.testing.assert_array_equal(found, np.concatenate([np.eye(3)[LABELS], latents[:, 3:]], axis=1))


def test_each_classs_learned_vector_comes_behind_the_latents():
    latents = numbers(4, 5)
    found, model = told(ConcatenatedEmbedding(6), latents)
    (table,) = model.get_weights()
    assert table.shape == (3, 6)
    np.testing.assert_allclose(found, np.concatenate([latents, table[LABELS]], axis=1), rtol=1e-6)
    assert len(np.unique(table)) == table.size  # classes begin apart


def test_first_one_hot_refuses_to_leave_no_latents():
    with pytest.raises(UserError) as error:
        SimpleGenerator(4, 1).build((8, 8, 1), 3, FirstOneHot(), 3)
    assert "3 classes" in error.value.expected
    assert "3" in error.value.received
    assert "103" in error.value.remedy


def randomized(model: keras.Model) -> keras.Model:
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(0.1, 1, weight.shape) for weight in model.get_weights()])
    return model


@pytest.mark.parametrize("conditioning", GENERATORS, ids=by_class)
def test_a_generator_makes_other_images_of_other_classes_and_survives_a_file(conditioning, tmp_path):
    generator = randomized(DCGANGenerator(width=2).build((8, 8, 1), 5, conditioning, 3))
    latents = np.tile(numbers(1, 5), (4, 1))
    images = generator([latents, LABELS], training=False).numpy()
    np.testing.assert_allclose(images[2], images[3], rtol=1e-5, atol=1e-6)
    assert all(np.abs(images[i] - images[j]).max() > 1e-3 for i, j in ((0, 1), (0, 2), (1, 2)))
    generator.save(tmp_path / "generator.keras")
    again = keras.models.load_model(tmp_path / "generator.keras")
    np.testing.assert_array_equal(again([latents, LABELS], training=False), images)


def test_conditional_normalization_begins_like_the_unconditional_network_and_has_a_row_for_each_class():
    generator = DCGANGenerator(width=2).build((8, 8, 1), 5, ConditionalNormalization(), 3)
    tables = [tuple(weight.shape) for weight in generator.trainable_variables if weight.shape[0] == 3]
    assert tables == [(3, 2), (3, 2)]
    images = generator([np.tile(numbers(1, 5), (4, 1)), LABELS], training=False).numpy()
    np.testing.assert_allclose(images, images[[0]].repeat(4, 0), rtol=1e-5, atol=1e-7)


def test_conditional_normalization_refuses_a_generator_without_batch_normalization():
    with pytest.raises(UserError) as error:
        SimpleGenerator(4, 1).build((8, 8, 1), 5, ConditionalNormalization(), 3)
    assert all(name in error.value.received for name in ("ConditionalNormalization", "SimpleGenerator"))


def perceptron(conditioning, **options) -> tuple[keras.Model, np.ndarray]:
    """Return a critic with one hidden layer of 5 units, and images for it."""
    critic = SimpleCritic(width=5, depth=1, **options).build((8, 8, 1), conditioning, 3)
    return randomized(critic), numbers(4, 8, 8, 1)


def dense(critic: keras.Model, *shape: int) -> keras.layers.Dense:
    """Return the model's only dense layer with a kernel of this shape."""
    layers = [layer for layer in critic.layers if isinstance(layer, keras.layers.Dense)]
    (found,) = [layer for layer in layers if tuple(layer.kernel.shape) == shape]
    return found


def last_activations(output: dict) -> np.ndarray:
    return output["features"]["dense1"].numpy()


def affine(layer: keras.layers.Dense, x: np.ndarray) -> np.ndarray:
    return x @ layer.kernel.numpy() + (layer.bias.numpy() if layer.use_bias else 0.0)


def test_projection_score_by_hand():
    """Miyato and Koyama 2018, eq. 3: psi(h) + <V[label], h>."""
    critic, images = perceptron(Projection())
    output = critic([images, LABELS])
    h = last_activations(output)
    embedded = dense(critic, 3, 5).kernel.numpy()[LABELS]
    np.testing.assert_allclose(
        output["score"][:, 0], affine(dense(critic, 5, 1), h)[:, 0] + (embedded * h).sum(1), rtol=1e-5
    )
    # An image without a label is judged by psi alone.
    unlabeled = critic([images, -np.ones(4, np.int32)])["score"]
    np.testing.assert_allclose(unlabeled, affine(dense(critic, 5, 1), h), rtol=1e-5)


@pytest.mark.parametrize("size", [0, 4])
def test_concatenated_labels_by_hand(size):
    critic, images = perceptron(ConcatenatedLabels(size, width=6))
    output = critic([images, LABELS])
    vectors = affine(dense(critic, 3, size), np.eye(3)[LABELS]) if size else np.eye(3)[LABELS]
    hidden = affine(dense(critic, 5 + (size or 3), 6), np.concatenate([last_activations(output), vectors], axis=1))
    score = affine(dense(critic, 6, 1), np.where(hidden > 0, hidden, 0.2 * hidden))
    np.testing.assert_allclose(output["score"], score, rtol=1e-5)


def test_embedded_channel_is_a_learned_picture_of_each_class_beside_the_image():
    images, labels = keras.Input((8, 6, 2)), keras.Input((), dtype="int32")
    seen = EmbeddedChannel().images(images, labels, 3, SimpleCritic())
    model = randomized(keras.Model([images, labels], seen))
    real = numbers(4, 8, 6, 2)
    found = model([real, LABELS]).numpy()
    assert found.shape == (4, 8, 6, 3)
    np.testing.assert_array_equal(found[..., :2], real)
    (pictures,) = model.get_weights()
    np.testing.assert_allclose(found[..., 2], pictures[LABELS].reshape(4, 8, 6), rtol=1e-6)


def test_auxiliary_classifier_tells_the_class_and_is_not_told():
    critic, images = perceptron(AuxiliaryClassifier())
    assert len(critic.inputs) == 1
    output = critic(images)
    h = last_activations(output)
    np.testing.assert_allclose(output["class_logits"], affine(dense(critic, 5, 3), h), rtol=1e-5)
    np.testing.assert_allclose(output["score"], affine(dense(critic, 5, 1), h), rtol=1e-5)


def test_semi_supervised_score_is_that_of_an_explicit_softmax_over_one_class_more():
    """Salimans et al. 2016, section 5: the cross-entropies of K + 1 classes, the last one's logit 0."""
    critic, images = perceptron(SemiSupervised())
    output = critic(images)
    logits = affine(dense(critic, 5, 3), last_activations(output)).astype(np.float64)
    np.testing.assert_allclose(output["class_logits"], logits, rtol=1e-5)
    exponentials = np.exp(np.concatenate([logits, np.zeros((4, 1))], axis=1))
    probabilities = exponentials / exponentials.sum(1, keepdims=True)
    score = output["score"][:, 0]
    np.testing.assert_allclose(tf.nn.softplus(score), -np.log(probabilities[:, 3]), rtol=1e-4)
    np.testing.assert_allclose(tf.nn.softplus(-score), -np.log(1 - probabilities[:, 3]), rtol=1e-3, atol=1e-6)
    # Given that an image is real, the K logits alone tell its class.
    given_real = probabilities[:, :3] / probabilities[:, :3].sum(1, keepdims=True)
    np.testing.assert_allclose(tf.nn.softmax(output["class_logits"]), given_real, rtol=1e-4)


@pytest.mark.parametrize("conditioning", CRITICS, ids=by_class)
@pytest.mark.parametrize("network", [SimpleCritic(width=4), DCGANCritic(width=2)], ids=by_class)
def test_every_network_is_told_the_class_or_tells_it(conditioning, network):
    critic = randomized(network.build((16, 16, 1), conditioning, 3))
    images = np.tile(0.1 * numbers(1, 16, 16, 1), (4, 1, 1, 1))
    output = critic([images, LABELS] if conditioning.takes_labels else images, training=False)
    score = output["score"].numpy()
    assert score.shape == (4, 1)
    assert len(np.unique(score.round(5))) == (3 if conditioning.takes_labels else 1)
    assert ("class_logits" in output) == (not conditioning.takes_labels)


@pytest.mark.parametrize("conditioning", CRITICS, ids=by_class)
def test_every_weight_of_the_conditioning_is_clipped_and_spectrally_normalized_as_all_others(conditioning):
    clipped = SimpleCritic(width=4, weight_clip=0.01).build((8, 8, 1), conditioning, 3)
    kernels = [layer for layer in clipped.layers if hasattr(layer, "kernel")]
    assert all(isinstance(layer.kernel_constraint, Clip) for layer in kernels)
    spectral = SimpleCritic("spectral", width=4).build((8, 8, 1), conditioning, 3)
    assert not [layer for layer in spectral.layers if isinstance(layer, keras.layers.Dense)]
    assert len([layer for layer in spectral.layers if isinstance(layer, SpectralNormalization)]) == len(kernels)
    held = sum(len(layer.trainable_variables) for layer in spectral.layers if isinstance(layer, SpectralNormalization))
    assert held == len(spectral.trainable_variables)


@pytest.mark.parametrize("conditioning", [Projection(), SemiSupervised(), ConcatenatedLabels(4)], ids=by_class)
def test_in_bfloat16_scores_are_float32_and_near_those_of_float32(conditioning):
    scores = []
    for policy in ("float32", "mixed_bfloat16"):
        keras.mixed_precision.set_global_policy(policy)
        critic, images = perceptron(conditioning)
        scores.append(critic([images, LABELS] if conditioning.takes_labels else images)["score"])
    assert scores[1].dtype == tf.float32
    np.testing.assert_allclose(*scores, rtol=0.05)


@pytest.mark.parametrize("generator", GENERATORS[:3], ids=by_class)
def test_the_averaged_generator_takes_labels_as_well(generator):
    gan = tiny.conditional_gan(generator)
    latents = numbers(4, 4)
    np.testing.assert_array_equal(gan.ema_generator([latents, LABELS]), gan.generator([latents, LABELS]))


@pytest.mark.parametrize(
    ("make", "name", "received"),
    [
        (lambda: ConcatenatedEmbedding(0), "size", "0"),
        (lambda: ConcatenatedLabels(-1), "size", "-1"),
        (lambda: ConcatenatedLabels(5, 0), "width", "0"),
    ],
)
def test_refuses_sizes_that_cannot_be(make, name, received):
    with pytest.raises(UserError) as error:
        make()
    assert name in error.value.expected
    assert error.value.received == received
