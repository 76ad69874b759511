"""Train five good runs and six broken ones, and print the monitor's findings: see docs/guides/health.md.

python benchmarks/health.py                                  # trains all eleven, prints the table
python benchmarks/health.py --only lsgan collapse            # only these runs
python benchmarks/health.py --out runs/health                # the folder of the runs; unfinished runs are resumed

Other options, --seed 1 for example, are passed to every training.
"""

import argparse
import math
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

# ruff: noqa: E402
from tfgan_course.health.finding import Finding
from tfgan_course.health.findings import FINDINGS
from tfgan_course.health.monitor import events, from_csv
from tfgan_course.models import DCGANGenerator
from tfgan_course.runs.directory import RunDirectory

SMALL = "--generator.width 32 --critic.width 16"
GOOD = {
    "lsgan": "--variant lsgan",
    "simple_gan": "--variant simple_gan",
    "dcgan": f"--variant dcgan {SMALL}",
    "cgan": f"--variant cgan {SMALL}",
    "sngan": f"--variant sngan {SMALL}",
}
"""Good runs. All have the variants' number of epochs; the last three have smaller networks, to finish in minutes."""
RATES = "--generator_optimizer.learning_rate {} --critic_optimizer.learning_rate {}"
BROKEN = {
    "critic too strong": f"--variant dcgan {SMALL} --epochs 20 --critic_updates 3 {RATES.format(1e-5, 2e-3)}",
    "collapse": f"--variant dcgan {SMALL} --epochs 10 {RATES.format(5e-3, 2e-5)}",
    "learning rate x 100": f"--variant lsgan {SMALL} --epochs 8 {RATES.format(0.1, 0.1)}",
    "label leak": f"--variant cgan {SMALL} --epochs 8 --data.folder" + " {data}/one_class",
    "ten images": f"--variant lsgan {SMALL} --batch_size 9 --steps_per_epoch 93 --metrics.names=[] --data.folder"
    + " {data}/ten",
    "saturating blobs": f"--variant lsgan {SMALL} --epochs 8 --generator health.SaturatingGenerator",
}
CAUSES = {
    "critic too strong": "critic too strong",
    "collapse": "collapse",
    "learning rate x 100": "learning rate too high",
    "label leak": "label leak",
    "ten images": "memorization",
    "saturating blobs": "white patches",
}
"""The finding that the monitor must report for each of these runs."""


@dataclass
class SaturatingGenerator(DCGANGenerator):
    """DCGAN's generator, but a square of 7 pixels whose mean would be brighter than gray becomes white."""

    def body(self, x, image_shape, normalize):
        """See `GeneratorNetwork.body`."""
        from tensorflow import keras

        drawn = super().body(x, image_shape, normalize)
        blobs = keras.layers.UpSampling2D(7)(keras.layers.ReLU()(keras.layers.AveragePooling2D(7)(drawn)))
        return 1.0 - keras.layers.ReLU(dtype="float32")(1.0 - drawn - 30.0 * blobs)


def make_data(folder: Path) -> None:
    """Write two folders: ten packaged images; and all packaged images in one class, with nine classes of one image."""
    from tfgan_course.data import DataConfig, load
    from tfgan_course.figures.grids import save_image

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
    """Return the run directory of a run; train or resume the run if it is not finished."""
    run = out / name.replace(" ", "_")
    data = out / "data"
    if not data.exists():
        make_data(data)
    options = [*(GOOD | BROKEN)[name].format(data=data).split(), *extra, "--out", str(run)]
    command = [sys.executable, "-m", "tfgan_course", "train", *(["--resume", str(run)] if run.exists() else options)]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{Path(__file__).parent}"}
    with (out / f"{run.name}.log").open("a") as log:
        # A run that diverges ends with status 2. Some of these runs are meant to diverge.
        subprocess.run(command, env=environment, stdout=log, stderr=log, check=False)
    return run


def reach(finding: Finding, rows: list[dict[str, float]]) -> float:
    """Return the worst value that lasted for `patience` epochs, which decides whether the finding is reported."""
    values = [
        finding.value(rows[: index + 1]) for index in range(len(rows)) if rows[index]["step"] >= finding.first_step
    ]
    sign = -1 if finding.below else 1
    windows = [values[first : first + finding.patience] for first in range(len(values) - finding.patience + 1)]
    lasting = [min(sign * value for value in window) for window in windows if not np.isnan(window).any()]
    return sign * max(lasting) if lasting else math.nan


def said(run: RunDirectory) -> str:
    """Return the events of a run in words, computed with the present findings."""
    found = events(run.rows())
    if run.health.is_file():
        found += [event for event in from_csv(run.health.read_text(encoding="utf-8")) if event.name == "not finite"]
    lines = [f"{event.name} {'ends' if event.severity == 'ended' else 'since'} {event.since}" for event in found]
    return "; ".join(lines) or "nothing"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/health"), help="folder of the runs")
    parser.add_argument("--only", nargs="+", choices=[*GOOD, *BROKEN], default=[*GOOD, *BROKEN], metavar="NAME")
    options, extra = parser.parse_known_args()
    options.out.mkdir(parents=True, exist_ok=True)
    runs = {name: RunDirectory(train(name, options.out, extra)) for name in tqdm(options.only, unit="run")}
    print("| run | epochs | reported, since which epoch |\n| --- | ---: | --- |")
    for name, run in runs.items():
        print(f"| {name} | {len(run.rows())} | {said(run)} |")
    print("\n| finding | threshold | worst good run | the broken run with this fault |\n| --- | ---: | ---: | ---: |")
    for finding in FINDINGS:
        good = [reach(finding, run.rows()) for name, run in runs.items() if name in GOOD]
        worst = (np.nanmin if finding.below else np.nanmax)(good) if not np.isnan(good).all() else math.nan
        broken = [f"{reach(finding, run.rows()):.3g}" for name, run in runs.items() if CAUSES.get(name) == finding.name]
        side = "below" if finding.below else "above"
        print(f"| {finding.name} | {side} {finding.threshold:g} | {worst:.3g} | {', '.join(broken)} |")


if __name__ == "__main__":
    main()
