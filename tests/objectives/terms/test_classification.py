import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course import GAN
from tfgan_course.errors import UserError
from tfgan_course.gan.logs import class_accuracy
from tfgan_course.models import SimpleCritic
from tfgan_course.models.conditioning import AuxiliaryClassifier, SemiSupervised
from tfgan_course.objectives.pair import CriticOutput
from tfgan_course.objectives.terms import FakeClassification, RealClassification
from tfgan_course.objectives.terms.classification import cross_entropy
from tfgan_course.randomness import Draws

LOGITS = np.array([[1.0, 2.0, 0.5], [0.0, -1.0, 3.0], [2.0, 2.5, -1.0], [0.3, 0.1, 0.2]], np.float32)


def by_hand(logits: np.ndarray, labels: list[int]) -> float:
    """Mean of -log softmax at the label, over the images that have one."""
    logits = np.asarray(logits, np.float64)
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return np.mean([-np.log(row[label]) for row, label in zip(probabilities, labels, strict=True) if label >= 0])


@pytest.mark.parametrize("labels", [[1, 2, 0, 0], [1, -1, 0, -1], [-1, -1, -1, 2]])
def test_cross_entropy_is_the_mean_over_labeled_images(labels):
    found = cross_entropy(tf.constant(LOGITS), tf.constant(labels))
    np.testing.assert_allclose(found, by_hand(LOGITS, labels), rtol=1e-5)


def test_an_unlabeled_image_has_no_gradient():
    logits = tf.constant(LOGITS)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = cross_entropy(logits, tf.constant([1, -1, 0, -1]))
    gradient = tape.gradient(loss, logits).numpy()
    assert not gradient[[1, 3]].any()
    probabilities = np.exp(LOGITS) / np.exp(LOGITS).sum(1, keepdims=True)
    np.testing.assert_allclose(gradient[[0, 2]], (probabilities[[0, 2]] - np.eye(3)[[1, 0]]) / 2, rtol=1e-4)


def test_a_batch_without_a_label_costs_nothing():
    logits = tf.constant(LOGITS)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = cross_entropy(logits, tf.constant([-1] * 4))
    assert loss == 0
    np.testing.assert_array_equal(tape.gradient(loss, logits), np.zeros((4, 3)))


def test_class_accuracy_by_hand():
    accuracies = [class_accuracy(tf.constant(LOGITS), tf.constant(labels)) for labels in ([1, 2, 0, 1], [1, -1, 0, -1])]
    np.testing.assert_allclose(accuracies, [2 / 4, 1 / 2])


def acgan(**options) -> GAN:
    return tiny.conditional_gan(critic_conditioning=AuxiliaryClassifier(), **options)


def test_each_half_of_acgan_judges_its_own_images_by_their_own_labels():
    """Odena et al. 2017, eq. 3."""
    real, fake = RealClassification(), FakeClassification()
    gan = acgan(critic_terms=[real, fake])
    shown = tiny.pair(gan, 8)
    logits = {name: gan.critic(getattr(shown, name).images)["class_logits"] for name in ("real", "fake")}
    np.testing.assert_allclose(real(shown), by_hand(logits["real"], tiny.labels(8)), rtol=1e-5)
    np.testing.assert_allclose(fake(shown), by_hand(logits["fake"], shown.fake.labels.numpy()), rtol=1e-5)


def test_the_steps_figures_are_those_of_the_batch():
    gan = acgan(critic_terms=[RealClassification()], generator_terms=[FakeClassification()])
    real = tiny.pair(gan, 16).real.images
    logits = gan.critic(real)["class_logits"].numpy()
    logs = tiny.step(gan, labeled=True)
    np.testing.assert_allclose(logs["real_classification"], by_hand(logits, tiny.labels(16)), rtol=1e-5)
    np.testing.assert_allclose(logs["class_accuracy_real"], (logits.argmax(1) == tiny.labels(16)).mean())
    assert {"fake_classification", "class_accuracy_fake"} <= logs.keys()


def test_the_generator_moves_along_the_cross_entropys_gradient():
    gan = acgan(
        generator_terms=[FakeClassification(2.0)],
        generator_loss_weight=0.0,
        generator_optimizer=keras.optimizers.SGD(0.1),
        critic_optimizer=keras.optimizers.SGD(0.0),
    )
    fake = gan.generate(Draws(0, tf.constant(0, tf.int64), "generator"), 16, training=True)
    variables = gan.generator.trainable_variables
    with tf.GradientTape() as tape:
        logits = gan.critic(gan.generator([fake.latents, fake.labels]))["class_logits"]
        log_probabilities = tf.math.log(tf.nn.softmax(logits))
        loss = -tf.reduce_mean(tf.gather(log_probabilities, fake.labels, batch_dims=1))
    expected = [
        variable.numpy() - 0.1 * 2.0 * gradient.numpy()
        for variable, gradient in zip(variables, tape.gradient(loss, variables), strict=True)
    ]
    before = [variable.numpy() for variable in variables]
    tiny.step(gan, labeled=True)
    for variable, value, old in zip(variables, expected, before, strict=True):
        np.testing.assert_allclose(variable - old, value - old, rtol=1e-3, atol=1e-8)
    assert not np.array_equal(variables[0].numpy(), before[0])


def test_a_semi_supervised_critic_learns_from_the_few_labels_there_are():
    gan = tiny.conditional_gan(critic_conditioning=SemiSupervised(), critic_terms=[RealClassification()])
    assert gan.critic_classifies
    shown = tiny.pair(gan, 8)
    shown.real = shown.real._replace(labels=tf.constant([0, -1, -1, 2, -1, 1, -1, -1]))
    shown.real_output = CriticOutput.of(gan.critic(shown.real.images))
    expected = by_hand(shown.real_output.class_logits, shown.real.labels.numpy())
    np.testing.assert_allclose(RealClassification()(shown), expected, rtol=1e-5)


def test_semi_supervised_needs_no_labels_in_the_generator():
    critic = SimpleCritic(width=5).build((8, 8, 1), SemiSupervised(), 3)
    gan = GAN(tiny.generator(), critic, critic_terms=[RealClassification()])
    logs = tiny.step(gan, labeled=True)
    assert "class_accuracy_real" in logs
    assert "class_accuracy_fake" not in logs


@pytest.mark.parametrize("term", [RealClassification, FakeClassification])
def test_refuses_a_critic_that_tells_no_class(term):
    with pytest.raises(UserError) as error:
        tiny.conditional_gan(critic_terms=[term()])
    assert term.__name__ in error.value.expected
    assert "AuxiliaryClassifier" in str(error.value)


def test_refuses_a_generator_without_classes():
    critic = SimpleCritic(width=5).build((8, 8, 1), AuxiliaryClassifier(), 3)
    with pytest.raises(UserError) as error:
        GAN(tiny.generator(), critic, critic_terms=[FakeClassification()])
    assert "FakeClassification" in error.value.expected


def test_refuses_to_teach_the_generator_what_real_images_are():
    with pytest.raises(UserError) as error:
        acgan(generator_terms=[RealClassification()])
    assert error.value.expected == "RealClassification among critic_terms"
