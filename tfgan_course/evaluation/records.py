"""Prints records of evaluations as a table, and keeps them in evaluation.json."""

import json
import math
from pathlib import Path

from tfgan_course.errors import UserError
from tfgan_course.evaluation.metrics import what_is_good
from tfgan_course.files import read_json, write_json

PARTS = "without_features", "with_features"


def table(record: dict) -> str:
    """Return a record as text to print."""
    good = what_is_good()
    generated, real, identity = record["generated"], record["real"], record["features"]
    drawn, of = (
        f" (drawn at random from {part['of']}{_by_place(part)}; each class keeps its share)" if "of" in part else ""
        for part in (generated, real)
    )
    judged = "conditions" if "conditions_of" in generated else "generated images"
    lines = [f"{generated['images']} {judged}{drawn}, {real['images']} real images of {real['split']}{of}"]
    if "held_out" in real:
        lines.append(
            f"{real['held_out']} images of the same source are held out as test images and are not among these"
        )
    features = "Features: {name} ({kind}, {checksum})".format(**identity) if identity else ""
    for title, figures in (("Without features", record["without_features"]), (features, record["with_features"])):
        if figures:
            lines += ["", title]
            lines += [f"  {name:<32} {_number(value)}  {good[name]}".rstrip() for name, value in figures.items()]
    return "\n".join(lines)


def _by_place(part: dict) -> str:
    """Return a remark if another order of the images in their source would have given another draw."""
    return " by their places, in another order others are drawn" if part.get("drawn_by") == "place" else ""


def _number(value: float | None) -> str:
    return f"{'none':>12}" if value is None else f"{value:>12.5g}"


def append(path: Path, record: dict) -> None:
    """Add a record to a JSON file of records, or update the record of the same images and features.

    Raises:
        UserError: if the file holds something else, or cannot be written.
    """
    record, records = dict(record), []
    if path.is_file():
        try:
            records = read_json(path)
            same = [known for known in records if _key(known) == _key(record)]
        except (ValueError, TypeError, LookupError) as error:
            received, remedy = f"something else ({error})", "Move this file away, or write to another file"
            raise UserError(expected=f"a list of evaluations in {path}", received=received, remedy=remedy) from error
        for known in same:
            for part in PARTS:
                record[part] = {**known[part], **record[part]}
            record["reasons"] = known.get("reasons", {})
        records = [known for known in records if known not in same]
    # JSON has no infinity.
    figures = {name: value for part in PARTS for name, value in record[part].items() if value is not None}
    reasons = {name: f"the value was {value}" for name, value in figures.items() if not math.isfinite(value)}
    earlier = {name: reason for name, reason in record.get("reasons", {}).items() if name not in figures}
    for part in PARTS:
        record[part] = {name: None if name in reasons else value for name, value in record[part].items()}
    record["reasons"] = earlier | reasons
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, [*records, record])
    except OSError as error:
        received = f"{error.strerror or error}"
        raise UserError(
            expected=f"a file {path} to write", received=received, remedy="Write to another file"
        ) from error


def _key(record: dict) -> str:
    return json.dumps([record[part] for part in ("generated", "real", "features")], sort_keys=True)
