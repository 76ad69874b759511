"""Labels from CSV and JSON files."""

import json
import warnings

import numpy as np
import pytest
from PIL import Image

from tfgan_course.data import DataConfig, LabelFile, facts, load, source_from, summary_of
from tfgan_course.errors import UserError

NAMES = {"a/0.png": "dog", "a/1.png": "cat", "2.png": "dog", "3.PNG": "cat", "b c/4.png": "dog", "5.png": "cat"}


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    for number, name in enumerate(NAMES):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (28, 28), number).save(folder / name)
    return folder


def write(folder, text, name="labels.csv"):
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def found(folder, labels, **options):
    """Return the label of each image by the image's gray, which is its number."""
    config = DataConfig(folder=str(folder), labels=labels, held_out=0.3, **options)
    parts = [images.take(np.arange(len(images))) for images in load(config)]
    return {
        int(image[0, 0, 0]): part.class_names[label]
        for part in parts
        for image, label in zip(part.images, part.labels, strict=True)
    }


RIGHT = dict(enumerate(NAMES.values()))
CSV = "file,label\n" + "".join(f"{name},{label}\n" for name, label in NAMES.items())
FORMS = {
    "labels.csv": CSV,
    "bom.csv": "\ufeff" + CSV,
    "semicolons.csv": CSV.replace(",", ";"),
    "tabs.tsv": CSV.replace(",", "\t"),
    "windows.csv": CSV.replace("\n", "\r\n").replace("a/", "a\\"),
    "others.csv": "note,Image_ID,Breed,w\n\n" + "".join(f'"a,""b",{n},{label},1\n' for n, label in NAMES.items()),
    "endings.csv": CSV.replace(".png", "").replace(".PNG", ""),
    "pairs.json": json.dumps({"labels": [[*item] for item in NAMES.items()]}),
    "mapping.json": json.dumps(NAMES),
    "records.json": json.dumps([{"file": name, "label": label} for name, label in NAMES.items()]),
    "lines.jsonl": "\n".join(json.dumps({"file_name": n, "label": label}) for n, label in NAMES.items()),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("stream", [False, True], ids=["in_memory", "streamed"])
def test_each_form_gives_each_image_its_label(photos, form, stream):
    columns = {"column": "breed"} if form == "others.csv" else {}
    labels = LabelFile(write(photos, FORMS[form], form), **columns)
    assert found(photos, labels, stream=stream) == RIGHT


def test_numbers_are_classes_in_their_own_order(photos):
    numbers = {name: number for name, number in zip(NAMES, (10, 2, 10, 2, 0, 0), strict=True)}
    config = DataConfig(folder=str(photos), labels=write(photos, json.dumps({"labels": [*numbers.items()]}), "d.json"))
    assert load(config)[0].class_names == ("0", "2", "10")
    assert load(DataConfig(folder=str(photos), labels="d.json", classes="10,2"))[0].class_names == ("10", "2")


def test_train_and_test_of_the_names_divide_the_images(tmp_path):
    lines = ["file,label"]
    for number, split in enumerate(["Train", "Train", "Train", "Test", "Test"]):
        (tmp_path / split).mkdir(exist_ok=True)
        Image.new("L", (28, 28), number).save(tmp_path / split / f"{number}.png")
        lines.append(f"{split}/{number}.png,{'cat' if number % 2 else 'dog'}")
    train, test = load(DataConfig(folder=str(tmp_path), labels=write(tmp_path, "\n".join(lines))))
    assert train.images[:, 0, 0, 0].tolist() == [0, 1, 2]
    assert test.images[:, 0, 0, 0].tolist() == [3, 4]
    assert [test.class_names[label] for label in test.labels] == ["cat", "dog"]


@pytest.mark.parametrize(
    ("name", "text", "columns", "parts"),
    [
        ("empty.csv", "file,label\n2.png,cat\n\n5.png,\n", {}, ["line 4", "5.png"]),
        ("nameless.csv", "file,label\n2.png,cat\n,dog\n", {}, ["line 3"]),
        ("lost.csv", "file,label\n2.png,cat\nno.png,dog\n", {}, ["line 3", "no.png"]),
        ("twice.csv", "file,label\n2.png,cat\n5.png,dog\n2.png,dog\n", {}, ["line 2", "line 4", "2.png"]),
        ("outside.csv", "file,label\n../photos/2.png,cat\n", {}, ["line 2", "relative"]),
        ("column.csv", "file,label,breed\n2.png,cat,x\n", {"column": "bred"}, ["line 1", "bred", "breed"]),
        ("files.csv", "file,label\n2.png,cat\n", {"file_column": "image"}, ["line 1", "file, label"]),
        ("many.csv", "file,a,b\n2.png,cat,x\n", {}, ["file, a, b", "data.labels.column"]),
        ("headless.csv", "2.png,cat\n5.png,dog\n", {}, ["line 1", "2.png"]),
        ("quote.csv", 'file,label\n2.png,"cat\n', {}, ["line"]),
        ("none.csv", "file,label\n", {}, ["none"]),
        ("nothing.csv", "", {}, ["none"]),
        ("a.json", '{"labels": null}', {}, ["null"]),
        ("b.json", '[\n ["2.png", 1],\n ["5.png", ""]\n]', {}, ["line 3", "5.png"]),
        ("c.json", '[\n ["2.png", 1],\n ["5.png", [1, 0]]\n]', {}, ["line 3", "[1, 0]"]),
        ("d.json", '[\n ["2.png", 1],\n', {}, ["line 3"]),
        ("e.json", '[{"file": "2.png"}]', {"column": "breed"}, ["entry 1", "breed"]),
        ("f.jsonl", '{"file": "2.png", "label": 1}\n{"file": 3\n', {}, ["line 2"]),
        ("g.json", "[7]", {}, ["entry 1"]),
    ],
)
def test_a_mistake_is_one_error_with_its_place(photos, name, text, columns, parts):
    with pytest.raises(UserError) as error:
        load(DataConfig(folder=str(photos), labels=LabelFile(write(photos, text, name), **columns)))
    for part in parts:
        assert part in str(error.value)


def test_files_that_are_no_label_files_are_refused(photos, tmp_path):
    (photos / "binary.csv").write_bytes(b"\xff\xfe\x00a")
    write(photos, "x", "labels.txt")
    for path in ("missing.csv", "binary.csv", "labels.txt", "", str(tmp_path)):
        with pytest.raises(UserError):
            load(DataConfig(folder=str(photos), labels=path))


def test_labels_need_a_folder_and_a_folder_no_file(photos):
    for options in ({}, {"name": "cifar10"}, {"folder": str(photos), "file": "a.npz"}):
        with pytest.raises(UserError):
            DataConfig(labels="labels.csv", **options)


def test_images_without_a_line_are_left_out_with_a_warning(photos):
    labels = write(photos, "\n".join(CSV.splitlines()[:4]))
    with pytest.warns(UserWarning, match=r"3 images .* left out: .*5\.png"):
        assert found(photos, labels) == {number: RIGHT[number] for number in range(3)}


def test_a_label_file_that_is_not_used_is_mentioned(photos, tmp_path):
    flat = tmp_path / "flat"
    flat.mkdir()
    for number in range(4):
        Image.new("L", (28, 28), number).save(flat / f"{number}.png")
    write(flat, CSV)
    config = DataConfig(folder=str(flat))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        said = summary_of(config, *load(config))
    assert said.count("labels.csv") == 1
    used = DataConfig(folder=str(photos), labels=write(photos, CSV))
    assert "labels.csv" not in summary_of(used, *load(used))


def test_other_labels_are_other_images(photos):
    def checksum(text):
        config = DataConfig(folder=str(photos), labels=write(photos, text), stream=True)
        return facts(*load(config))["checksum"]

    swapped = CSV.replace("2.png,dog", "2.png,cat")
    assert checksum(CSV) == checksum(CSV) != checksum(swapped)


def test_python_takes_a_folder_with_the_path_of_its_labels(photos):
    source = source_from(str(photos), write(photos, CSV))
    images, labels = source.train()
    assert [source.class_names[label] for label in labels] == [*NAMES.values()]
    assert [*map(str, images)] == [str(photos / name) for name in NAMES]
