"""The pictures of the page are those that the commands write, to the last bit."""

import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.end_to_end.command import train
from tfgan_course import UserError, load_run
from tfgan_course.cli.main import main
from tfgan_course.demo.pictures import LARGEST_SEED, MOST_FRAMES, MOST_IMAGES, Pictures, command
from tfgan_course.figures.films import save_frames
from tfgan_course.figures.grids import save_image

FAST = ("--epochs", "1", "--steps_per_epoch", "3")
VARIANTS = {
    "simple_gan": ("--generator_optimizer.learning_rate", "0.05"),
    "cgan": ("--precision", "bfloat16", "--generator_optimizer.learning_rate", "0.05"),
    "cstylegan": ("--generator.mapping.depth", "2", "--critic_terms=[]"),
    "pix2pix": ("--data.condition", "Grayscale", "--data.channels", "3"),
}
"""A run without classes, one with classes in another precision, one with a w space, and one from image to image."""


class Runs(dict):
    """The pictures of each variant, trained when it is asked for."""

    def __init__(self, folder: Path):
        super().__init__()
        self.folder = folder

    def __missing__(self, variant: str) -> Pictures:
        path = train(self.folder, variant, *FAST, *VARIANTS[variant])
        self[variant] = Pictures(load_run(path), load_run(path, precision="float32"))
        return self[variant]


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Runs:
    return Runs(tmp_path_factory.mktemp("runs"))


def written(line: str, out: Path) -> bytes:
    """Return what a command line of the page writes, into another file than the one that it names."""
    program, module, package, *words = shlex.split(line)
    assert (program, module, package) == ("python", "-m", "tfgan_course")
    words[words.index("--out") + 1] = str(out)
    assert main(words) == 0
    return out.read_bytes()


def saved(picture: np.ndarray | Image.Image, out: Path) -> bytes:
    save_image(out, picture)
    return out.read_bytes()


@pytest.mark.parametrize(
    ("variant", "able"),
    [
        ("simple_gan", (False, [], False, 4.0)),
        ("cgan", (False, ["Dress", "Coat"], False, 4.0)),
        ("cstylegan", (False, ["Dress", "Coat"], True, 1.0)),
        ("pix2pix", (True, [], False, 4.0)),
    ],
)
def test_the_page_shows_what_a_run_can_do(variant, able, runs):
    pictures = runs[variant]
    assert (pictures.translates, pictures.classes, pictures.layers > 1, pictures.widest) == able
    assert pictures.degrades == pictures.translates


@pytest.mark.parametrize(
    ("variant", "name", "truncation"),
    [("simple_gan", "", 0.5), ("cgan", "", 2.0), ("cgan", "Coat", None), ("cstylegan", "Coat", 0.3)],
)
def test_a_seed_gives_the_file_that_sample_writes(variant, name, truncation, runs, tmp_path):
    pictures = runs[variant]
    options = {"seed": 5, "count": 7, "classes": [name] if name else None, "truncation": truncation}
    line = command("sample", pictures.run, **options, out="grid.png")
    shown = pictures.sample(5, 7, name, truncation)
    assert saved(shown, tmp_path / "shown.png") == written(line, tmp_path / "grid.png")
    assert not np.array_equal(shown, pictures.sample(6, 7, name, truncation))


@pytest.mark.parametrize("variant", ["cgan", "cstylegan"])
def test_class_and_truncation_change_the_picture_and_the_widest_truncation_does_not(variant, runs):
    pictures = runs[variant]
    plain = pictures.sample(5, 7, "Coat")
    assert not np.array_equal(plain, pictures.sample(5, 7, "Dress"))
    assert not np.array_equal(plain, pictures.sample(5, 7, "Coat", 0.2))
    assert np.array_equal(plain, pictures.sample(5, 7, "Coat", pictures.widest))


@pytest.mark.parametrize(
    ("variant", "names"), [("simple_gan", ("", "")), ("cgan", ("Dress", "Coat")), ("cstylegan", ("Coat", "Coat"))]
)
def test_a_walk_is_the_film_of_interpolate_and_its_ends_are_the_images_of_the_seeds(variant, names, runs, tmp_path):
    pictures = runs[variant]
    frames = pictures.walk(3, 8, 6, *names)
    options = {"from_": 3, "to": 8, "frames": 6, "rate": 15, "classes": [*names] if names[0] else None}
    save_frames(tmp_path / "shown.gif", frames, 6, 15)
    line = command("interpolate", pictures.run, **options, out="walk.gif")
    assert (tmp_path / "shown.gif").read_bytes() == written(line, tmp_path / "walk.gif")
    if variant != "cgan":  # a walk is in float32
        assert np.array_equal(frames[0], pictures.sample(3, 1, names[0]))
        assert np.array_equal(frames[-1], pictures.sample(8, 1, names[1]))
    assert len({frame.tobytes() for frame in frames}) == 6


def test_a_mixture_stands_between_its_two_images(runs, tmp_path):
    pictures = runs["cstylegan"]
    first, last = pictures.sample(3, 1, "Coat"), pictures.sample(4, 1, "Coat")
    width, gap, mixtures = first.shape[1], 2, []
    for layer in range(1, pictures.layers):
        picture = pictures.mix(3, 4, layer, "Coat")
        left, middle, right = (picture[:, at : at + width] for at in range(0, 3 * (width + gap), width + gap))
        assert np.array_equal(left, first)
        assert np.array_equal(right, last)
        mixtures.append(middle)
    assert len({picture.tobytes() for picture in (first, last, *mixtures)}) == len(mixtures) + 2
    assert np.array_equal(pictures.mix(3, 3, 1, "Coat")[:, width + gap : 2 * width + gap], first)
    line = command(
        "latents mix",
        pictures.run,
        rows=3,
        columns=4,
        layers=f"1-{pictures.layers - 1}",
        classes=["Coat"],
        average=False,
    )
    assert main([*shlex.split(line)[3:], "--out", str(tmp_path / "figures"), "--formats", "png"]) == 0
    assert (tmp_path / "figures" / "mix.png").exists()


@pytest.mark.parametrize("degrade", [False, True])
def test_a_photo_is_translated_as_translate_does(degrade, runs, tmp_path):
    pictures, file = runs["pix2pix"], tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 30, 3)).astype(np.uint8)).save(file)
    photo, made = pictures.translate(str(file), "", degrade)
    words = ["translate", str(pictures.run.directory.path), str(file), "--out", str(tmp_path / "made.png")]
    assert main([*words, "--degrade", str(degrade).lower()]) == 0
    assert saved(made, tmp_path / "shown.png") == (tmp_path / "made.png").read_bytes()
    assert np.array_equal(np.array(photo), np.array(Image.open(file)))


@pytest.mark.parametrize("content", [b"", b"no photo", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_a_damaged_photo_is_a_mistake_that_names_the_file_alone(content, runs, tmp_path):
    (tmp_path / "damaged.png").write_bytes(content)
    with pytest.raises(UserError) as error:
        runs["pix2pix"].translate(str(tmp_path / "damaged.png"))
    assert "damaged.png" in error.value.received
    assert str(tmp_path) not in str(error.value)
    with pytest.raises(UserError, match="a photo"):
        runs["pix2pix"].translate(None)


def test_what_is_out_of_range_is_a_mistake(runs):
    plain, styled = runs["simple_gan"], runs["cstylegan"]
    for asked in (
        lambda: plain.sample(-1, 4),
        lambda: plain.sample(None, 4),
        lambda: plain.sample(LARGEST_SEED + 1, 4),
        lambda: plain.sample(0, MOST_IMAGES + 1),
        lambda: plain.sample(0, 4, truncation=-1.0),
        lambda: styled.sample(0, 4, "Hat"),
        lambda: plain.walk(0, 1, MOST_FRAMES + 1),
        lambda: plain.walk(1, 1, 10),
        lambda: plain.walk(None, 1, 10),
        lambda: styled.mix(0, 1, styled.layers, "Coat"),
        lambda: styled.mix(0, None, 1, "Coat"),
    ):
        with pytest.raises(UserError):
            asked()


def test_a_command_line_can_be_typed_with_any_name(runs, tmp_path):
    run = load_run(runs["cgan"].run.directory.path)
    line = command("sample", run, classes=["a, b", "c d"], truncation=None, from_=0, out="")
    assert shlex.split(line)[4:] == [str(run.directory.path), "--classes", '"a, b",c d', "--from", "0"]
