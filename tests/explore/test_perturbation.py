import numpy as np
import pytest
import tensorflow as tf

from tests.explore.networks import CLASSES, classifier, critic, images, labels, linear
from tfgan_course.errors import UserError
from tfgan_course.explore.outputs import class_logits, floats, read
from tfgan_course.explore.perturbation import LEVEL, accuracy, accuracy_by_gain, alternative_classes, perturb, scaled
from tfgan_course.models.conditioning import AuxiliaryClassifier


def losses(model, pictures, aims):
    logits = read(class_logits(model), pictures)
    return tf.nn.sparse_softmax_cross_entropy_with_logits(aims, logits).numpy()


@pytest.mark.parametrize("normalization", ["none", "layer"])
def test_the_gradient_equals_finite_differences(normalization):
    model, aims = classifier(normalization), labels(2)
    pictures = floats(images(2)) * 0.9
    gradients = perturb(model, pictures, aims, targeted=False, batch_size=1).gradients
    rng, step = np.random.default_rng(1), 1e-2
    for _ in range(8):
        direction = rng.normal(size=pictures.shape).astype(np.float32)
        direction /= np.linalg.norm(direction.reshape(2, -1), axis=1)[:, None, None, None]
        up, down = (losses(model, pictures + sign * step * direction, aims) for sign in (1, -1))
        slope = np.sum(gradients * direction, axis=(1, 2, 3))
        np.testing.assert_allclose((up - down) / (2 * step), slope, atol=1e-3)
    assert np.abs(gradients).max() > 1e-2  # there was something to compare


def test_the_reports_formulas_by_hand():
    """One step on a linear softmax: d loss / d x = W (p - onehot); the image minus gain times the gradient's sign."""
    weights = np.random.default_rng(0).normal(size=(16, 3)).astype(np.float32)
    model, pictures, truth = linear(weights), images(4, (4, 4, 1)), np.array([0, 1, 2, 2])
    assert alternative_classes(truth, 3).tolist() == [1, 2, 0, 0]
    x = pictures.reshape(4, 16) / 127.5 - 1
    powers = np.exp(x @ weights)
    rest = powers / powers.sum(1, keepdims=True) - np.eye(3)[[1, 2, 0, 0]]
    gradients = rest @ weights.T
    perturbed = perturb(model, pictures, truth, gain=8)
    np.testing.assert_allclose(perturbed.gradients.reshape(4, 16), gradients, rtol=1e-3, atol=1e-5)
    expected = np.clip(x - 8 / 127.5 * np.sign(gradients), -1, 1)
    np.testing.assert_allclose(perturbed.images.reshape(4, 16), expected, atol=1e-6)
    picture = scaled(perturbed.gradients)
    assert (picture.min(), picture.max()) == (0, 1)
    np.testing.assert_allclose(np.ptp(gradients) * picture + gradients.min(), perturbed.gradients, atol=1e-4)


@pytest.mark.parametrize("targeted", [True, False])
@pytest.mark.parametrize("steps", [1, 7])
@pytest.mark.parametrize("gain", [0, 0.5, 8])
def test_differs_by_at_most_the_gain_in_every_pixel(gain, steps, targeted):
    model, pictures = classifier(), images()
    changed = perturb(model, pictures, labels(), gain, targeted=targeted, steps=steps, batch_size=3).images
    real = floats(pictures)
    assert np.abs(changed - real).max() <= gain * LEVEL + 1e-6
    assert np.abs(changed).max() <= 1
    aims = alternative_classes(labels(), CLASSES) if targeted else labels()
    before, after = losses(model, real, aims), losses(model, changed, aims)
    if gain:
        assert (after < before).all() if targeted else (after > before).all()


def test_more_steps_come_nearer_to_the_aim():
    model, pictures = classifier(), images(12)
    aims = alternative_classes(labels(12), CLASSES)
    once, often = (perturb(model, pictures, labels(12), 8, steps=steps).images for steps in (1, 20))
    assert losses(model, often, aims).mean() < losses(model, once, aims).mean()


@pytest.mark.parametrize("targeted", [True, False])
def test_the_curve_is_the_accuracy_of_what_perturb_gives(targeted):
    model, pictures = critic(AuxiliaryClassifier()), images(20)
    said = read(class_logits(model), pictures).argmax(1)
    assert accuracy(model, pictures, said) == 1
    for steps in (1, 3):
        curve = accuracy_by_gain(model, pictures, said, [0, 2, 32], targeted=targeted, steps=steps)
        assert curve[0] == 1
        assert curve[2] < 1
        assert curve[1] == accuracy(
            model, perturb(model, pictures, said, 2, targeted=targeted, steps=steps).images, said
        )


@pytest.mark.parametrize(
    ("options", "received"),
    [
        ({"gain": -1}, "-1"),
        ({"steps": 0}, "0"),
        ({"labels": np.full(5, 3)}, "[3 3 3 3 3]"),
        ({"labels": np.full(5, -1)}, "[-1 -1 -1 -1 -1]"),
        ({"labels": labels(4)}, "4 labels"),
    ],
)
def test_refuses(options, received):
    with pytest.raises(UserError) as error:
        perturb(classifier(), images(), **{"labels": labels(), **options})
    assert received in error.value.received
