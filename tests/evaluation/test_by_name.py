"""Users name metrics and feature extractors, and call `evaluate`."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from tests import tiny
from tfgan_course.data import DataConfig, Images, load
from tfgan_course.errors import UserError
from tfgan_course.evaluation.comparison import Comparison, Reference
from tfgan_course.evaluation.evaluation import evaluate
from tfgan_course.evaluation.extractor import FeatureExtractor, FeatureTable, digest
from tfgan_course.evaluation.extractors import RandomFeatures, extractor_of
from tfgan_course.evaluation.metric import Metric, compute
from tfgan_course.evaluation.metrics import Frechet, Kernel, metrics_of, our_metrics, what_is_good


class Means(FeatureExtractor):
    def __init__(self, factor: float = 1.0):
        super().__init__()
        self.factor = factor

    def read(self, images):
        return FeatureTable(self.factor * images.mean(axis=(1, 2), dtype=np.float32))

    def weights_checksum(self):
        return digest(self.factor)


class Contrast(Metric):
    figures = {"contrast": "higher"}  # noqa: RUF012

    def __init__(self, name: str = "contrast"):
        self.returned = name

    def compute(self, comparison):
        return {self.returned: float(comparison.images.std() / comparison.real_images.std())}


HERE = __name__


def test_a_metric_is_named_in_every_way_and_taken_once():
    frechet = Frechet()
    named = metrics_of(["kernel", "kernel", Contrast, frechet, {"class_path": "prdc"}])
    assert [metric.name for metric in named] == ["kernel", "Contrast", "frechet", "prdc"]
    assert named[2] is frechet
    (made,) = metrics_of([{"class_path": f"{HERE}.Contrast", "init_args": {"name": "x"}}])
    assert made.returned == "x"
    assert what_is_good()["contrast"] == "higher"
    assert "Contrast" not in [metric.name for metric in our_metrics()]


def test_metrics_that_share_a_figure_or_do_not_exist_are_refused():
    with pytest.raises(UserError) as error:
        metrics_of([Kernel(), "kernel"], "metrics.names")
    assert "kernel, kernel_error" in error.value.received
    with pytest.raises(UserError) as error:
        metrics_of(["freched"], "metrics.names")
    assert "frechet" in error.value.remedy
    assert "metrics.names" in error.value.expected


def test_a_metric_must_return_the_figures_that_it_lists():
    comparison = Comparison(Reference(Images(tiny.images()), Images(tiny.images())), tiny.images())
    assert compute([metric := Contrast()], comparison) == {metric: {"contrast": 1.0}}
    with pytest.raises(UserError) as error:
        compute([Contrast("contrats")], comparison)
    assert ("contrats" in error.value.received, "contrast" in error.value.expected) == (True, True)


@pytest.mark.parametrize("returned", [1.5, None, {"plain": None}, {"plain": "high"}, {"plain": np.ones(3)}])
def test_a_metric_must_return_numbers_by_name(returned):
    class Plain(Metric):
        figures = {"plain": "lower"}  # noqa: RUF012

        def compute(self, comparison):
            return returned

    comparison = Comparison(Reference(Images(tiny.images()), Images(tiny.images())), tiny.images())
    with pytest.raises(UserError) as error:
        compute([Plain()], comparison)
    assert "plain" in error.value.expected
    assert repr(returned) in error.value.received


def test_features_are_named_in_every_way_and_their_identity_tells_them_apart():
    one, two = extractor_of(f"{HERE}.Means"), extractor_of({"class_path": f"{HERE}.Means", "init_args": {"factor": 2}})
    assert one.identity == {"name": "Means", "kind": f"{HERE}.Means", "checksum": one.checksum}
    assert one.label != two.label
    assert extractor_of(one) is one
    assert isinstance(extractor_of("random"), RandomFeatures)
    assert extractor_of(None) is extractor_of("none") is None
    with pytest.raises(UserError) as error:
        extractor_of("randon", "metrics.features")
    assert "random" in error.value.remedy
    assert "SavedModel" in error.value.expected
    with pytest.raises(UserError, match="gradients"):
        one.embeddings(tiny.tf.zeros((1, 8, 8, 1)))


def test_random_features_are_the_same_everywhere_and_order_images_by_how_far_they_are():
    features = extractor_of("random")
    assert features.checksum == "1fd2fede"
    real, held_out = (part.images for part in load(DataConfig()))
    gray = features(held_out[:3]).embeddings
    np.testing.assert_allclose(features(np.repeat(held_out[:3], 3, axis=-1)).embeddings, gray, rtol=1e-5)
    blurred = (held_out // 2 + np.roll(held_out, 1, axis=2) // 2).astype(np.uint8)
    noisy = np.clip(held_out + np.random.default_rng(0).normal(0, 60, held_out.shape), 0, 255).astype(np.uint8)
    distances = [
        evaluate(images, real, metrics=["frechet"], features=features, cache=None)["frechet"]
        for images in (held_out, blurred, noisy, 255 - held_out)
    ]
    assert distances == sorted(distances)
    assert distances[1] > 2 * distances[0]


def test_arrays_and_folders_are_judged_alike(tmp_path):
    real, fake = tiny.images(60, 28), tiny.images(80, 28)[20:]
    for index, image in enumerate(fake):
        Image.fromarray(image[..., 0]).save(tmp_path / f"{index:02}.png")
    options = {"metrics": ["sliced_wasserstein", Contrast()], "cache": None}
    found = evaluate(fake, real, **options)
    assert found.keys() == {"sliced_wasserstein", "contrast"}
    assert evaluate(tmp_path, Images(real), **options) == found
    assert evaluate(fake, (Images(real[:0]), real), split="test", **options) == found
    assert evaluate(real, real, metrics=["frechet"], features=Means, cache=None)["frechet"] == pytest.approx(
        0, abs=1e-3
    )


def test_what_needs_test_images_says_so_where_there_are_none():
    options = {"features": Means(), "cache": None}
    with pytest.warns(UserWarning, match="memorization is left out"):
        assert "memorization" not in evaluate(tiny.images(60), tiny.images(60), **options)
    with pytest.raises(UserError, match="real images to test"):
        evaluate(tiny.images(60), tiny.images(60), metrics=["memorization"], **options)


@pytest.mark.parametrize("generated", ["nowhere", tiny.images(60)])
def test_images_need_real_ones_to_compare_with(generated):
    with pytest.raises(UserError) as error:
        evaluate(generated)
    assert "real images" in error.value.expected


@pytest.mark.parametrize("generated", [tiny.images(60) / 255, tiny.images(60)[0, ..., 0]])
def test_arrays_of_anything_but_uint8_images_are_refused(generated):
    with pytest.raises(UserError) as error:
        evaluate(generated, tiny.images(60))
    assert str(generated.dtype) in error.value.received


def test_labels_of_an_array_are_compared_within_classes():
    real = Images(tiny.images(120), np.arange(120, dtype=np.int32) % 2, ("a", "b"))
    options = {"metrics": ["intra_class_frechet"], "features": Means(), "cache": None}
    found = evaluate(real.images, (real, real), labels=real.labels, **options)
    assert found["intra_class_frechet"] == pytest.approx(0, abs=1e-6)
    swapped = evaluate(
        real.images, (dataclasses.replace(real, labels=1 - real.labels), real), labels=real.labels, **options
    )
    assert swapped["intra_class_frechet"] > 0
