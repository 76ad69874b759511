"""What a run, or a folder of images, is worth: `python -m tfgan_course evaluate`."""

import dataclasses
import json
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jsonargparse import ArgumentParser, Namespace
from jsonargparse.typing import NonNegativeInt, PositiveInt
from PIL import Image

from tfgan_course.config.parser import parse, read
from tfgan_course.data import DataConfig, Images, check_images, load, take_random
from tfgan_course.data.facts import facts
from tfgan_course.data.folder import Listing, listing
from tfgan_course.data.folder import read as read_pictures
from tfgan_course.errors import UserError
from tfgan_course.evaluation.comparison import (
    METRICS,
    Comparison,
    Figures,
    Reference,
    check_names,
    chosen,
    compute,
)
from tfgan_course.evaluation.features import Cache, Features, default_cache, features_from, image_checksum
from tfgan_course.files import write_text
from tfgan_course.gan.generated import Generated, draw
from tfgan_course.runs.build import build
from tfgan_course.runs.checkpoints import restore
from tfgan_course.runs.directory import RunDirectory

MOST_REAL = 50_000


def evaluate_command(args: Sequence[str]) -> None:
    """Measure how good a run's images are, or a folder's: a table, and evaluation.json in the run."""
    parser = ArgumentParser(
        prog="evaluate", description=evaluate_command.__doc__, exit_on_error=False, allow_abbrev=False
    )
    parser.add_argument(
        "source", type=str, help="a run directory, or a folder of images (in it, or a sub-folder a class)"
    )
    parser.add_argument("--samples", type=PositiveInt, default=10_000, help="generated images to judge")
    parser.add_argument(
        "--features",
        type=str | None,
        help="a classifier's run, a Keras file, a SavedModel's folder, inception, or none",
    )
    parser.add_argument("--metrics", type=list[str] | str | None, help=f"some of {','.join(METRICS)}; all that can be")
    parser.add_argument("--split", choices=["train", "test"], default="train", help="real images to compare with")
    parser.add_argument(
        "--checkpoint", type=str, default="latest", help="of a run: latest, best, or the number of a step"
    )
    parser.add_argument("--average", type=bool, default=True, help="of a run: use the averaged generator (EMA)")
    parser.add_argument("--seed", type=NonNegativeInt, default=0, help="of a run: of the latents")
    parser.add_argument(
        "--out", type=str | None, help="the JSON file (default: evaluation.json in a run; none of a folder)"
    )
    parser.add_argument(
        "--cache", type=str | None, default=str(default_cache()), help="where features of real images stay"
    )
    parser.add_class_arguments(DataConfig, "data", help="the real images to compare a folder's with")
    options = parse(parser, args)
    source = Path(options.source)
    names = options.metrics
    if isinstance(names, str):
        names = [name.strip() for name in names.split(",")]
    check_names(names or ())
    features = features_from(options.features)
    out = Path(options.out) if options.out else None
    if (source / "config.yaml").is_file():
        if any(arg.startswith("--data") for arg in args):
            raise UserError(f"{source} is compared with the images it was trained on: leave --data out")
        generated, train, test = of_run(RunDirectory(source), options, features)
        out = out or source / "evaluation.json"
    elif source.is_dir():
        data = parser.instantiate(options).data
        train, test = load(data)
        generated = of_folder(source, data, train, options.samples)
    else:
        raise UserError(f"{source} is neither a run directory nor a folder of images")
    cache = Cache(Path(options.cache).expanduser() if options.cache else None)
    record = evaluate(Reference(train, test, features, options.split, cache, MOST_REAL), generated, names)
    print(table(record))
    if out is not None:
        append(out, record)
        print(f"Written to {out}")
    if features is None and names is None:
        print(
            "Frechet distance, precision, recall and others need features: --features RUN, a classifier trained with "
            "python -m tfgan_course classifier"
        )


def of_run(run: RunDirectory, options: Namespace, features: Features | None) -> tuple[Generated, Images, Images]:
    """Images of a run's generator, and the images it was trained and tested on."""
    known = run.images
    if known.get("kind") == "classifier":
        raise UserError(
            f"{run.path} is a classifier's run. It goes in with --features {run.path}; evaluate takes a GAN's"
        )
    if features is not None:
        features.check_shape(known["image_shape"])  # before anything slow
    config = read(run.config)
    train, test = load(config.data)
    check_images(known, facts(train, test), run.path)
    if config.data.labels_per_class is not None:
        # Its secret labels are no secret to who judges.
        train, test = load(dataclasses.replace(config.data, labels_per_class=None))
    gan = build(config, tuple(known["image_shape"]), len(known["class_names"] or ()) or None)
    restore(gan, run, options.checkpoint)
    source = {"run": run.path.name, "step": gan.steps_done, "average": options.average, "seed": options.seed}
    return draw(gan, options.samples, options.seed, options.average)._replace(source=source), train, test


def of_folder(folder: Path, data: DataConfig, train: Images, samples: int) -> Generated:
    """At most so many images of a folder; sub-folders named like the real images' classes are their labels."""
    listed = listing(folder)
    names = listed.classes
    if names is not None and train.class_names is not None:
        unknown = sorted(set(names) - set(train.class_names))
        if unknown:
            raise UserError(
                f"{folder} has classes that the real images do not have: {', '.join(unknown)}. They have "
                f"{', '.join(train.class_names)}; --data says which they are"
            )
        names = [name for name in train.class_names if name in names]
    warn_of_size(folder, listed, data.size)
    channels = train.shape[-1]
    pictures = read_pictures(listed, names, dataclasses.replace(data, channels=channels), folder)
    found = take_random(pictures.stack(channels, names), samples)
    labels = found.labels
    if labels is not None:
        numbers = [train.class_names.index(name) for name in names] if train.class_names else range(len(names))
        labels = np.array(numbers, np.int32)[labels]
    return Generated(found.images, labels, {"folder": str(folder), "checksum": image_checksum(found.images)})


def warn_of_size(folder: Path, listed: Listing, size: int) -> None:
    """Says so if images are resized to be judged."""
    others = set()
    for path in (path for paths in listed.files.values() for path in paths):
        try:
            with Image.open(path) as picture:
                if picture.size != (size, size):
                    others.add(picture.size)
        except Exception:  # reading the folder will name the broken ones
            continue
    if others:
        shown = ", ".join(f"{width} x {height}" for width, height in sorted(others)[:3])
        warnings.warn(
            f"images in {folder} of {shown} are made {size} x {size}, the size of the real ones (--data.size)",
            stacklevel=2,
        )


def evaluate(reference: Reference, generated: Generated, names: Sequence[str] | None = None) -> dict:
    """A record of what generated images are worth.

    Args:
        reference: the real images, and features.
        generated: the images to judge.
        names: of metrics; all that can be computed unless given.

    Returns:
        What evaluation.json holds of it, see docs/evaluation.md.
    """
    features, real = reference.features, reference.images.images
    comparison = Comparison(reference, generated.images, generated.labels)
    selected = chosen(names, features, comparison.labels is not None)
    if any("features" in METRICS[name].needs for name in selected):
        comparison.fake  # noqa: B018 (features that do not fit are an error, not a warning for each metric)
    found = compute(selected, comparison, asked=names is not None)
    needs_features = {name: "features" in METRICS[name].needs for name in found}
    return {
        "generated": {**generated.source, "images": len(generated.images)},
        "real": {
            "split": reference.split,
            "images": len(real),
            "shape": list(real.shape[1:]),
            "checksum": image_checksum(real),
        },
        "without_features": merged(found, [name for name in found if not needs_features[name]]),
        "features": features.identity if features else None,
        "with_features": merged(found, [name for name in found if needs_features[name]]),
    }


def merged(found: dict[str, Figures], names: Sequence[str]) -> Figures:
    """The figures of some metrics in one dictionary."""
    return {figure: value for name in names for figure, value in found[name].items()}


def table(record: dict) -> str:
    """A record as lines to print."""
    good = {figure: word for metric in METRICS.values() for figure, word in metric.figures.items()}
    generated, real = record["generated"], record["real"]
    lines = [f"{generated['images']} generated images against {real['images']} real ones ({real['split']})"]
    for title, figures in (
        ("Without features", record["without_features"]),
        (told(record["features"]), record["with_features"]),
    ):
        if figures:
            lines += ["", title]
            lines += [f"  {name:<32} {value:>12.5g}  {good[name]}".rstrip() for name, value in figures.items()]
    return "\n".join(lines)


def told(identity: dict | None) -> str:
    """Features in words."""
    return "" if identity is None else "Features: {name} ({kind}, {checksum})".format(**identity)


def append(path: Path, record: dict) -> None:
    """Adds a record to a JSON file of them; one of the same images by the same features is brought up to date.

    Raises:
        UserError: if the file is there and holds something else.
    """
    records = []
    if path.is_file():
        try:
            records = json.loads(path.read_text(encoding="utf-8"))
            same = [known for known in records if key(known) == key(record)]
        except (ValueError, TypeError, LookupError) as error:
            raise UserError(
                f"{path} holds something else than evaluations ({error}): move it away, or use --out"
            ) from error
        for known in same:
            for part in ("without_features", "with_features"):
                record[part] = {**known[part], **record[part]}
        records = [known for known in records if key(known) != key(record)]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps([*records, record], indent=2) + "\n")
    except OSError as error:
        raise UserError(f"cannot write to {path}: {error.strerror or error}") from error


def key(record: dict) -> str:
    """What tells two records apart."""
    return json.dumps([record[part] for part in ("generated", "real", "features")], sort_keys=True)
