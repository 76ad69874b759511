import subprocess
import sys
import textwrap

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course.errors import UserError
from tfgan_course.objectives.losses import Hinge, LeastSquares, NonSaturating, RelativisticPaired, Wasserstein
from tfgan_course.objectives.top_k import TopK
from tfgan_course.randomness import Draws
from tfgan_course.schedules import ExponentialDecay

FAKE = np.array([0.3, -1.0, 2.0, 0.7, 0.7, -0.2], np.float32)
REAL = np.array([1.5, 0.1, -0.4, 3.0, 0.2, 0.9], np.float32)
BEST = {1: [2], 2: [2, 3], 3: [2, 3, 4], 6: [0, 1, 2, 3, 4, 5]}  # of two equal scores the earlier one


def draws(images: int = 10**9) -> Draws:
    return Draws(0, tf.constant(0, tf.int64), "generator", tf.constant(images, tf.int64))


@pytest.mark.parametrize("k", list(BEST))
@pytest.mark.parametrize("made", [NonSaturating, LeastSquares, Wasserstein, Hinge, RelativisticPaired])
def test_it_is_the_loss_of_the_k_best_and_the_others_have_no_gradient(made, k):
    loss = made()
    fake, real = tf.constant(FAKE[:, None]), tf.constant(REAL[:, None]) if loss.generator_needs_real else None
    with tf.GradientTape() as tape:
        tape.watch(fake)
        value = TopK(k / 6).generator_loss(loss, fake, real, draws())
    gradient = tape.gradient(value, fake)[:, 0].numpy()
    own = tf.constant(FAKE[BEST[k], None])
    with tf.GradientTape() as tape:
        tape.watch(own)
        by_hand = loss.generator(own, None if real is None else tf.constant(REAL[BEST[k], None]))
    np.testing.assert_allclose(value, by_hand, rtol=1e-6)
    np.testing.assert_allclose(gradient[BEST[k]], tape.gradient(by_hand, own)[:, 0], rtol=1e-5)
    assert not np.delete(gradient, BEST[k]).any()


def test_the_value_of_the_paired_loss_in_numpy():
    value = TopK(1 / 3).generator_loss(RelativisticPaired(), tf.constant(FAKE), tf.constant(REAL), draws())
    np.testing.assert_allclose(value, np.log1p(np.exp(REAL[[2, 3]] - FAKE[[2, 3]])).mean(), rtol=1e-6)


def test_a_map_of_scores_counts_by_its_mean():
    maps = np.zeros((3, 2, 2, 1), np.float32)
    maps[0, 0, 0], maps[1] = 3.0, 1.0  # means 0.75, 1, 0
    value = TopK(1 / 3).generator_loss(Wasserstein(), tf.constant(maps), None, draws())
    np.testing.assert_allclose(value, -1.0)


@pytest.mark.parametrize(("images", "k"), [(0, 6), (1000, 3), (2000, 2), (10**6, 2)])
def test_k_falls_as_its_schedule_says(images, k):
    top_k = TopK(ExponentialDecay(0.5, 1 / 3, start=1.0, every_images=1000))  # 6, 3, then 1.5 but at least 2
    value = top_k.generator_loss(Wasserstein(), tf.constant(FAKE), None, draws(images))
    np.testing.assert_allclose(value, -FAKE[BEST[k]].mean(), rtol=1e-6)


def test_the_default_falls_from_the_whole_batch_to_half_of_it():
    shares = [float(draws(images).now(TopK().share)) for images in (0, 50_000, 10**9)]
    np.testing.assert_allclose(shares, [1.0, 0.99, 0.5], rtol=1e-6)


def test_k_is_rounded_and_at_least_one():
    value = TopK(0.01).generator_loss(Wasserstein(), tf.constant(FAKE), None, draws())
    np.testing.assert_allclose(value, -2.0, rtol=1e-6)
    value = TopK(0.4).generator_loss(Wasserstein(), tf.constant(FAKE), None, draws())  # 2.4 is 2
    np.testing.assert_allclose(value, -1.35, rtol=1e-6)


@pytest.mark.parametrize("loss", ["NonSaturating", "RelativisticPaired"])
def test_the_generators_update_is_that_of_its_best_images_alone(loss):
    """If k is the whole batch, the step equals the step without top-k."""

    def moved(**options) -> list[np.ndarray]:
        gan = tiny.gan(loss=loss, generator_optimizer=keras.optimizers.SGD(1.0), **options)
        tiny.step(gan)
        return tiny.weights(gan.generator)

    plain, all_images, best = moved(), moved(top_k=TopK(1.0)), moved(top_k=TopK(0.25))
    for one, other in zip(plain, all_images, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)
    assert not tiny.equal(all_images, best)


def test_the_parts_of_an_accumulated_batch_are_refused():
    with pytest.raises(UserError) as error:
        tiny.gan(top_k=TopK(), gradient_accumulation=2)
    assert "gradient_accumulation" in error.value.expected


@pytest.mark.parametrize(
    "share", [0.0, 1.5, ExponentialDecay(0.9, start=1.0, every_images=10)], ids=["0", "1.5", "schedule"]
)
def test_a_share_out_of_its_range_is_refused(share):
    with pytest.raises(UserError) as error:
        TopK(share)
    assert "share" in error.value.expected


def test_two_replicas_choose_from_the_whole_batch():
    """One has both of the two best. A process of its own, since logical devices are fixed once TensorFlow has begun."""
    script = """
        import numpy as np
        import tensorflow as tf
        from tests.objectives.test_top_k import FAKE, draws
        from tfgan_course.objectives.losses import NonSaturating
        from tfgan_course.objectives.top_k import TopK

        tf.config.set_logical_device_configuration(
            tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
        )
        strategy, scores = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]), np.roll(FAKE, 1)

        def replica():
            own = tf.reshape(tf.constant(scores), [2, 3])[tf.distribute.get_replica_context().replica_id_in_sync_group]
            with tf.GradientTape() as tape:
                tape.watch(own)
                loss = TopK(1 / 3).generator_loss(NonSaturating(), own, None, draws()) / 2
            return loss, tape.gradient(loss, own)

        loss, gradient = tf.function(lambda: strategy.run(replica))()
        whole = tf.constant(scores)
        with tf.GradientTape() as tape:
            tape.watch(whole)
            alone = TopK(1 / 3).generator_loss(NonSaturating(), whole, None, draws())
        np.testing.assert_allclose(sum(strategy.experimental_local_results(loss)), alone, rtol=1e-6)
        both = tf.concat(strategy.experimental_local_results(gradient), 0)
        np.testing.assert_allclose(both, tape.gradient(alone, whole), rtol=1e-6)
        assert not both[:3].numpy().any() and np.count_nonzero(both) == 2
        print("equal")
    """
    result = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True)
    assert result.stdout.strip().endswith("equal"), result.stderr[-3000:]
