import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tests.classifier.test_train import TINY, configure
from tests.objectives.terms.translation import translating_gan, translation_pair
from tfgan_course import GAN
from tfgan_course.classifier.content_loss import ContentLoss
from tfgan_course.classifier.train import train
from tfgan_course.errors import UserError
from tfgan_course.models import UNetGenerator


def network(channels: int = 1, size: int | None = 8) -> keras.Model:
    inputs = keras.Input((size, size, channels))
    x = keras.layers.Conv2D(3, 3, activation="relu", name="edges")(inputs)
    return keras.Model(inputs, keras.layers.GlobalAveragePooling2D(name="mean")(x))


def squared_error(pair, features: keras.Model) -> float:
    real, fake = (np.array(features(batch.images)) for batch in (pair.real, pair.fake))
    return np.square(real - fake).mean()


def test_pixels_are_the_mean_squared_error():
    pair = translation_pair(translating_gan(generator_terms=[ContentLoss()]))
    difference = pair.real.images.numpy() - pair.fake.images.numpy()
    (term,) = pair.gan.generator_terms.values()
    np.testing.assert_allclose(term(pair), np.square(difference).mean(), rtol=1e-5)


@pytest.mark.parametrize("layer", [None, "edges"])
def test_a_files_features_equal_numpys_and_the_network_stays_as_it_is(layer, tmp_path):
    features = network()
    features.save(tmp_path / "features.keras")
    term = ContentLoss(features=str(tmp_path / "features.keras"), layer=layer)
    gan = translating_gan(generator_terms=[term])
    pair = translation_pair(gan)
    chosen = keras.Model(features.input, features.get_layer(layer or "mean").output)
    expected = squared_error(pair, chosen)
    np.testing.assert_allclose(term(pair), expected, rtol=1e-4)
    # It belongs to neither the weights that are trained nor those that are saved.
    assert term.variables == ()
    gan.train_step({"images": pair.real.images, "condition": pair.real.condition})
    np.testing.assert_allclose(term(pair), expected, rtol=1e-4)


def test_gradients_reach_the_generated_image_only(tmp_path):
    network().save(tmp_path / "features.keras")
    gan = translating_gan(generator_terms=[ContentLoss(features=str(tmp_path / "features.keras"))])
    (term,) = gan.generator_terms.values()
    pair = translation_pair(gan)
    real, fake = pair.real.images, pair.fake.images
    with tf.GradientTape() as tape:
        tape.watch([real, fake])
        value = term(pair)
    through_real, through_fake = tape.gradient(value, [real, fake])
    assert through_real is None
    assert np.abs(through_fake).max() > 0


def test_a_dotted_path_names_a_model_or_a_function_that_makes_it(tmp_path, monkeypatch):
    lines = "from tests.classifier.test_content_loss import network", "made = network(3)"
    (tmp_path / "myfeatures.py").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(tmp_path)
    for path, colors in (("myfeatures.made", 3), ("myfeatures.network", 1)):
        gan = translating_gan(generator_terms=[ContentLoss(features=path)])
        pair = translation_pair(gan)
        (term,) = gan.generator_terms.values()
        assert term(pair) > 0
        if colors == 3:  # a gray image is repeated
            import myfeatures

            real, fake = (tf.repeat(batch.images, 3, axis=-1) for batch in (pair.real, pair.fake))
            expected = np.square(np.array(myfeatures.made(real)) - np.array(myfeatures.made(fake))).mean()
            np.testing.assert_allclose(term(pair), expected, rtol=1e-4)


def test_a_classifiers_run_gives_its_last_features(tmp_path):
    run = train(*configure((*TINY, "--epochs", "1")), tmp_path / "judge")
    shape = (28, 28, 1)
    generator = UNetGenerator(width=2).build(shape, 0, condition_shape=shape)
    term = ContentLoss(features=str(run.path))
    gan = GAN(generator, tiny.critic(28), generator_terms=[term])
    images = tf.random.stateless_uniform((2, *shape), (0, 0), -1, 1)
    pair = translation_pair(gan, images=images)
    features = run.load()
    real, fake = (
        [*features(batch.images, training=False)["features"].values()][-1].numpy() for batch in (pair.real, pair.fake)
    )
    np.testing.assert_allclose(term(pair), np.square(real - fake).mean(), rtol=1e-4)


def test_vgg19_sees_what_its_weights_were_trained_on(monkeypatch):
    """VGG19 receives blue, green, red, each minus ImageNet's mean. Its weights are random, which needs no download."""
    vgg = keras.applications.VGG19(weights=None, include_top=False)
    monkeypatch.setattr(keras.applications, "VGG19", lambda **options: vgg)
    shape = (32, 32, 3)
    term = ContentLoss(features="vgg19")
    generator = UNetGenerator(width=2).build(shape, 0, condition_shape=shape)
    gan = GAN(generator, tiny.critic(32, 3), generator_terms=[term])
    pair = translation_pair(gan, images=tf.random.stateless_uniform((1, *shape), (0, 0), -1, 1))
    block = keras.Model(vgg.input, vgg.get_layer("block5_conv4").output)
    mean = np.array([103.939, 116.779, 123.68])
    real, fake = (
        np.array(block(tf.constant((batch.images.numpy()[..., ::-1] + 1) * 127.5 - mean, tf.float32)))
        for batch in (pair.real, pair.fake)
    )
    np.testing.assert_allclose(term(pair), np.square(real - fake).mean(), rtol=1e-3)


@pytest.mark.parametrize(
    ("options", "received"),
    [
        ({"layer": "edges"}, "edges"),
        ({"features": "nowhere.at_all"}, "'nowhere.at_all'"),
        ({"features": "tests.classifier.test_content_loss.TINY"}, "'tests.classifier.test_content_loss.TINY'"),
        ({"features": "tests.classifier.test_content_loss.network", "layer": "conv9"}, "'conv9'"),
        ({"features": "tests.classifier.test_content_loss.large"}, "(16, 16, 1)"),
    ],
)
def test_refuses_features_that_it_cannot_use(options, received):
    with pytest.raises(UserError) as error:
        translating_gan(generator_terms=[ContentLoss(**options)]).begin_terms()
    assert received in error.value.received


def large() -> keras.Model:
    return network(size=16)
