"""The measure of a label leak, on critics whose behavior is known."""

import types

import numpy as np
import pytest
import tensorflow as tf

from tfgan_course.data import Images
from tfgan_course.health.measure import LabelLeak
from tfgan_course.objectives.pair import CriticOutput

CLASSES = 4


def real(shares: list[float], count: int = 400) -> Images:
    """Return gray images whose brightness is their class; `shares` are the shares of the classes."""
    rng = np.random.default_rng(0)
    labels = rng.choice(CLASSES, count, p=shares).astype(np.int32)
    brightness = 40 * labels[:, None, None, None] + rng.integers(0, 40, (count, 1, 1, 1))
    return Images(np.broadcast_to(brightness, (count, 8, 8, 1)).astype(np.uint8), labels, tuple("abcd"))


def leak(score, images: Images, **options) -> LabelLeak:
    def judge(batch, training):
        assert not training
        brightness = (tf.reduce_mean(batch.images, axis=(1, 2, 3)) + 1) * 127.5
        return CriticOutput.of(score(brightness, tf.cast(batch.labels, tf.float32)))

    gan = {"critic_takes_labels": True, "fake_labels": "sampled", "classes": CLASSES, "judge": judge, **options}
    return LabelLeak(types.SimpleNamespace(**gan), images, 256)


EVEN, ONE = [0.25] * 4, [0.0, 0.0, 0.0, 1.0]


def by_class(brightness, labels):
    return tf.cast(labels == 3, tf.float32)


def by_image(brightness, labels):
    return tf.sin(brightness)


def by_fit(brightness, labels):
    """A critic like a good conditional critic: it checks whether an image has its class."""
    return -tf.abs(brightness // 40 - labels) + tf.sin(brightness) / 2


@pytest.mark.parametrize("score", [by_class, by_image, by_fit])
def test_even_classes_leak_nothing_whatever_the_critic_goes_by(score):
    assert abs(leak(score, real(EVEN)).measure()) < 0.15


def test_classes_that_no_real_image_has_leak_if_the_critic_goes_by_them():
    # A quarter of the classes drawn for fakes is the one that real images have.
    assert leak(by_class, real(ONE)).measure() == pytest.approx(0.75)
    assert leak(by_fit, real(ONE)).measure() > 0.7
    assert abs(leak(by_image, real(ONE)).measure()) < 0.15


def test_no_probe_where_nothing_can_leak():
    assert not leak(by_class, real(ONE), fake_labels="real").possible
    assert not leak(by_class, real(ONE), critic_takes_labels=False).possible
    assert not leak(by_class, Images(real(ONE).images)).possible
