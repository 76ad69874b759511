"""Five good runs and six that are broken on purpose, and what the health monitor said of each: see docs/health.md.

python benchmarks/health.py                                  # trains all eleven, prints the table
python benchmarks/health.py --only lsgan collapse            # these alone
python benchmarks/health.py --out runs/health                # runs that are there and finished are only read

What is not known here is passed on to every training: --seed 1.
"""

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

# ruff: noqa: E402
from tfgan_course.models import DCGANGenerator

HALF = "--generator.width 32 --critic.width 32"
SMALL = "--generator.width 32 --critic.width 16"
GOOD = {
    "lsgan": "--variant lsgan",
    "simple_gan": "--variant simple_gan",
    "dcgan": f"--variant dcgan {HALF}",
    "cgan": f"--variant cgan {HALF}",
    "sngan": f"--variant sngan {HALF}",
}
"""As long as the variants are; the last three at half their width, which takes a quarter of the time."""
RATES = "--generator_optimizer.learning_rate {} --critic_optimizer.learning_rate {}"
BROKEN = {
    "critic too strong": f"--variant dcgan {SMALL} --epochs 8 --critic_updates 3 {RATES.format(1e-5, 2e-3)}",
    "collapse": f"--variant dcgan {SMALL} --epochs 10 {RATES.format(5e-3, 2e-5)}",
    "learning rate x 100": f"--variant lsgan {SMALL} --epochs 8 {RATES.format(0.1, 0.1)}",
    "label leak": f"--variant cgan {SMALL} --epochs 8 --data.folder" + " {data}/one_class",
    "ten images": f"--variant lsgan {SMALL} --batch_size 9 --steps_per_epoch 93 --metrics.names=[] --data.folder" + " {data}/ten",
    "saturating generator": f"--variant lsgan {SMALL} --epochs 8 --generator health.SaturatingGenerator",
}


@dataclass
class SaturatingGenerator(DCGANGenerator):
    """What it would draw in gray comes out black or white."""

    def body(self, x, image_shape, normalize):
        """See `GeneratorNetwork.body`."""
        from tensorflow import keras

        return keras.layers.Activation("tanh", dtype="float32")(30.0 * super().body(x, image_shape, normalize))


def make_data(folder: Path) -> None:
    """Folders of packaged images: ten of them; and all of them in one class, beside nine with an image each."""
    from tfgan_course.data import DataConfig, load
    from tfgan_course.grids import save_image

    train, test = load(DataConfig())
    firsts = [int(np.flatnonzero(train.labels == label)[0]) for label in range(train.classes)]
    (folder / "ten").mkdir(parents=True)
    for index in firsts:
        save_image(folder / "ten" / f"{index}.png", train.images[index])
    for split, images in (("train", train), ("test", test)):
        for index, image in enumerate(images.images):
            alone = split == "train" and index in firsts[1:]
            place = folder / "one_class" / split / (train.class_names[images.labels[index]] if alone else "all")
            place.mkdir(parents=True, exist_ok=True)
            save_image(place / f"{index}.png", image)


def train(name: str, out: Path, extra: list[str]) -> Path:
    """The run directory, trained if it is not there."""
    run = out / name.replace(" ", "_")
    data = out / "data"
    if not data.exists():
        make_data(data)
    options = (GOOD | BROKEN)[name].format(data=data).split()
    command = [sys.executable, "-m", "tfgan_course", "train"]
    if not run.exists():
        environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{Path(__file__).parent}"}
        with (out / f"{run.name}.log").open("w") as log:
            # One that diverges ends with status 2, and that is what it is here for.
            subprocess.run(
                [*command, *options, *extra, "--out", str(run)], env=environment, stdout=log, stderr=log, check=False
            )
    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/health"), help="where the runs are")
    parser.add_argument("--only", nargs="+", choices=[*GOOD, *BROKEN], default=[*GOOD, *BROKEN], metavar="NAME")
    options, extra = parser.parse_known_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.only:
        print(name, train(name, options.out, extra), flush=True)


if __name__ == "__main__":
    main()
