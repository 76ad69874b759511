"""Every variant's file describes a GAN that trains. Other tests of this folder train some of them as runs."""

import numpy as np
import pytest
import tensorflow as tf

from tests.end_to_end.command import SMALL
from tfgan_course.config.parser import from_words
from tfgan_course.config.variants import variants
from tfgan_course.data import load
from tfgan_course.data.batches import training_batches
from tfgan_course.runs.build import build

# Their files are those of another variant and two lines, see tests/config/test_config.py.
CONDITIONAL = ("cprogan", "cstylegan", "cstylegan2")
# Their files do not name the second folder that they need. Any condition of the images' shape will do.
UNPAIRED = ("cut", "fastcut")


@pytest.fixture
def eager():
    """Run steps eagerly, which is faster than to compile a large graph for a single step."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def gan_and_batches(variant: str, *options: str):
    # Five updates of the critic take long; tests/gan/test_model.py counts them.
    second = ["--data.condition", "Edges"] if variant in UNPAIRED else []
    config = from_words(["--variant", variant, *SMALL, *second, "--critic_updates", "1", *options]).make()
    images, _ = load(config.data)
    batches = training_batches(images, config.batch_size, config.seed)
    classes = len(images.class_names)
    return build(config, images.shape, classes, condition_shape=images.condition_shape), batches


@pytest.mark.parametrize("variant", [name for name in variants() if name not in CONDITIONAL])
def test_every_variant_takes_a_step_from_its_file(variant, eager):
    gan, batches = gan_and_batches(variant)
    batch = next(iter(batches))
    before = [weight.numpy() for weight in gan.generator.trainable_variables]
    logs = {**gan.train_step(batch), **gan.test_step(batch)}
    assert np.isfinite([float(value) for value in logs.values()]).all()
    after = [weight.numpy() for weight in gan.generator.trainable_variables]
    assert any((new != old).any() for new, old in zip(after, before, strict=True))


def test_the_largest_graph_compiles():
    gan, batches = gan_and_batches("stylegan2", "--generator.mapping.depth", "1")
    logs = gan.make_train_function()(iter(batches))
    assert np.isfinite([float(value) for value in logs.values()]).all()


@pytest.mark.parametrize("variant", ["pix2pix", "srresnet", "srgan", "cut", "fastcut"])
def test_images_from_images_are_finite_in_bfloat16(variant, eager):
    gan, batches = gan_and_batches(variant, "--precision", "bfloat16")
    logs = gan.train_step(next(iter(batches)))
    assert np.isfinite([float(value) for value in logs.values()]).all()
    assert gan.generator.layers[3].compute_dtype == "bfloat16"


def test_super_resolution_of_four_times_is_one_option():
    gan, batches = gan_and_batches("srgan", "--data.condition.factor", "4")
    assert next(iter(batches))["condition"].shape == (4, 7, 7, 1)
    assert gan.generator.output_shape == (None, 28, 28, 1)


def test_srresnets_critic_is_built_from_its_file_and_costs_next_to_nothing():
    config = from_words(["--variant", "srresnet"]).make()
    critic = config.critic.build((28, 28, 1), condition_shape=(14, 14, 1))
    assert critic.count_params() == 28 * 28 * 2 + 2 + 2 + 1
