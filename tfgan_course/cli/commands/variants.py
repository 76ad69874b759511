"""List the variants: each is a commented YAML file."""

from jsonargparse import ArgumentParser, Namespace

from tfgan_course.config.variants import variants

needs_tensorflow = False


def add_options(parser: ArgumentParser) -> None:
    """Declare nothing: the command has no options."""


def run(options: Namespace) -> None:
    """Print the name of each variant and the first line of its file."""
    for name, path in variants().items():
        print(f"{name:<24} {path.read_text(encoding='utf-8').splitlines()[0].lstrip('# ')}")
