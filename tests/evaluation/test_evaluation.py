import json
import math

import numpy as np
import pytest
from PIL import Image

from tests import tiny
from tfgan_course import metrics
from tfgan_course.config.schema import MetricsConfig
from tfgan_course.data import Images
from tfgan_course.errors import UserError
from tfgan_course.evaluation.callback import Evaluate
from tfgan_course.evaluation.comparison import Comparison, Reference
from tfgan_course.evaluation.evaluation import Generated, of_folder, record_of
from tfgan_course.evaluation.extractor import FeatureExtractor, FeatureTable
from tfgan_course.evaluation.metric import compute
from tfgan_course.evaluation.metrics import chosen, metrics_of, our_metrics
from tfgan_course.evaluation.records import append, table


class Squares(FeatureExtractor):
    """16 means of 7 x 7 pixels, and three probabilities."""

    tells_classes = True

    def __init__(self, name: str = "squares"):
        super().__init__(name, "test")

    def read(self, images):
        squares = images.reshape(len(images), 4, 7, 4, 7).mean(axis=(2, 4)).reshape(len(images), 16)
        powers = np.exp(squares[:, :3] / 10)
        return FeatureTable(squares.astype(np.float32), powers / powers.sum(axis=1, keepdims=True))

    def weights_checksum(self):
        return "12345678"


def some_images(count: int, seed: int = 0, shift: int = 0) -> Images:
    rng = np.random.default_rng(seed)
    labels = np.arange(count, dtype=np.int32) % 3
    pixels = rng.integers(0, 180, (count, 28, 28, 1)) + 20 * labels[:, None, None, None] + shift
    return Images(pixels.astype(np.uint8), labels, ("a", "b", "c"))


def reference(features: FeatureExtractor | None = None, **options) -> Reference:
    return Reference(some_images(200), some_images(120, seed=1), features, **options)


def test_figures_are_those_of_the_functions():
    real, fake = some_images(200), some_images(150, seed=2, shift=9)
    features = Squares()
    found = record_of(reference(features), Generated(fake.images, fake.labels, {"run": "x"}))
    of_real, of_fake = features(real.images), features(fake.images)
    held_out = features(some_images(120, seed=1).images)
    expected = found["with_features"]
    assert set(found["without_features"]) | set(expected) == {
        name for each in our_metrics() if "pairs" not in each.needs for name in each.figures
    }
    assert expected["frechet"] == pytest.approx(metrics.frechet_distance(of_real.embeddings, of_fake.embeddings))
    assert expected["inception_score"] == metrics.inception_score(of_fake.probabilities).score
    assert expected["memorization"] == metrics.memorization(*(x.embeddings for x in (of_real, held_out, of_fake))).ratio
    assert expected["intra_class_frechet"] == pytest.approx(
        metrics.intra_class_frechet_distance(of_real.embeddings, real.labels, of_fake.embeddings, fake.labels).distance
    )
    accuracy = metrics.classification_accuracy_score(
        held_out.embeddings, some_images(120, seed=1).labels, of_fake.embeddings, fake.labels
    )
    assert expected["classification_accuracy"] == accuracy.accuracy
    assert found["generated"] == {"run": "x", "images": 150}
    assert found["features"] == {"name": "squares", "kind": "test", "checksum": "12345678"}
    assert "squares (test, 12345678)" in table(found)


def test_the_other_split_is_the_other_images():
    fake = some_images(150, seed=2)
    features = Squares()
    found = record_of(reference(features, split="test"), Generated(fake.images), metrics_of(["frechet"]))
    held_out = features(some_images(120, seed=1).images).embeddings
    assert found["with_features"]["frechet"] == pytest.approx(
        metrics.frechet_distance(held_out, features(fake.images).embeddings)
    )
    assert found["real"]["images"] == 120


@pytest.mark.parametrize("name", ["intra_class_frechet", "ms_ssim", "classification_accuracy"])
def test_a_class_without_real_images_in_the_split_is_left_out_and_said(name):
    train, test, fake = some_images(200), some_images(120, seed=1), some_images(150, seed=2, shift=9)
    without_b = test.take(np.flatnonzero(test.labels != 1))
    lacking = Comparison(Reference(train, without_b, Squares(), split="test"), fake.images, fake.labels)
    (metric,) = metrics_of(name)
    if name == "classification_accuracy":
        assert math.isfinite(metric.compute(lacking)[name])
        return
    with pytest.warns(UserWarning, match="left out.*: b$"):
        found = metric.compute(lacking)
    others = fake.take(np.flatnonzero(fake.labels != 1))
    rest = Comparison(Reference(train, without_b, Squares(), split="test"), others.images, others.labels)
    with pytest.warns(UserWarning, match="left out"):
        assert metric.compute(rest) == found


def test_chooses_what_can_be_computed_and_says_what_lacks():
    def names(features, labeled, paired=False):
        return [metric.name for metric in chosen(None, features, labeled, paired)]

    without_features = [metric.name for metric in our_metrics() if not metric.needs]
    assert {"sliced_wasserstein", "ms_ssim"} <= {*without_features}
    assert names(None, labeled=True) == without_features
    assert names(Squares(), labeled=True, paired=True) == [metric.name for metric in our_metrics()]
    of_pairs = {metric.name for metric in our_metrics()} - {*names(Squares(), labeled=True)}
    assert of_pairs == {"psnr", "ssim", "pair_ms_ssim", "l1"}
    assert "intra_class_frechet" not in names(Squares(), labeled=False)
    for name, features, words in (
        ("frechet", None, "frechet features.*random"),
        ("classification_accuracy", Squares(), "classification_accuracy labels"),
    ):
        with pytest.raises(UserError, match=words):
            chosen(metrics_of([name]), features, labeled=False)
    with pytest.raises(UserError) as error:
        chosen(metrics_of(["psnr"]), None, labeled=True)
    assert "SameNames" in error.value.remedy
    assert "random" not in error.value.remedy


def test_few_images_are_an_error_where_asked_for_and_a_warning_where_not():
    fake = some_images(60)
    few = Reference(some_images(60), some_images(60), Squares())
    few.parts["test"] = Images(few.parts["test"].images[:1], few.parts["test"].labels[:1], ("a", "b", "c"))
    with pytest.raises(UserError, match=r"memorization: .*held-out images"):
        compute(metrics_of(["memorization"]), Comparison(few, fake.images))
    with pytest.warns(UserWarning, match="memorization is left out"):
        found = compute(metrics_of(["memorization", "frechet"]), Comparison(few, fake.images), strict=False)
    assert [metric.name for metric in found] == ["frechet"]
    with pytest.raises(UserError, match="at least 50 generated images; received 49"):
        Comparison(few, fake.images[:49])
    with pytest.raises(UserError, match="same size"):
        Comparison(few, fake.images[:, :20])


def test_records_of_other_features_stay_apart_and_the_same_are_brought_up_to_date(tmp_path):
    path = tmp_path / "evaluation.json"
    fake = Generated(some_images(100).images, None, {"run": "x", "step": 3})
    for features, names in ((Squares(), ["frechet"]), (Squares("others"), ["frechet"]), (Squares(), ["kernel"])):
        append(path, record_of(reference(features), fake, metrics_of(names)))
    records = json.loads(path.read_text())
    assert [record["features"]["name"] for record in records] == ["others", "squares"]
    assert [set(record["with_features"]) for record in records] == [{"frechet"}, {"frechet", "kernel", "kernel_error"}]
    path.write_text("{")
    with pytest.raises(UserError, match="evaluations"):
        append(path, records[0])


def test_folders_are_labeled_by_name_and_their_size_is_told(tmp_path):
    train = some_images(60)
    for name, gray in (("c", 30), ("a", 10)):
        (tmp_path / name).mkdir()
        for index in range(2):
            Image.fromarray(np.full((40, 40), gray, np.uint8)).save(tmp_path / name / f"{index}.png")
    with pytest.warns(UserWarning, match="40 x 40 .*28 x 28"):
        found = of_folder(tmp_path, train, samples=10)
    assert found.images.shape == (4, 28, 28, 1)
    assert sorted(zip(found.labels, found.images[:, 0, 0, 0], strict=True)) == [(0, 10), (0, 10), (2, 30), (2, 30)]
    (tmp_path / "d").mkdir()
    Image.fromarray(np.zeros((28, 28), np.uint8)).save(tmp_path / "d" / "0.png")
    with pytest.raises(UserError, match=r"a, b, c; received .*d"):
        of_folder(tmp_path, train, samples=10)


def gan_of_28():
    from tfgan_course import GAN

    return GAN(tiny.generator(28), tiny.critic(28))


def test_callback_adds_its_figures_before_others_read_them(tmp_path):
    config = MetricsConfig(["sliced_wasserstein"], every_epochs=2, samples=60)
    seen = []

    class Read(tiny.keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(dict(logs))

    gan = gan_of_28()
    real = some_images(200)
    evaluate = Evaluate(gan, config, real, some_images(60, seed=1), cache=tmp_path)
    batches = tiny.tf.data.Dataset.from_tensor_slices(real.images).batch(50)
    gan.fit(batches, epochs=2, callbacks=[evaluate, Read()], verbose=0)
    assert evaluate.figures == ["sliced_wasserstein"]
    assert math.isnan(seen[0]["sliced_wasserstein"])
    value = seen[1]["sliced_wasserstein"]
    logs = {}
    evaluate.on_epoch_end(1, logs)
    assert logs["sliced_wasserstein"] == value  # a function of the generator and the configuration alone
    gan.ema_generator.set_weights([0 * weight for weight in gan.ema_generator.get_weights()])
    evaluate.on_epoch_end(1, logs)
    assert logs["sliced_wasserstein"] != value  # it is the averaged generator that is judged


def test_without_pairs_a_small_set_for_testing_gives_way_to_the_training_images(tmp_path):
    from tfgan_course import GAN
    from tfgan_course.data.unpaired import UnpairedImages

    generator = tiny.Translator().build((28, 28, 1), 1, condition_shape=(28, 28, 1))
    gan = GAN(generator, tiny.critic(28))
    train, conditions = some_images(80), some_images(70, seed=1)
    for count, split in ((8, "train"), (50, "test")):
        test = UnpairedImages(some_images(count, seed=2), some_images(count, seed=3))
        config = MetricsConfig(["sliced_wasserstein"], samples=60)
        evaluate = Evaluate(gan, config, UnpairedImages(train, conditions), test, cache=tmp_path)
        assert evaluate.reference.split == split
        logs = {}
        evaluate.on_epoch_end(0, logs)
        assert logs["sliced_wasserstein"] > 0


def test_callback_names_features_in_its_columns_and_refuses_before_training(tmp_path):
    real, gan = some_images(60), gan_of_28()
    pooled = [tiny.keras.Input((28, 28, 1)), tiny.keras.layers.AveragePooling2D(7), tiny.keras.layers.Flatten()]
    tiny.keras.Sequential(pooled).save(tmp_path / "net.h5")
    config = MetricsConfig(["frechet", "ms_ssim"], samples=60, features=str(tmp_path / "net.h5"))
    evaluate = Evaluate(gan, config, real, real, cache=tmp_path)
    label = evaluate.reference.features.label
    assert evaluate.figures == [f"frechet@{label}", "ms_ssim", "ms_ssim_error", "ms_ssim_of_real"]
    logs = {}
    evaluate.on_epoch_end(0, logs)
    assert set(logs) == set(evaluate.figures)
    assert all(math.isfinite(value) for value in logs.values())
    with pytest.raises(UserError, match="frechet features"):
        Evaluate(gan, MetricsConfig(["frechet"]), real, real)
    with pytest.raises(UserError, match=r"metrics.samples .*at least 50.* 10"):
        Evaluate(gan, MetricsConfig(samples=10), real, real)
    with pytest.raises(UserError, match=r"at least 50 .*received 9.*metrics.names"):
        Evaluate(gan, MetricsConfig(), some_images(9), real)
    assert Evaluate(gan, MetricsConfig([]), real, real).figures == []
