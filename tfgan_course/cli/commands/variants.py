"""List the variants, and say what each one is for."""

from jsonargparse import ArgumentParser, Namespace

from tfgan_course.config.variants import variants

needs_tensorflow = False


def add_options(parser: ArgumentParser) -> None:
    """Declare nothing: the command has no options."""


def run(options: Namespace) -> None:
    """Print the name of each variant with the first two lines of its file: what it is, and what it is for."""
    for name, path in variants().items():
        what, purpose = (line.lstrip("# ") for line in path.read_text(encoding="utf-8").splitlines()[:2])
        print(f"{name:<24} {purpose}\n{'':<24} {what}")
