"""The variants: commented YAML files that come with the package."""

import difflib
from pathlib import Path

from tfgan_course.errors import UserError


def variants() -> dict[str, Path]:
    """Return the variants by name: every YAML file directly in `configs/`."""
    package = Path(__file__).parent.parent
    # In an installed package the folder is inside the package; in a checkout it is next to the package.
    folder = next(folder for folder in (package / "configs", package.parent / "configs") if folder.is_dir())
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def descriptions() -> dict[str, tuple[str, str]]:
    """Return the first two lines of each variant's file: what the variant is, with its paper, and its purpose."""
    files = {name: path.read_text(encoding="utf-8").splitlines() for name, path in variants().items()}
    return {name: (lines[0].lstrip("# "), lines[1].lstrip("# ")) for name, lines in files.items()}


def variant_path(name: str) -> Path:
    """Return the file of a variant.

    Raises:
        UserError: for a name that does not exist; it lists those that do.
    """
    known = variants()
    if name in known:
        return known[name]
    close = difflib.get_close_matches(name.casefold(), known, n=1)
    guess = f"Did you mean {close[0]}? " if close else ""
    raise UserError(
        expected=f"a variant: {', '.join(known)}",
        received=repr(name),
        remedy=f"{guess}Name a YAML file of your own with --config my.yaml, or train('my.yaml') in Python",
    )
