import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course import GAN
from tfgan_course.errors import UserError
from tfgan_course.models import DCGANCritic, SimpleCritic, SimpleGenerator
from tfgan_course.models.conditioning import ConcatenatedOneHot, ConditionalNormalization, Projection
from tfgan_course.models.inputs import feed, input_names

IMAGE, SMALL = (8, 8, 3), (4, 4, 1)


def condition(count: int = 2) -> tf.Tensor:
    return tf.random.stateless_uniform((count, *SMALL), (0, 0), -1.0, 1.0)


def test_a_condition_may_have_another_size_and_other_channels():
    generator = tiny.Translator().build(IMAGE, 100, condition_shape=SMALL)
    assert input_names(generator) == ["condition"]
    assert generator(condition()).shape == (2, *IMAGE)


def test_the_critic_judges_the_condition_where_it_takes_one():
    images = tf.random.stateless_uniform((2, *IMAGE), (1, 0), -1.0, 1.0)
    critic = SimpleCritic(width=4, takes_condition=True).build(IMAGE, condition_shape=SMALL)
    first, second = (critic(feed(critic, images=images, condition=c))["score"] for c in (condition(), -condition()))
    assert np.abs(first - second).min() > 1e-6
    assert input_names(SimpleCritic(width=4).build(IMAGE, condition_shape=SMALL)) == ["images"]


def test_a_smaller_condition_is_enlarged_by_copying_its_pixels():
    critic = DCGANCritic("none", width=2, depth=1, takes_condition=True).build((16, 16, 1), condition_shape=(8, 8, 1))
    joined = next(layer for layer in critic.layers if type(layer).__name__ == "Concatenate")
    small = np.random.default_rng(0).normal(size=(1, 8, 8, 1)).astype(np.float32)
    found = keras.Model(critic.inputs, joined.output)([np.zeros((1, 16, 16, 1), np.float32), small])
    assert (np.array(found)[0, :, :, 1] == small[0, :, :, 0].repeat(2, 0).repeat(2, 1)).all()


def test_labels_and_a_condition_train_together():
    generator = tiny.Translator().build(IMAGE, 100, ConditionalNormalization(), 3, SMALL)
    critic = SimpleCritic(width=4, takes_condition=True).build(IMAGE, Projection(), 3, SMALL)
    gan = GAN(generator, critic, classes=3)
    images = tiny.images(8, channels=3)
    gan.fit({"images": images, "labels": tiny.labels(8), "condition": images[:, ::2, ::2, :1]}, batch_size=4, verbose=0)
    assert gan.steps_done == 2


@pytest.mark.parametrize(
    ("build", "received"),
    [
        (lambda: tiny.Translator().build(IMAGE, 100), "Translator"),
        (lambda: SimpleGenerator(width=4).build(IMAGE, 4, condition_shape=SMALL), "SimpleGenerator"),
        (lambda: tiny.Translator().build(IMAGE, 4, ConcatenatedOneHot(), 3, SMALL), "ConcatenatedOneHot"),
        (lambda: SimpleCritic(width=4, takes_condition=True).build(IMAGE), "none"),
        (lambda: SimpleCritic(width=4, takes_condition=True).build(IMAGE, condition_shape=(3, 3, 1)), "(3, 3, 1)"),
    ],
)
def test_networks_refuse_what_they_cannot_use(build, received):
    with pytest.raises(UserError) as error:
        build()
    assert received in str(error.value.received)
