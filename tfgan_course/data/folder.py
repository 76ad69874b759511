import os
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from PIL import Image
from tqdm import tqdm

from tfgan_course.data.classes import kept_classes
from tfgan_course.data.config import DataConfig
from tfgan_course.data.images import Pictures
from tfgan_course.data.picture import fit
from tfgan_course.errors import UserError

EXTENSIONS = {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
TEST_NAMES = ("test", "validation", "val")
LAYOUT = (
    "Expected: images in the folder itself, or one sub-folder of images per class; either may lie in train/ and test/."
)
PROGRESS_FROM = 2000


class Files(Sequence):
    """Paths of files in one folder, in the order of their names. A million take no more memory than their names."""

    def __init__(self, folder: Path, names: np.ndarray):
        self.folder, self.names = folder, names

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> Path:
        return self.folder / os.fsdecode(self.names[index])


@dataclass
class Listing:
    """The files of one split. `classes` is None where they lie in the folder itself, of the class None."""

    files: dict[str | None, Files]

    @property
    def classes(self) -> list[str] | None:
        """The names of the classes, sorted."""
        return None if None in self.files else list(self.files)


def read_folder(config: DataConfig) -> tuple[Pictures, Pictures | None, tuple[str, ...] | None]:
    """Reads a folder of images: training, test (None if the folder has none of its own), names of the classes.

    Raises:
        UserError: if the folder is missing or laid out otherwise than docs/data.md has it, or no image can be read.
    """
    train_folder, test_folder = splits(existing(config.folder))
    train = listing(train_folder)
    test = None if test_folder is None else listing(test_folder)
    if test is not None:
        check_alike(train, test, train_folder, test_folder)
    names = kept_classes(config.classes, train.classes)
    return (
        read(train, names, config, train_folder),
        None if test is None else read(test, names, config, test_folder),
        names,
    )


def existing(folder: str) -> Path:
    """Returns the folder's path, `~` being the user's home; raises `UserError` if it is none."""
    path = Path(folder).expanduser()
    if not path.exists():
        raise UserError(f"There is no folder {path}.")
    if not path.is_dir():
        raise UserError(f"{path} is a file, not a folder of images.")
    return path


def entries(folder: Path) -> tuple[Files, list[Path]]:
    """Returns the images and the sub-folders in a folder, sorted by name, nothing hidden."""
    images, folders = [], []
    with os.scandir(folder) as found:
        for entry in found:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                folders.append(folder / entry.name)
            elif os.path.splitext(entry.name)[1].lower() in EXTENSIONS and entry.is_file():
                images.append(os.fsencode(entry.name))
    return Files(folder, np.sort(np.array(images, np.bytes_))), sorted(folders)


def splits(folder: Path) -> tuple[Path, Path | None]:
    """Returns the folders of the training and the test images; of the latter None if there is none."""
    images, folders = entries(folder)
    named = {path.name: path for path in folders}
    if "train" not in named:
        if "test" in named:
            raise UserError(f"{folder} has test/ but no train/. {LAYOUT}")
        return folder, None
    others = [name for name in named if name not in ("train", *TEST_NAMES)]
    if others or images:
        beside = [*(f"{name}/" for name in others), *(images[i].name for i in range(min(5, len(images))))]
        raise UserError(f"{folder} has train/ and beside it {', '.join(beside[:5])}. {LAYOUT}")
    return named["train"], next((named[name] for name in TEST_NAMES if name in named), None)


def listing(folder: Path) -> Listing:
    """Returns the image files in a folder, by class."""
    images, folders = entries(folder)
    if images and folders:
        raise UserError(f"{folder} has both images ({images[0].name}) and sub-folders ({folders[0].name}/). {LAYOUT}")
    if images:
        return Listing({None: images})
    files, empty = {}, []
    for path in folders:
        images, deeper = entries(path)
        if deeper:
            raise UserError(f"{path} is a class of {folder} and has sub-folders ({deeper[0].name}/). {LAYOUT}")
        if images:
            files[path.name] = images
        else:
            empty.append(path.name)
    if not files:
        raise UserError(f"There is no image in {folder}. {LAYOUT} Read are {' '.join(sorted(EXTENSIONS))}.")
    if empty:
        warnings.warn(f"Without images, so no classes: {', '.join(empty)} in {folder}.", stacklevel=2)
    return Listing(files)


def check_alike(train: Listing, test: Listing, train_folder: Path, test_folder: Path) -> None:
    """Raises `UserError` unless each class of the test images is one of the training images."""
    if (train.classes is None) != (test.classes is None):
        raise UserError(f"Only one of {train_folder} and {test_folder} has a sub-folder per class. {LAYOUT}")
    absent = [name for name in test.classes or [] if name not in train.classes]
    if absent:
        raise UserError(
            f"Classes in {test_folder} of which {train_folder} has no image: {', '.join(absent)}. "
            f"It has {', '.join(train.classes)}."
        )


def check_memory(count: int, config: DataConfig) -> None:
    """Refuses to read more images than memory has room for."""
    needed, free = count * config.size**2 * (config.channels or 3), psutil.virtual_memory().available
    if needed > free:
        raise UserError(
            f"{count} images of {config.size} x {config.size} need {needed / 1e9:.1f} GB, and {free / 1e9:.1f} GB are "
            "free: write --data.stream true, which reads each when its turn comes."
        )


def read(listed: Listing, names: tuple[str, ...] | None, config: DataConfig, folder: Path) -> Pictures:
    """Decodes the files of the classes to keep. Warns once of all that cannot be read."""
    wanted = names or (None,)
    check_memory(sum(len(listed.files.get(name, ())) for name in wanted), config)
    files = [(path, label) for label, name in enumerate(wanted) for path in listed.files.get(name, [])]

    def decode(file: tuple[Path, int]) -> np.ndarray | None:
        try:
            with Image.open(file[0]) as picture:
                return fit(picture, config.size, config.channels)
        except Exception:  # Broken files make Pillow raise nearly anything: OSError, SyntaxError, struct.error...
            return None

    pictures, labels, broken = [], [], []
    with ThreadPoolExecutor() as pool:
        decoded = tqdm(
            pool.map(decode, files), f"Reading {folder}", len(files), unit="image", disable=len(files) <= PROGRESS_FROM
        )
        for (path, label), picture in zip(files, decoded, strict=True):
            if picture is None:
                broken.append(path.name)
            else:
                pictures.append(picture)
                labels.append(label)
    if broken:
        shown = ", ".join(broken[:5]) + (", ..." if len(broken) > 5 else "")
        warnings.warn(f"Skipped {len(broken)} unreadable of {len(files)} images in {folder}: {shown}.", stacklevel=2)
    lost = sorted({str(wanted[label]) for _, label in files} - {str(wanted[label]) for label in labels})
    if not pictures:
        raise UserError(f"No image in {folder} could be read." if files else f"No image of these classes in {folder}.")
    if lost:
        raise UserError(f"No image could be read of these classes in {folder}: {', '.join(lost)}.")
    return Pictures(pictures, None if names is None else labels)
