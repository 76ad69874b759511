"""The command translate and the method of a run: what they write, keep and refuse."""

import io
import subprocess
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from tests.end_to_end.command import ENVIRONMENT, arguments, train
from tfgan_course import UserError, load_run
from tfgan_course.cli.main import main
from tfgan_course.data.conditions import Downscale
from tfgan_course.figures.grids import to_uint8

OPTIONS = {
    "generator": "tests.tiny.Translator",
    "critic": {"class_path": "SimpleCritic", "init_args": {"width": 4}},
    "steps_per_epoch": 5,
    "epochs": 1,
    "batch_size": 4,
    "ema_half_life": 20.0,
    "ema_ramp": 1.0,
    "generator_optimizer": {"class_path": "Adam", "init_args": {"learning_rate": 0.05}},
    "metrics": {"names": []},
    "samples": {"count": 4},
    "health": None,
}


def trained_run(folder: Path, condition: str, *options: str) -> Path:
    config = folder / "translate.yaml"
    config.write_text(yaml.safe_dump(OPTIONS))
    words = ["--config", str(config), "--data.condition", condition, "--out", str(folder / "run"), *options]
    assert main(["train", *words]) == 0
    return folder / "run"


@pytest.fixture(scope="module")
def enlarging(tmp_path_factory) -> Path:
    """A run of gray images of twice the condition's size."""
    return trained_run(tmp_path_factory.mktemp("run"), "Downscale", "--data.channels", "1")


def picture(height: int, width: int, channels: int = 3) -> Image.Image:
    pixels = np.random.default_rng(height).integers(0, 256, (height, width, channels)).astype(np.uint8)
    return Image.fromarray(pixels)


@pytest.fixture
def album(tmp_path) -> Path:
    """Photos in a folder and a sub-folder: JPEG, PNG with transparency, 16 bits, lying on its side."""
    album = tmp_path / "album"
    (album / "2019").mkdir(parents=True)
    picture(20, 31).save(album / "one.jpg")
    picture(15, 17, 4).save(album / "clear.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    picture(10, 40).save(album / "2019" / "lying.jpeg", exif=exif)
    Image.fromarray(np.arange(700, dtype=np.uint16).reshape(20, 35) * 90).save(album / "2019" / "deep.png")
    (album / "notes.txt").write_text("no photo")
    return album


def written(out: Path) -> dict[str, tuple[str, tuple[int, int]]]:
    found = {}
    for file in sorted(out.rglob("*")):
        if file.is_file():
            with Image.open(file) as image:
                found[str(file.relative_to(out))] = image.mode, image.size
    return found


def test_a_folder_keeps_its_names_and_the_photos_what_they_are(enlarging, album, tmp_path, capsys):
    picture(8, 9).save(tmp_path / "more.webp")
    out = tmp_path / "out"
    assert main(["translate", str(enlarging), str(album), str(tmp_path / "more.webp"), "--out", str(out)]) == 0
    assert written(out) == {
        "2019/deep.png": ("L", (70, 40)),
        "2019/lying.png": ("L", (20, 80)),
        "clear.png": ("LA", (34, 30)),
        "more.png": ("L", (18, 16)),
        "one.png": ("L", (62, 40)),
    }
    assert "5 photos" in capsys.readouterr().out


def test_python_and_the_command_make_what_the_averaged_generator_makes(enlarging, album, tmp_path):
    run = load_run(enlarging)
    image = run.translate(album / "one.jpg")
    assert main(["translate", str(enlarging), str(album / "one.jpg"), "--out", str(tmp_path / "x.png")]) == 0
    with Image.open(tmp_path / "x.png") as file:
        np.testing.assert_array_equal(np.array(file), np.array(image))
    with Image.open(album / "one.jpg") as photo:
        gray = np.float32(photo.convert("L"))[None, :14, :14, None] / 127.5 - 1
    expected = to_uint8(run.generator(gray, training=False))[0, :20, :20, 0]
    assert np.abs(np.int32(image)[:20, :20] - expected).max() <= 1
    plain = load_run(enlarging, average=False).translate(album / "one.jpg")
    assert np.abs(np.int32(image) - plain).max() > 1


def test_standard_input_goes_to_standard_output(enlarging, album, tmp_path):
    photo = (album / "one.jpg").read_bytes()
    words = arguments("translate", enlarging, "-")
    done = subprocess.run(words, input=photo, capture_output=True, check=True, env=ENVIRONMENT)
    assert main(["translate", str(enlarging), str(album / "one.jpg"), "--out", str(tmp_path / "x.png")]) == 0
    assert done.stdout == (tmp_path / "x.png").read_bytes()
    out = tmp_path / "y.png"
    subprocess.run([*words, "--out", str(out)], input=photo, capture_output=True, check=True, env=ENVIRONMENT)
    assert out.read_bytes() == done.stdout
    done = subprocess.run(words, input=photo[:200], capture_output=True, check=False, env=ENVIRONMENT)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"standard input" in done.stderr


def test_the_runs_degradation_is_shown_beside_the_image(enlarging, album, tmp_path):
    out = tmp_path / "x.png"
    assert main(["translate", str(enlarging), str(album / "one.jpg"), "--degrade", "true", "--out", str(out)]) == 0
    with Image.open(out) as shown, Image.open(album / "one.jpg") as photo:
        shown, gray = np.array(shown), np.array(photo.convert("L"))[:20, :30]
    assert shown.shape == (20, 3 * 30 + 4)
    np.testing.assert_array_equal(shown[:, 64:], gray)
    small = Downscale().of(gray[..., None], 0)[..., 0]
    np.testing.assert_array_equal(shown[:, :30], small.repeat(2, 0).repeat(2, 1))
    np.testing.assert_array_equal(shown[:, 32:62], load_run(enlarging).translate(small))


def refused(capsys, *words: object) -> str:
    assert main(["translate", *map(str, words)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.strip().splitlines()
    return line


def test_what_it_cannot_do_is_one_sentence_and_nothing_is_written(enlarging, album, tmp_path, capsys):
    out, full = tmp_path / "out", tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").touch()
    (tmp_path / "other").mkdir()
    picture(5, 5).save(tmp_path / "other" / "one.png")
    broken = tmp_path / "broken.jpg"
    broken.write_bytes((album / "one.jpg").read_bytes()[:-300])
    tiny = tmp_path / "tiny.png"
    picture(1, 9).save(tiny)
    before = sorted(tmp_path.rglob("*"))
    cases = [
        ((album, "--out", full), "mine.txt"),
        ((album, broken, "--out", out), "broken.jpg"),
        ((album, tiny, "--out", out, "--degrade", "true"), "tiny.png"),
        ((album, tmp_path / "other", "--out", out), "one.jpg"),
        ((album, tmp_path / "nobody", "--out", out), "nobody"),
        ((album, "--out", tmp_path / "x.png"), "4 photos"),
        ((album / "one.jpg", "--out", tmp_path / "x.jpg"), ".png"),
        ((album / "one.jpg",), "--out"),
        (("-", album, "--out", out), "- alone"),
        ((album / "one.jpg", "--out", out, "--classes", "3"), "no classes"),
        ((album, "--out", out, "--classes", "1,2"), "4"),
        (("--out", out), "PHOTOS"),
    ]
    for words, said in cases:
        assert said in refused(capsys, enlarging, *words)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_run_of_latents_is_refused(album, tmp_path, capsys):
    run = train(tmp_path, "dcgan", "--epochs", 1, "--steps_per_epoch", 1)
    capsys.readouterr()
    assert "a generator that takes a condition" in refused(capsys, run, album, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_labels_of_photos(album, tmp_path):
    """A generator that takes labels needs the class of each photo."""
    classes = "--data.classes", "Dress,Coat", "--generator_conditioning", "ConditionalNormalization"
    classes += "--critic_conditioning", "Projection"
    run = load_run(trained_run(tmp_path, "Grayscale", *classes))
    gammas = [weight for weight in run.generator.weights if weight.shape == (2, 4)]
    gammas[0].assign(np.float32([[1] * 4, [5] * 4]))
    images = [np.array(run.translate(album / "one.jpg", name)) for name in ("Dress", "Coat", 1)]
    assert (images[0] != images[1]).any()
    np.testing.assert_array_equal(images[1], images[2])
    with pytest.raises(UserError) as error:
        run.translate(album / "one.jpg")
    assert "Dress, Coat" in error.value.expected
    out = tmp_path / "out"
    words = ["translate", str(run.directory.path), str(album), "--classes", "Dress,Coat,1,0", "--out", str(out)]
    assert main(words) == 0
    assert len(written(out)) == 4


def test_an_array_and_a_file_in_memory(enlarging, album):
    run, file = load_run(enlarging), io.BytesIO((album / "one.jpg").read_bytes())
    with Image.open(album / "one.jpg") as photo:
        images = [run.translate(item) for item in (album / "one.jpg", str(album / "one.jpg"), photo, file)]
        images.append(run.translate(np.array(photo)))
    for image in images:
        np.testing.assert_array_equal(np.array(image), np.array(images[0]))
