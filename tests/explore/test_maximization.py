import numpy as np
import pytest
import tensorflow as tf

from tests.explore.networks import CLASSES, SHAPE, classifier, critic, images, linear, report_critic
from tfgan_course.errors import UserError
from tfgan_course.explore.maximization import maximize, maximize_class, maximize_feature
from tfgan_course.explore.outputs import channels, class_logits, floats, read, score
from tfgan_course.explore.saliency import saliency, saliency_of_score
from tfgan_course.models.conditioning import EmbeddedChannel

WEIGHTS = np.random.default_rng(0).normal(scale=1e-2, size=(16, 3)).astype(np.float32)


def test_a_linear_model_ends_at_its_known_optimum():
    """rate w = decay x |x| at rest: x = sign(w) sqrt(rate |w| / decay), if that is within [-1, 1]."""
    found = maximize_class(linear(WEIGHTS), np.zeros((4, 4, 1), np.float32), steps=3000, rate=0.1, decay=0.02)
    optimum = np.sign(WEIGHTS) * np.minimum(1, np.sqrt(0.1 / 0.02 * np.abs(WEIGHTS)))
    np.testing.assert_allclose(found.images.reshape(3, 16), optimum.T, atol=2e-3)
    assert (np.abs(optimum) < 0.5).any()
    np.testing.assert_allclose(found.values[-1], np.sum(WEIGHTS * optimum, axis=0), rtol=1e-2)
    # Without decay the corner of the cube that the weights point to.
    corner = maximize_class(linear(WEIGHTS), np.zeros((4, 4, 1), np.float32), steps=5000, rate=1.0, decay=0)
    moved = np.abs(WEIGHTS.T) * 5000 > 1
    np.testing.assert_array_equal(corner.images.reshape(3, 16)[moved], np.sign(WEIGHTS.T)[moved])


def test_follows_the_reports_rule_step_by_step():
    model, start = classifier("layer"), floats(images(1))[0]
    found = maximize_class(model, start, steps=13)
    x = np.repeat(start[None], CLASSES, 0)
    for step in range(13):
        with tf.GradientTape() as tape:
            images_now = tf.constant(x)
            tape.watch(images_now)
            reached = tf.linalg.diag_part(model(images_now, training=False)["class_logits"])
        np.testing.assert_allclose(found.values[step], reached, rtol=1e-3, atol=1e-4)
        x = np.clip(x + 0.1 * tape.gradient(reached, images_now).numpy() - 0.001 * x * np.abs(x), -1, 1)
    np.testing.assert_allclose(found.images, x, atol=1e-4)
    assert found.values.shape == (14, CLASSES)
    assert (found.values[-1] > found.values[0]).all()


def test_chosen_channels_are_the_same_alone_and_among_all():
    model, start = report_critic(), floats(images(1, (32, 32, 3)))[0]
    every = maximize_feature(model, "conv4", start, steps=3, rate=5.0)
    assert every.images.shape == (3, 32, 32, 3)
    one = maximize_feature(model, "conv4", start, [2], steps=3, rate=5.0)
    np.testing.assert_allclose(one.images[0], every.images[2], atol=1e-5)
    assert (every.values[-1] > every.values[0]).all()
    np.testing.assert_allclose(np.diag(read(channels(model, "conv4"), every.images)), every.values[-1], atol=1e-4)


def test_a_critic_that_takes_labels_works_too():
    found = maximize_feature(critic(EmbeddedChannel()), "conv2", images(1)[0], [0, 1], label=2, steps=2)
    assert found.images.shape == (2, *SHAPE)


def test_total_variation_smooths():
    start = np.random.default_rng(0).uniform(-1, 1, SHAPE).astype(np.float32)
    rough, smooth = (
        tf.constant(maximize_class(classifier(), start, steps=20, total_variation=weight).images)
        for weight in (0.0, 0.5)
    )
    assert tf.reduce_sum(tf.image.total_variation(smooth)) < 0.5 * tf.reduce_sum(tf.image.total_variation(rough))


def test_jitter_is_seeded_and_changes_the_way_only():
    model, start = classifier(), images(1)[0]
    one, again, other = (maximize_class(model, start, steps=4, rate=2.0, jitter=3, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.images, again.images)
    assert np.abs(one.images - other.images).max() > 0
    # Of an output that does not care for places, jitter changes nothing but rounding.
    mean = lambda images: tf.reduce_mean(images, axis=[1, 2])  # noqa: E731
    still, jittered = (maximize(mean, [0], start, steps=4, jitter=jitter) for jitter in (0, 5))
    np.testing.assert_allclose(still.images, jittered.images, atol=1e-6)


def test_no_steps_give_the_start():
    start = images(1)[0]
    found = maximize_class(classifier(), start, [1], steps=0)
    np.testing.assert_array_equal(found.images[0], floats(start))
    assert found.values.shape == (1, 1)


@pytest.mark.parametrize(
    ("units", "options", "received"), [([4], {}, "[4]"), (None, {"rate": 0}, "0"), (None, {"steps": -1}, "-1")]
)
def test_refuses(units, options, received):
    with pytest.raises(UserError) as error:
        maximize_feature(classifier(), "conv2", images(1)[0], units, **options)
    assert error.value.received == received


def test_a_critics_score_of_an_image_is_that_for_its_own_class():
    model, pictures, labels = critic(EmbeddedChannel()), images(4), np.array([1, 0, 2, 1])
    x = tf.constant(pictures, tf.float32) / 127.5 - 1
    with tf.GradientTape() as tape:
        tape.watch(x)
        scores = model([x, tf.constant(labels)])["score"]
    gradients = tape.gradient(scores, x)
    values, maps = saliency_of_score(model, pictures, labels)
    np.testing.assert_allclose(values, scores[:, 0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(maps, np.abs(gradients).max(axis=-1), rtol=1e-3, atol=1e-5)
    assert abs(values - read(score(model), pictures)[:, 0])[[0, 2, 3]].min() > 1e-4  # not all are of class 0


def test_many_small_questions_make_tensorflow_warn_of_nothing():
    warned = []

    def watch(record) -> bool:
        warned.append(record.getMessage())
        return True

    tf.get_logger().addFilter(watch)
    try:
        model, pictures = critic(EmbeddedChannel()), images(4)
        for label in range(CLASSES):
            saliency_of_score(model, pictures, np.full(4, label))
            saliency_of_score(model, pictures[:2], np.full(2, label))
            maximize_feature(model, "conv1", pictures[0], [0], label=label, steps=1)
            maximize_feature(model, "conv2", pictures[0], [0], label=label, steps=1)
    finally:
        tf.get_logger().removeFilter(watch)
    assert warned == []


def test_saliency_is_the_size_of_the_gradient():
    weights = 100 * WEIGHTS
    maps = saliency(class_logits(linear(weights)), images(3, (4, 4, 1)), [0, 1, 1], batch_size=2)
    np.testing.assert_allclose(maps.reshape(3, 16), np.abs(weights.T)[[0, 1, 1]], rtol=1e-5)
    colored = saliency(class_logits(report_critic()), images(2, (32, 32, 3)), [0, 1])
    assert colored.shape == (2, 32, 32)
    assert (colored >= 0).all()
