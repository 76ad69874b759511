import dataclasses
import warnings

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorflow import keras

from tests.tiny import Translator as Network
from tests.tiny import generator as of_latents
from tfgan_course.errors import UserError
from tfgan_course.figures.grids import to_uint8
from tfgan_course.gan import translation
from tfgan_course.gan.translation import Translator
from tfgan_course.models import CUTGenerator, SRResNetGenerator, UNetGenerator


def photo(height: int, width: int) -> np.ndarray:
    smooth = np.random.default_rng(0).normal(size=(height, width, 3)).cumsum(0).cumsum(1)
    return np.clip(128 + 2 * smooth, 0, 255).astype(np.uint8)


def build(network, size: int, scale: int = 1, channels: int = 3) -> keras.Model:
    keras.utils.set_random_seed(0)
    built = network.build((size * scale, size * scale, 3), 1, condition_shape=(size, size, channels))
    # Trained networks have larger weights than new ones, those of CUT and the U-Net above all.
    larger = 3 if isinstance(network, SRResNetGenerator) else 12
    built.set_weights([larger * w if w.ndim == 4 else w for w in built.get_weights()])
    return built


@pytest.mark.parametrize(
    ("network", "size", "scale"),
    [
        (SRResNetGenerator(width=4, blocks=2), 12, 2),
        (SRResNetGenerator(width=4, blocks=1), 12, 4),
        (UNetGenerator(width=4, depth=2), 16, 1),
    ],
    ids=["srresnet x2", "srresnet x4", "shallow u-net"],
)
def test_tiles_leave_no_seam(monkeypatch, network, size, scale):
    """The difference to the photo translated at once is 1 of 255, in less than 1 % of the pixels."""
    generator, given = build(network, size, scale), photo(90, 117)
    whole = Translator(generator)
    assert whole.tiling.whole(90, 117)
    monkeypatch.setattr(translation, "AT_ONCE", 2**10)
    tiled = Translator(generator)
    assert not tiled.tiling.whole(90, 117)
    one, many = (np.int32(it.translate(given)) for it in (whole, tiled))
    assert one.shape == (90 * scale, 117 * scale, 3)
    difference = np.abs(one - many).max(axis=-1)
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.01
    assert np.std(one) > 10
    # A quarter of the margin leaves seams.
    tiled.tiling = dataclasses.replace(tiled.tiling, margin=tiled.tiling.margin // 4)
    assert np.abs(np.int32(tiled.translate(given)) - one).max() > 1


@pytest.mark.parametrize("network", [UNetGenerator(width=4), CUTGenerator(width=4, blocks=1)])
def test_networks_that_see_the_whole_image_say_so(monkeypatch, network):
    monkeypatch.setattr(translation, "AT_ONCE", 2**10)
    translator = Translator(build(network, 16))
    with pytest.warns(UserWarning, match="fade into each other"):
        image = translator.translate(photo(40, 50))
    assert image.size == (50, 40)


def test_an_instance_normalized_network_takes_a_photo_at_once(monkeypatch):
    translator = Translator(build(CUTGenerator(width=4, blocks=1), 16))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        image = np.array(translator.translate(photo(30, 41)))
    padded = np.pad(photo(30, 41), [(0, 2), (0, 3), (0, 0)], "reflect")
    large = CUTGenerator(width=4, blocks=1).build((32, 44, 3), 1, condition_shape=(32, 44, 3))
    large.set_weights(translator.generator.get_weights())
    expected = to_uint8(large(padded[np.newaxis] / np.float32(127.5) - 1, training=False))[0, :30, :41]
    assert np.abs(np.int32(image) - expected).max() <= 1


def test_a_gray_condition_is_pillows_gray():
    given = np.stack(np.meshgrid(range(256), range(0, 256, 5), [0, 77, 255]), -1).reshape(256, -1, 3).astype(np.uint8)
    seen = []
    translator = Translator(build(Network(), 8, channels=1))
    translator.images = lambda condition, labels: seen.append(condition) or condition
    translator.pixels(tf.constant(given[np.newaxis]))
    gray = np.array(Image.fromarray(given).convert("L"))
    np.testing.assert_array_equal(np.round((seen[0].numpy()[0, ..., 0] + 1) * 127.5), gray)


def test_a_photo_of_the_trained_size_is_what_the_generator_makes():
    generator = build(UNetGenerator(width=4), 16)
    given = photo(16, 16)
    expected = to_uint8(generator(given[np.newaxis] / np.float32(127.5) - 1, training=False))[0]
    assert np.abs(np.int32(Translator(generator).translate(given)) - expected).max() <= 1


def test_generators_it_cannot_use():
    with pytest.raises(UserError) as error:
        Translator(of_latents())
    assert "latents" in error.value.received
    x = keras.Input((8, 8, 3), name="condition")
    with pytest.raises(UserError) as error:
        Translator(keras.Model(x, keras.layers.AveragePooling2D(2)(x)))
    assert error.value.received == "images of 4 x 4"
