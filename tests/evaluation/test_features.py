import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests.tiny import images
from tfgan_course.errors import UserError
from tfgan_course.evaluation.cache import cached_features
from tfgan_course.evaluation.extractor import FeatureExtractor, FeatureTable
from tfgan_course.evaluation.extractors import FileFeatures, InceptionFeatures, extractor_of


def network(size: int | None = 8, channels: int = 1) -> keras.Model:
    pooled = keras.layers.GlobalAveragePooling2D()
    return keras.Sequential([keras.Input((size, size, channels)), keras.layers.Conv2D(3, 3), pooled])


class Means(FeatureExtractor):
    """An extractor of the mean pixel, which counts its calls."""

    def __init__(self, checksum: str = "0"):
        super().__init__("means", "test")
        self.version, self.asked = checksum, 0

    def read(self, images):
        self.asked += 1
        return FeatureTable(images.mean(axis=(1, 2)).astype(np.float32))

    def weights_checksum(self):
        return self.version


@pytest.mark.parametrize("ending", [".keras", ".h5", "savedmodel"])
def test_file_gives_what_the_network_makes_of_images_in_minus_1_to_1(ending, tmp_path):
    model, path = network(), tmp_path / f"net{ending}"
    if ending == "savedmodel":
        signature = tf.function(lambda x: {"features": model(x)}).get_concrete_function(
            tf.TensorSpec([None, 8, 8, 1], tf.float32)
        )
        tf.saved_model.save(model, str(path), signatures={"serving_default": signature})
    else:
        model.save(path)
    features = extractor_of(str(path))
    table = features(images(300))
    np.testing.assert_allclose(table.embeddings, model.predict(images(300) / 127.5 - 1.0, verbose=0), atol=1e-5)
    assert table.probabilities is None
    assert features.identity["name"] == path.name
    with pytest.raises(UserError, match=r"8 x 8 x 1 .*; received 8 x 8 x 3"):
        features(images(4, channels=3))


def test_checksum_tells_networks_apart(tmp_path):
    sums = []
    for seed in (0, 0, 1):
        keras.utils.set_random_seed(seed)
        network().save(tmp_path / "net.h5")
        sums.append(FileFeatures(tmp_path / "net.h5").checksum)
    keras.utils.set_random_seed(0)
    assert sums[0] != sums[2]
    assert FileFeatures(tmp_path / "net.h5").label == f"net.h5-{sums[2]}"


def test_refuses_files_that_are_no_features(tmp_path):
    keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(3, 3)]).save(tmp_path / "maps.keras")
    with pytest.raises(UserError, match=r"of 4 images; received \(4, 6, 6, 3\).*GlobalAveragePooling2D"):
        extractor_of(str(tmp_path / "maps.keras"))(images(4))
    keras.Sequential([keras.Input((8,)), keras.layers.Dense(2)]).save(tmp_path / "dense.keras")
    with pytest.raises(UserError, match="takes only images"):
        extractor_of(str(tmp_path / "dense.keras"))
    generator = tf.Module()
    generator.images = tf.function(lambda latents: latents, input_signature=[tf.TensorSpec([None, 4], name="latents")])
    tf.saved_model.save(generator, str(tmp_path / "generator"), signatures=generator.images)
    with pytest.raises(
        UserError, match=r"takes only images, float32.*received one that takes latents, float32 \(None, 4\)"
    ):
        extractor_of(str(tmp_path / "generator"))(images(4))
    (tmp_path / "broken.keras").write_bytes(b"nothing")
    with pytest.raises(UserError, match="Keras file"):
        extractor_of(str(tmp_path / "broken.keras"))
    with pytest.raises(UserError, match=r"classifier.*'nowhere'"):
        extractor_of("nowhere")
    with pytest.raises(UserError) as error:
        extractor_of(str(tmp_path))
    assert str(tmp_path) in error.value.received
    with pytest.raises(UserError, match=r"weights.*~/.keras/models"):
        InceptionFeatures(weights=str(tmp_path / "none.h5"))
    assert extractor_of("none") is None


def test_inception_gives_2048_features_and_1000_probabilities_of_gray_and_colored():
    features = InceptionFeatures(weights=None)
    gray = images(2, size=28)
    table = features(gray)
    assert table.embeddings.shape == (2, 2048)
    np.testing.assert_allclose(table.probabilities.sum(axis=1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(features(np.repeat(gray, 3, axis=-1)).embeddings, table.embeddings, rtol=1e-5)


def test_cache_reads_what_is_there_and_nothing_else(tmp_path):
    folder, real = tmp_path / "made" / "when_needed", images(20)
    first, again = Means(), Means()
    expected = cached_features(first, real, folder)
    np.testing.assert_array_equal(cached_features(again, real, folder).embeddings, expected.embeddings)
    assert (first.asked, again.asked) == (1, 0)
    for features, others in ((again, real[:19]), (again, 255 - real), (Means("1"), real)):
        asked = features.asked
        cached_features(features, others, folder)
        assert features.asked == asked + 1
    for file in folder.iterdir():
        file.write_bytes(file.read_bytes()[:50])
    with pytest.warns(UserWarning, match="is damaged"):
        np.testing.assert_array_equal(cached_features(again, real, folder).embeddings, expected.embeddings)
    assert not [file for file in folder.iterdir() if file.name.startswith(".")]


def test_cache_that_cannot_be_written_warns(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.warns(UserWarning, match="cannot keep features"):
        table = cached_features(Means(), images(4), tmp_path / "file")
    assert len(table.embeddings) == 4
