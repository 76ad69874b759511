"""The variants: commented YAML files that come with the package."""

import difflib
from pathlib import Path

from tfgan_course.errors import UserError


def variants() -> dict[str, Path]:
    """Return the variants by name: every YAML file directly in `configs/`."""
    package = Path(__file__).parent.parent
    # An installed package carries the folder inside; a checkout has it beside.
    folder = next(folder for folder in (package / "configs", package.parent / "configs") if folder.is_dir())
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def variant_path(name: str) -> Path:
    """Return the file of a variant.

    Raises:
        UserError: for a name that does not exist; it lists those that do.
    """
    known = variants()
    if name in known:
        return known[name]
    close = difflib.get_close_matches(name, known, n=1)
    guess = f" Did you mean {close[0]}?" if close else ""
    raise UserError(
        f"there is no variant {name!r}.{guess} Variants: {', '.join(known)}. "
        "A file of your own goes in with --config FILE"
    )
