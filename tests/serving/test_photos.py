"""The signatures of a generator from image to image, and the client that sends photos."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorflow import keras

from tests.tiny import Translator as Network
from tfgan_course.cli.main import main
from tfgan_course.errors import UserError
from tfgan_course.figures.grids import to_uint8
from tfgan_course.gan.latents import Normal
from tfgan_course.gan.translation import Translator
from tfgan_course.models import PatchGANCritic, UNetGenerator
from tfgan_course.models.conditioning import ConditionalNormalization
from tfgan_course.runs.open import load_run
from tfgan_course.serving.client import connect, sample, translate
from tfgan_course.serving.export import warm_up_requests
from tfgan_course.serving.signatures import servable

INVALID = tf.errors.InvalidArgumentError


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def photo(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(width).integers(0, 256, (height, width, 3)).astype(np.uint8)


def pixels_of(files: tf.Tensor) -> list[np.ndarray]:
    return [np.array(Image.open(io.BytesIO(file))) for file in files.numpy()]


@pytest.fixture(scope="module")
def enlarging():
    """A generator of RGB images of twice the size, and its signatures."""
    keras.utils.set_random_seed(0)
    generator = Network().build((16, 16, 3), 1, condition_shape=(8, 8, 3))
    return generator, servable(generator, Normal())[1]


@pytest.fixture(scope="module")
def fixed():
    """A U-Net of full depth, which takes one size, and its signatures."""
    keras.utils.set_random_seed(0)
    generator = UNetGenerator(width=2).build((16, 16, 3), 1, condition_shape=(16, 16, 1))
    return generator, servable(generator, Normal())[1]


def test_photos_of_any_size(enlarging):
    generator, signatures = enlarging
    assert set(signatures) == {"translate", "translate_png", "tiling"}
    given = np.stack([photo(20, 31), photo(20, 31)[::-1]])
    large = Network().build((40, 62, 3), 1, condition_shape=(20, 31, 3))
    large.set_weights(generator.get_weights())
    condition = np.float32(given) / 127.5 - 1
    expected = large(condition, training=False)
    images = signatures["translate"](condition=tf.constant(condition))["images"]
    np.testing.assert_allclose(images, expected, atol=1e-5)
    files = signatures["translate_png"](image_bytes=tf.constant([*map(png, given)]))["image_bytes"]
    assert np.abs(np.int32(pixels_of(files)) - to_uint8(expected)).max() <= 1


def test_gray_and_jpeg_files(fixed):
    generator, signatures = fixed
    gray = photo(16, 16)[..., 0]
    expected = to_uint8(generator(gray[None, ..., None] / np.float32(127.5) - 1, training=False))[0]
    file = io.BytesIO()
    Image.fromarray(gray).save(file, "JPEG", quality=95)
    for sent, most in ((png(gray), 1), (png(gray[..., None].repeat(3, -1)), 1), (file.getvalue(), 60)):
        (image,) = pixels_of(signatures["translate_png"](image_bytes=tf.constant([sent]))["image_bytes"])
        assert np.abs(np.int32(image) - expected).max() <= most


def test_what_the_generator_does_not_take_is_refused_in_words(enlarging, fixed):
    for signatures, shapes in ((enlarging[1], [(7, 9), (9, 7), (3000, 3000)]), (fixed[1], [(16, 17), (32, 16)])):
        for shape in shapes:
            with pytest.raises(INVALID, match="photos must have"):
                signatures["translate_png"](image_bytes=tf.constant([png(photo(*shape))]))
    signatures = enlarging[1]
    with pytest.raises(INVALID, match="one size"):
        signatures["translate_png"](image_bytes=tf.constant([png(photo(9, 9)), png(photo(9, 10))]))
    with pytest.raises(INVALID, match="at least one row"):
        signatures["translate_png"](image_bytes=tf.constant([], tf.string))
    with pytest.raises(INVALID):
        signatures["translate_png"](image_bytes=tf.constant([b"no picture"]))
    with pytest.raises(INVALID, match="photos must have"):
        signatures["translate"](condition=tf.zeros([1, 7, 7, 3]))
    with pytest.raises(INVALID, match="finite"):
        signatures["translate"](condition=tf.fill([1, 8, 8, 3], np.nan))
    with pytest.raises(INVALID, match="facts must be"):
        signatures["tiling"](facts=tf.constant(["height", "nothing"]))


def test_tiling_tells_what_the_generator_takes(enlarging):
    tiling = Translator(enlarging[0]).tiling
    facts = ["scale", "height", "most", "margin"]
    numbers = enlarging[1]["tiling"](facts=tf.constant(facts))["numbers"]
    assert numbers.numpy().tolist() == [2, 8, tiling.most, tiling.margin]


def test_labels_and_a_critic_of_condition_and_image():
    generator = Network().build((16, 16, 1), 1, ConditionalNormalization(), 3, (8, 8, 1))
    critic = PatchGANCritic(width=2, receptive_field=16, takes_condition=True).build(
        (16, 16, 1), condition_shape=(8, 8, 1)
    )
    _, signatures = servable(generator, Normal(), 3, critic, ["a", "b", "c"])
    assert set(signatures) == {"translate", "translate_png", "tiling", "class_numbers", "critic"}
    sent = tf.constant([png(photo(8, 8))] * 2)
    with pytest.raises(INVALID, match="labels must be 0 to 2"):
        signatures["translate_png"](image_bytes=sent, labels=tf.constant([0, 3]))
    with pytest.raises(INVALID, match="as many rows"):
        signatures["translate_png"](image_bytes=sent, labels=tf.constant([0]))
    condition, images = (tf.cast(photo(size, size)[None, ..., :1], tf.uint8) for size in (8, 16))
    score = signatures["critic"](images=images, condition=condition)["score"]
    floats = {name: np.float32(it) / 127.5 - 1 for name, it in (("images", images), ("condition", condition))}
    expected = critic([floats["images"], floats["condition"]], training=False)["score"]
    np.testing.assert_allclose(score, [np.mean(expected)], rtol=1e-4, atol=1e-6)


def test_warm_up_requests_are_answered(enlarging, fixed):
    for (_, signatures), shape in ((enlarging, (8, 8, 3)), (fixed, (16, 16, 1))):
        for name, inputs in warm_up_requests(signatures, shape):
            answer = signatures[name](**{key: tf.constant(value) for key, value in inputs.items()})
            assert all(len(value) == len(next(iter(inputs.values()))) for value in answer.values())


@pytest.fixture(params=["rest", "grpc"])
def address(request, server) -> str:
    if request.param == "grpc":
        pytest.importorskip(
            "tensorflow_serving.apis",
            reason="needs the extra `serving`: without it photos are not sent over gRPC",
        )
    return getattr(server, request.param)


@pytest.mark.parametrize("kind", ["enlarging", "painting"])
def test_a_request_is_the_image_of_translate_byte_for_byte(address, photo_runs, kind, tmp_path):
    """Photos that need no tiles, that are cut into tiles, that are blended, and with transparency."""
    rgba = np.concatenate([photo(90, 70), photo(90, 70)[..., :1]], -1)
    photos = {"small": photo(14, 14), "odd": photo(30, 23), "large": photo(130, 171), "clear": rgba}
    for name, pixels in photos.items():
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
        sent, asked = str(tmp_path / f"{name}.png"), ["--server", address, "--model", kind]
        assert main(["translate", str(photo_runs[kind]), sent, "--out", str(tmp_path / "here.png")]) == 0
        assert main(["request", *asked, "--translate", sent, "--out", str(tmp_path / "served.png")]) == 0
        assert (tmp_path / "here.png").read_bytes() == (tmp_path / "served.png").read_bytes()
    assert not load_run(photo_runs[kind])._translator
    tiling = connect(address, kind).tiling(["fixed", "most"])
    assert tiling[0] == (kind == "painting")
    assert kind == "painting" or tiling[1] < 130 * 171


def test_a_request_that_does_not_fit_the_model(address, tmp_path, capsys):
    Image.fromarray(photo(5, 5)).save(tmp_path / "a.png")
    given = ["--server", address, "--translate", str(tmp_path / "a.png")]
    out = str(tmp_path / "x.png")
    cases = [
        ([*given, "--model", "plain", "--out", out], "translate_png(image_bytes)"),
        ([*given, "--model", "enlarging", "--out", str(tmp_path / "x")], ".png"),
        ([*given, "--model", "enlarging", "--classes", "1", "--out", out], "no classes"),
        ([*given, "--count", "3", "--out", out], "--count"),
        (["--server", address, "--translate", str(tmp_path / "b.png"), "--out", out], "b.png"),
    ]
    for words, said in cases:
        assert main(["request", *words]) == 2
        assert said in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["a.png"]
    with pytest.raises(UserError) as error:
        sample(connect(address, "enlarging"), 2)
    assert "translate_png" in error.value.received
    assert "--translate" in error.value.remedy


def test_a_server_that_answers_too_little(address):
    from tfgan_course.data.photo import photo_of

    with pytest.raises(UserError):
        translate(connect(address, "few-enlarging"), photo_of(photo(20, 20)))
