"""No figure depends on the order of images; a part of the images is drawn from the whole set."""

import json
import math

import numpy as np
import pytest
from PIL import Image

from tests.evaluation.test_evaluation import Squares, some_images
from tfgan_course.data import DataConfig, Images, images_from
from tfgan_course.evaluation import evaluation
from tfgan_course.evaluation.evaluation import evaluate
from tfgan_course.evaluation.metrics import our_metrics
from tfgan_course.evaluation.records import append, table
from tfgan_course.metrics.arrays import stratified


def by_class(count: int, seed: int = 0) -> Images:
    images = some_images(count, seed)
    return images.take(np.argsort(images.labels, kind="stable"))


@pytest.mark.parametrize("metric", [metric.name for metric in our_metrics() if "pairs" not in metric.needs])
@pytest.mark.parametrize("samples", [150, 100])
def test_no_metric_depends_on_the_order_of_images(metric, samples):
    train, test, fake = by_class(200), by_class(120, 1), by_class(150, 2)
    options = {"metrics": metric, "features": Squares(), "samples": samples, "cache": None}
    expected = evaluate(fake.images, (train, test), labels=fake.labels, **options)
    rng = np.random.default_rng(0)
    train, test, fake = (images.take(rng.permutation(len(images))) for images in (train, test, fake))
    found = evaluate(fake.images, (train, test), labels=fake.labels, **options)
    assert found == pytest.approx(expected, rel=1e-6)


def test_a_subset_has_all_classes_in_their_shares_and_the_seed_decides_it():
    labels = np.repeat([0, 1, 2], [600, 300, 100])
    chosen = stratified(1000, 100, labels, seed=0)
    assert np.bincount(labels[chosen]).tolist() == [60, 30, 10]
    assert np.array_equal(chosen, stratified(1000, 100, labels, seed=0))
    assert not np.array_equal(chosen, stratified(1000, 100, labels, seed=1))
    assert len(set(stratified(1000, 100, None, seed=0) // 250)) == 4
    assert stratified(10, 20, None, 0).tolist() == [*range(10)]


def test_fewer_images_than_the_set_holds_are_drawn_from_the_whole_set_and_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(evaluation, "MOST_REAL", 90)
    found = evaluate(by_class(200).images, (by_class(300), by_class(150)), samples=60, metrics="ms_ssim", cache=None)
    assert found.record["real"]["images"] == 90
    assert found.record["real"]["of"] == 300
    assert found.record["generated"]["of"] == 200
    assert "from 300" in table(found.record)
    score = evaluate(by_class(60).images, by_class(300), metrics="inception_score", features=Squares(), cache=None)[
        "inception_score_of_real"
    ]
    assert score > 1.02  # of one class alone it would be lower


def test_the_record_says_if_the_draw_depends_on_the_order(monkeypatch):
    """A streamed set of more images than are used is not read as a whole, so a draw by content is not possible."""
    monkeypatch.setattr(evaluation, "MOST_REAL", 90)
    images, labels = by_class(300).images, by_class(300).labels
    streamed, _ = images_from(images, labels, test=(images[:60], labels[:60]), size=28, stream=True)
    options = {"metrics": "ms_ssim", "cache": None}
    records = [
        evaluate(by_class(60).images, real, **options).record for real in (streamed, Images(images), images[:80])
    ]
    assert [record["real"].get("drawn_by") for record in records] == ["place", "content", None]
    assert ["places" in table(record) for record in records] == [True, False, False]


def folder_of(path, images: Images):
    for index, image in enumerate(images.images):
        Image.fromarray(image[..., 0]).save(path / f"{index:03}.png")


def test_equal_sets_have_no_distance_and_held_out_images_are_counted(tmp_path):
    folder_of(tmp_path, some_images(100))
    options = {"metrics": "frechet", "features": Squares(), "cache": None}
    apart = evaluate(tmp_path, DataConfig(folder=str(tmp_path)), **options)
    assert apart.record["real"]["held_out"] == 10
    assert "10" in table(apart.record).splitlines()[1]
    assert "held out" in table(apart.record)
    whole = np.stack([np.array(Image.open(path)) for path in sorted(tmp_path.iterdir())])
    same = evaluate(tmp_path, whole, **options)
    patches = evaluate(tmp_path, whole[::-1], metrics="sliced_wasserstein", cache=None)
    assert patches["sliced_wasserstein"] == 0
    assert same["frechet"] == pytest.approx(0, abs=1e-3)
    assert "held_out" not in same.record["real"]


def test_records_hold_no_infinity_and_keep_the_reason(tmp_path):
    record = evaluate(some_images(60).images, some_images(60), metrics="sliced_wasserstein", cache=None).record
    record["with_features"] = {"memorization": math.inf, "frechet": 1.0}
    append(tmp_path / "evaluation.json", record)
    (kept,) = json.loads((tmp_path / "evaluation.json").read_text(), parse_constant=pytest.fail)
    assert kept["with_features"]["memorization"] is None
    assert "inf" in kept["reasons"]["memorization"]
    again = {**record, "without_features": {}, "with_features": {"memorization": 0.5}}
    append(tmp_path / "evaluation.json", again)
    (kept,) = json.loads((tmp_path / "evaluation.json").read_text(), parse_constant=pytest.fail)
    assert kept["with_features"]["memorization"] == 0.5
    assert kept["with_features"]["frechet"] == 1.0
    assert not kept["reasons"]
    assert "memorization" in table(kept)
