import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course import GAN
from tfgan_course.errors import UserError
from tfgan_course.layers import NearestUpsampling
from tfgan_course.models import MinibatchStandardDeviation, ProGANCritic, ProGANGenerator
from tfgan_course.models.conditioning import ConcatenatedEmbedding, Projection
from tfgan_course.objectives.terms import GradientPenalty

# Stage 0 up to 32 images, stage 1 fades in up to 96 and is whole up to 128, stage 2 up to 192.
SCHEDULE = {"stable_images": 32, "fade_images": 64}
Z = tf.random.stateless_normal((3, 5), (0, 0))


def grower(model: keras.Model) -> keras.layers.Layer:
    return next(layer for layer in model.layers if hasattr(layer, "images_shown"))


def networks(size: int, width: int) -> tuple[keras.Model, keras.Model]:
    return (
        ProGANGenerator(width, 8, **SCHEDULE).build((size, size, 1), 5),
        ProGANCritic(width=width, widest=8, **SCHEDULE).build((size, size, 1)),
    )


def shown(model: keras.Model, images: int) -> keras.Model:
    grower(model).images_shown.assign(images)
    return model


@pytest.mark.parametrize(
    ("images", "stage", "alpha"),
    [
        (0, 0, 1),
        (31, 0, 1),
        (32, 1, 0),
        (64, 1, 0.5),
        (96, 1, 1),
        (127, 1, 1),
        (128, 2, 0),
        (192, 2, 1),
        (10**12, 2, 1),
    ],
)
def test_the_stage_is_a_function_of_the_images_shown(images, stage, alpha):
    generator, critic = networks(16, 2)
    for model in (generator, critic):
        assert [float(value) for value in grower(model).stage(tf.constant(images, tf.int64))] == [stage, alpha]
    assert grower(shown(generator, images)).logs()["resolution"] == 4 * 2**stage


def test_without_fading_stages_begin_whole():
    layer = grower(ProGANGenerator(2, 8, stable_images=10, fade_images=0).build((16, 16, 1), 5))
    stages = [[float(value) for value in layer.stage(tf.constant(images, tf.int64))] for images in (9, 10, 20, 30)]
    assert stages == [[0, 1], [1, 1], [2, 1], [2, 1]]


def test_a_stage_begins_as_the_one_before_enlarged_and_ends_as_the_network_of_its_size():
    generator, critic = networks(16, 2)
    small_generator, small_critic = networks(8, 4)  # of the same widths at 4 and 8 pixels
    large, small = grower(generator), grower(small_generator)
    pairs = [*zip(small.first, large.first, strict=True), *zip(small.to_colors, large.to_colors[:2], strict=True)]
    pairs += zip(small.others[0], large.others[0], strict=True)
    pairs += zip(grower(small_critic).of_colors, grower(critic).of_colors[:2], strict=True)
    pairs += zip(grower(small_critic).blocks[0], grower(critic).blocks[0], strict=True)
    for to, of in pairs:
        to.set_weights(of.get_weights())
    whole = shown(generator, 100)(Z).numpy()  # stage 1, alpha 1
    up = NearestUpsampling()
    np.testing.assert_array_equal(whole, up(shown(small_generator, 10**6)(Z)))
    np.testing.assert_array_equal(shown(generator, 128)(Z), whole)  # stage 2, alpha 0
    assert np.abs(shown(generator, 140)(Z) - whole).max() > 1e-3
    images = tf.random.stateless_uniform((3, 16, 16, 1), (0, 1), -1, 1)
    grown = [grower(model) for model in (critic, small_critic)]
    seen = shown(critic, 100) and grown[0](images).numpy()
    halves = tf.nn.avg_pool2d(images, 2, 2, "VALID")
    np.testing.assert_array_equal(seen, shown(small_critic, 10**6) and grown[1](halves))
    np.testing.assert_array_equal(shown(critic, 128) and grown[0](images), seen)
    assert np.abs((shown(critic, 140) and grown[0](images)) - seen).max() > 1e-3


def growing_gan(**options) -> GAN:
    keras.utils.set_random_seed(0)
    generator, critic = networks(8, 2)
    return GAN(generator, critic, critic_terms=[GradientPenalty()], **options)


def test_goes_on_bit_for_bit_across_a_growth_step_without_a_retrace(tmp_path):
    """16 images a step: 4 pixels in the first two, 8 from the third on."""
    batches = list(tiny.batches(96, 16))

    def run(gan: GAN, part: slice) -> list[dict]:
        logs = []
        for batch in batches[part]:
            logs.append({name: float(value) for name, value in gan._step_function(batch).items()})
        assert gan._step_function.experimental_get_tracing_count() == 1
        return logs

    whole, resumed = growing_gan(), growing_gan()
    begun = run(whole, slice(0, 2))
    path = whole.checkpoint().write(str(tmp_path / "checkpoint"))
    logs = begun + run(whole, slice(2, 6))
    assert [(row["resolution"], row["fade_alpha"]) for row in logs] == [
        (4, 1), (4, 1), (8, 0), (8, 0.25), (8, 0.5), (8, 0.75)
    ]  # fmt: skip
    assert all(np.isfinite(list(row.values())).all() for row in logs)
    resumed.checkpoint().read(path).assert_consumed()
    assert run(resumed, slice(2, 6)) == logs[2:]
    for model in ("generator", "critic", "ema_generator"):
        assert tiny.equal(tiny.weights(getattr(resumed, model)), tiny.weights(getattr(whole, model)))
    for model in (whole.generator, whole.ema_generator, whole.critic):
        assert int(grower(model).images_shown) == 80  # before the last step: what it made images with


@pytest.mark.parametrize("updates", [3])
def test_a_smaller_last_batch_counts_the_images_that_it_has(tmp_path, updates):
    """Batches of 16 and 6 images; with 3 updates a step shows 15 and 6 of them."""
    each, last = (16, 6) if updates == 1 else (15, 6)
    gan = growing_gan(critic_updates=updates)
    counts = []

    def note(batch, logs=None):
        counts.append(int(grower(gan.generator).images_shown))

    gan.fit(
        tiny.images(22),
        batch_size=16,
        epochs=2,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=note)],
    )
    assert counts == [0, each, each + last, 2 * each + last]
    continued = growing_gan(critic_updates=updates)
    continued.checkpoint().read(gan.checkpoint().write(str(tmp_path / "checkpoint"))).assert_consumed()
    continued.fit(tiny.images(6), batch_size=6, verbose=0)
    assert int(grower(continued.critic).images_shown) == 2 * (each + last)


def test_weights_of_later_stages_stand_still():
    gan = growing_gan(ema_half_life=None)
    late = [layer for layers in grower(gan.generator).others for layer in layers]
    before = [layer.get_weights()[0] for layer in late]
    tiny.step(gan)
    assert tiny.equal([layer.get_weights()[0] for layer in late], before)


def test_trains_with_classes():
    gan = GAN(
        ProGANGenerator(2, 8, **SCHEDULE).build((8, 8, 1), 5, ConcatenatedEmbedding(3), tiny.CLASSES),
        ProGANCritic(width=2, widest=8, batch_statistics=MinibatchStandardDeviation(), **SCHEDULE).build(
            (8, 8, 1), Projection(), tiny.CLASSES
        ),
        classes=tiny.CLASSES,
    )
    gan.step.assign(3)
    logs = tiny.step(gan, labeled=True)
    assert logs["resolution"] == 8
    assert all(np.isfinite(value) for value in logs.values())


@pytest.mark.parametrize(
    ("mistake", "expected", "received"),
    [
        (lambda: ProGANGenerator(stable_images=0), "stable_images", "0"),
        (lambda: ProGANCritic(fade_images=-1), "fade_images", "-1"),
        (lambda: ProGANCritic(normalization="layer"), "normalization", "layer"),
        (lambda: ProGANGenerator().build((28, 28, 1), 5), "8, 16, 32", "28"),
    ],
)
def test_refuses_what_cannot_be(mistake, expected, received):
    with pytest.raises(UserError) as error:
        mistake()
    assert expected in error.value.expected
    assert received in error.value.received
