import concurrent.futures
import random

import numpy as np
import psutil
import pytest
import tensorflow as tf
from PIL import Image
from tensorflow import keras

from tests import tiny
from tfgan_course.cli.main import main
from tfgan_course.figures.grids import to_uint8
from tfgan_course.gan.latents import Normal, Spherical, Uniform
from tfgan_course.gan.sampling import sample
from tfgan_course.gan.seeds import normal_rows
from tfgan_course.models import MappingNetwork, StyleSpace
from tfgan_course.models.conditioning import AuxiliaryClassifier
from tfgan_course.objectives.pair import Batch
from tfgan_course.runs.open import load_run
from tfgan_course.serving.export import export_savedmodel, warm_up_requests
from tfgan_course.serving.signatures import servable

INVALID = tf.errors.InvalidArgumentError


@pytest.fixture(scope="module")
def signatures(model):
    loaded = tf.saved_model.load(str(model / "1"))
    yield loaded.signatures
    del loaded


def rows(seed, truncation, labels=None) -> dict[str, tf.Tensor]:
    told = {} if labels is None else {"labels": tf.constant(labels, tf.int32)}
    return {"seed": tf.constant(seed, tf.int64), "truncation": tf.constant(truncation, tf.float32), **told}


# What is asked, and the words of the refusal.
REFUSED = {
    "class that is not there": (rows([1, 2], [1, 1], [0, 3]), "labels must be 0 to 2"),
    "negative class": (rows([1], [1], [-1]), "labels must be 0 to 2"),
    "truncation of 0": (rows([1, 2], [1, 0], [0, 0]), "truncation must be above 0"),
    "negative truncation": (rows([1], [-1], [0]), "truncation must be above 0"),
    "too large a truncation": (rows([1], [10.5], [0]), "truncation must be above 0"),
    "truncation that is no number": (rows([1], [float("nan")], [0]), "truncation must be above 0"),
    "infinite truncation": (rows([1], [float("inf")], [0]), "truncation must be above 0"),
    "fewer truncations": (rows([1, 2], [1], [0, 0]), "truncation must have as many rows"),
    "fewer labels": (rows([1, 2], [1, 1], [0]), "labels must have as many rows"),
    "fewer seeds": (rows([1], [1, 1], [0, 0]), "as many rows"),
    "a table of seeds": (rows([[1], [2]], [1, 1], [0, 0]), "seed"),
    "a table of truncations": (rows([1, 2], [[1], [1]], [0, 0]), "truncation"),
    "a table of labels": (rows([1, 2], [1, 1], [[0], [1]]), "labels"),
    "no list": (rows(1, 1, 0), "not compatible with expected shape"),
    "no rows": (rows([], [], []), "at least one row"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("signature", ["sample", "sample_png"])
def test_inputs_that_cannot_be_are_refused_in_words(signatures, signature, case):
    inputs, words = REFUSED[case]
    with pytest.raises(INVALID, match=words):
        signatures[signature](**inputs)


def test_a_class_is_found_by_name_before_number():
    gan = tiny.conditional_gan()
    _, signatures = servable(gan.generator, gan.latents, 3, class_names=["10", "1", "Ünder"])

    def labels(*names: str) -> list[int]:
        return signatures["class_numbers"](names=tf.constant(names))["labels"].numpy().tolist()

    assert labels("10", "1", "0", "2", "Ünder", "üNDER") == [0, 1, 0, 2, 2, 2]
    for name in ("3", "-1", "Coat", "", "99999999999"):
        with pytest.raises(INVALID, match="classes must be 0 to 2"):
            labels("1", name)


def test_latents_and_images_that_cannot_be_are_refused(signatures):
    labels = tf.constant([0, 1], tf.int32)
    refused = [
        ("serving_default", {"latents": tf.zeros([2, 99]), "labels": labels}, "latents"),
        ("serving_default", {"latents": tf.zeros([2, 100, 1]), "labels": labels}, "latents"),
        ("serving_default", {"latents": tf.zeros([3, 100]), "labels": labels}, "as many rows"),
        ("serving_default", {"latents": tf.fill([2, 100], np.nan), "labels": labels}, "finite"),
        ("serving_default", {"latents": tf.zeros([2, 100]), "labels": labels + 2}, "labels must be 0 to 2"),
        ("critic", {"images": tf.zeros([2, 27, 28, 1], tf.uint8), "labels": labels}, "images"),
        ("critic", {"images": tf.zeros([2, 28, 28, 1], tf.uint8), "labels": labels + 2}, "labels must be 0 to 2"),
    ]
    for signature, inputs, words in refused:
        with pytest.raises(INVALID, match=words):
            signatures[signature](**inputs)


@pytest.mark.parametrize("distribution", [Normal(), Spherical(), Uniform()], ids=lambda it: type(it).__name__)
def test_samples_are_the_generators_images_of_the_distributions_latents(distribution):
    generator = tiny.generator()
    _, signatures = servable(generator, distribution)
    seed, truncation = tf.constant([5, -3, 2**40], tf.int64), tf.constant([0.3, 2.0, 10.0])
    latents = distribution.of_normal(normal_rows(seed, truncation, 4))
    expected = to_uint8(np.array(generator(latents, training=False)))
    samples = signatures["sample"](seed=seed, truncation=truncation)["images"].numpy()
    assert np.abs(np.int32(samples) - expected).max() <= 1
    files = signatures["sample_png"](seed=seed, truncation=truncation)["image_bytes"].numpy()
    for image, file in zip(samples, files, strict=True):
        np.testing.assert_array_equal(tf.io.decode_png(file).numpy(), image)
    images = signatures["serving_default"](latents=latents)["images"].numpy()
    np.testing.assert_allclose(images, np.array(generator(latents, training=False)), atol=1e-6)


def test_a_seed_is_one_image_from_the_command_line_from_python_and_served(run, gan, model, signatures, tmp_path):
    words = ["--count", "5", "--seed", "40", "--truncation", "0.7", "--classes", "Bag,Trouser"]
    assert main(["sample", str(run), *words, "--out", str(tmp_path / "images")]) == 0
    typed = np.stack([np.array(Image.open(file)) for file in sorted((tmp_path / "images").iterdir())])[..., None]
    labels = np.int32([2, 0, 2, 0, 2])
    np.testing.assert_array_equal(typed, load_run(run).sample(5, 40, ["Bag", "Trouser"], 0.7))
    np.testing.assert_array_equal(typed, sample(gan, 5, 40, labels, 0.7))
    served = signatures["sample"](**rows(range(40, 45), [0.7] * 5, labels))["images"].numpy()
    # A served model is a graph, which TensorFlow rewrites, so that a value between two levels may fall to either.
    assert np.abs(np.int32(typed) - served).max() <= 1
    assert np.std(typed, axis=0).max() > 1


def test_weights_are_those_of_the_averaged_generator(gan, signatures):
    latents, labels = tf.random.stateless_normal([4, 100], [1, 2]), tf.constant([0, 1, 2, 0])
    served = signatures["serving_default"](latents=latents, labels=labels)["images"].numpy()
    np.testing.assert_allclose(served, np.array(gan.ema_generator([latents, labels], training=False)), atol=1e-5)
    assert np.abs(served - np.array(gan.generator([latents, labels], training=False))).max() > 1e-3


def test_critic_tells_score_and_classes():
    gan = tiny.conditional_gan()
    told = tiny.conditional_gan(critic_conditioning=AuxiliaryClassifier())
    images = tf.constant(tiny.images(5))
    labels = tf.constant([0, 1, 2, 0, 1])
    _, signatures = servable(gan.generator, gan.latents, gan.classes, gan.critic)
    outputs = signatures["critic"](images=images, labels=labels)
    assert set(outputs) == {"score"}
    score = gan.judge(Batch(tf.cast(images, tf.float32) / 127.5 - 1, labels), training=False).score
    np.testing.assert_allclose(outputs["score"], np.array(score)[:, 0], rtol=1e-5, atol=1e-6)
    _, signatures = servable(told.generator, told.latents, told.classes, told.critic)
    outputs = signatures["critic"](images=images)
    assert outputs["score"].shape == [5]
    assert outputs["class_logits"].shape == [5, tiny.CLASSES]


def test_bfloat16_networks_answer_float32_images():
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    gan = tiny.conditional_gan()
    _, signatures = servable(gan.generator, gan.latents, gan.classes, gan.critic)
    outputs = signatures["serving_default"](latents=tf.zeros([2, 4]), labels=tf.constant([0, 1]))
    assert outputs["images"].dtype == tf.float32
    assert np.abs(outputs["images"]).max() <= 1


def test_a_thousand_mixed_requests_from_eight_threads(signatures):
    """Every valid request is right in every batch, every invalid request is refused, and memory does not grow."""
    sample = signatures["sample"]
    chance = random.Random(0)
    pool = [
        (chance.randrange(-(2**63), 2**63), chance.choice([0.5, 1.0, 10.0]), chance.randrange(3)) for _ in range(60)
    ]
    right = np.int32([sample(**rows(*([value] for value in entry)))["images"][0].numpy() for entry in pool])
    assert len({image.tobytes() for image in right}) == len(pool)
    differing = []

    def request(number: int) -> None:
        chance = random.Random(number)
        if chance.random() < 0.3:
            inputs, _ = REFUSED[chance.choice(list(REFUSED))]
            with pytest.raises(INVALID):
                sample(**inputs)
            return
        chosen = chance.choices(range(len(pool)), k=chance.randrange(1, 17))
        seeds, truncations, labels = zip(*(pool[index] for index in chosen), strict=True)
        images = np.int32(sample(**rows(seeds, truncations, labels))["images"].numpy())
        # Kernels for other sizes add in another order: a value between two levels may fall to either.
        difference = np.abs(images - right[chosen])
        assert difference.max() <= 1
        differing.append((difference > 0).mean())

    memory = []
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        for part in range(4):
            list(threads.map(request, range(250 * part, 250 * (part + 1))))
            memory.append(psutil.Process().memory_info().rss)
    assert 600 < len(differing) < 800
    assert np.mean(differing) < 1e-4
    # The first half may fill caches and pools.
    assert memory[3] - memory[1] < 10 * 2**20, memory


@pytest.fixture
def styled():
    """A conditional GAN with a mapping network whose average w is not 0, and its signatures."""
    gan = tiny.conditional_gan(mapping=MappingNetwork(depth=1, size=6))
    style = StyleSpace.of(gan.generator)
    layer = next(layer for layer in style.mapping.layers if layer.name == "average")
    layer.average.assign(np.linspace(-1, 1, 6))
    return gan, style, servable(gan.generator, gan.latents, gan.classes)[1]


def test_a_w_space_is_truncated_towards_the_average_w(styled):
    gan, style, signatures = styled
    seed, truncation, labels = tf.constant([5, -3, 7], tf.int64), tf.constant([1e-6, 0.5, 10.0]), tf.constant([0, 1, 2])
    latents = gan.latents.of_normal(normal_rows(seed, tf.fill([3], 10.0), 4))
    w = style.mapping([latents, labels], training=False).numpy()
    average, psi = np.linspace(-1, 1, 6), np.array([[0.0], [0.5], [1.0]])
    expected = np.float32(average + psi * (w - average))[:, None]
    mapped = signatures["map"](latents=latents, truncation=truncation, labels=labels)["ws"].numpy()
    np.testing.assert_allclose(mapped, expected, atol=1e-5)
    images = signatures["synthesize"](ws=tf.constant(mapped))["images"].numpy()
    np.testing.assert_allclose(images, style.synthesis(expected, training=False), atol=1e-5)
    samples = signatures["sample"](seed=seed, truncation=truncation, labels=labels)["images"].numpy()
    assert np.abs(np.int32(samples) - to_uint8(images)).max() <= 1
    # What is not truncated is the generator's own image.
    whole = np.array(gan.generator([latents, labels], training=False))
    np.testing.assert_allclose(images[2], whole[2], atol=1e-5)
    assert np.abs(images[0] - whole[0]).max() > 1e-4


def test_styles_that_cannot_be_are_refused(styled):
    _, _, signatures = styled
    rows = {"latents": tf.zeros([2, 4]), "truncation": tf.ones([2]), "labels": tf.constant([0, 1])}
    refused = [
        ("map", {**rows, "truncation": tf.zeros([2])}, "truncation must be above 0"),
        ("map", {**rows, "truncation": tf.ones([3])}, "truncation must have as many rows"),
        ("map", {**rows, "labels": tf.constant([0, 3])}, "labels must be 0 to 2"),
        ("map", {**rows, "latents": tf.fill([2, 4], np.inf)}, "finite"),
        ("synthesize", {"ws": tf.zeros([2, 6])}, "ws"),
        ("synthesize", {"ws": tf.fill([2, 1, 6], np.nan)}, "finite"),
        ("synthesize", {"ws": tf.zeros([0, 1, 6])}, "at least one row"),
    ]
    for signature, inputs, words in refused:
        with pytest.raises(INVALID, match=words):
            signatures[signature](**inputs)


def test_a_w_space_is_exported_with_its_warm_up(styled, tmp_path):
    gan, _, _ = styled
    version = export_savedmodel(gan, tmp_path / "gan", {})
    loaded = tf.saved_model.load(str(version)).signatures
    asked = dict(warm_up_requests(loaded))
    assert set(asked) == set(loaded) == {"serving_default", "sample", "sample_png", "map", "synthesize"}
    for name, inputs in asked.items():
        loaded[name](**{key: tf.constant(value) for key, value in inputs.items()})
    ws = np.random.default_rng(0).standard_normal((2, 1, 6)).astype(np.float32)
    generator = gan.ema_generator
    expected = StyleSpace.of(generator).synthesis(ws, training=False)
    np.testing.assert_allclose(loaded["synthesize"](ws=tf.constant(ws))["images"], expected, atol=1e-5)
