"""Names in Matplotlib's figures."""


def as_written(text: str) -> str:
    """The text as Matplotlib must be given it to be shown: between two `$` it reads a formula, or fails to."""
    return text.replace("$", r"\$")
