"""Prints records of evaluations as a table, and keeps them in evaluation.json."""

import json
from pathlib import Path

from tfgan_course.errors import UserError
from tfgan_course.evaluation.metrics import what_is_good
from tfgan_course.files import write_text


def table(record: dict) -> str:
    """Return a record as text to print."""
    good = what_is_good()
    generated, real, identity = record["generated"], record["real"], record["features"]
    lines = [f"{generated['images']} generated images against {real['images']} real ones ({real['split']})"]
    features = "Features: {name} ({kind}, {checksum})".format(**identity) if identity else ""
    for title, figures in (("Without features", record["without_features"]), (features, record["with_features"])):
        if figures:
            lines += ["", title]
            lines += [f"  {name:<32} {value:>12.5g}  {good[name]}".rstrip() for name, value in figures.items()]
    return "\n".join(lines)


def append(path: Path, record: dict) -> None:
    """Add a record to a JSON file of records, or update the record of the same images and features.

    Raises:
        UserError: if the file holds something else, or cannot be written.
    """
    records = []
    if path.is_file():
        try:
            records = json.loads(path.read_text(encoding="utf-8"))
            same = [known for known in records if _key(known) == _key(record)]
        except (ValueError, TypeError, LookupError) as error:
            received, remedy = f"something else ({error})", "Move this file away, or write to another file"
            raise UserError(expected=f"a list of evaluations in {path}", received=received, remedy=remedy) from error
        for known in same:
            for part in ("without_features", "with_features"):
                record[part] = {**known[part], **record[part]}
        records = [known for known in records if known not in same]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps([*records, record], indent=2) + "\n")
    except OSError as error:
        received = f"{error.strerror or error}"
        raise UserError(
            expected=f"a file {path} to write", received=received, remedy="Write to another file"
        ) from error


def _key(record: dict) -> str:
    return json.dumps([record[part] for part in ("generated", "real", "features")], sort_keys=True)
