"""List the variants, and say what each one is for."""

from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.config.variants import descriptions

needs_tensorflow = False


def add_options(parser: Parser) -> None:
    """Declare nothing, since the command has no options."""


def run(options: Options) -> None:
    """Print the name of each variant with the first two lines of its file: what it is, and what it is for."""
    for name, (what, purpose) in descriptions().items():
        print(f"{name:<24} {purpose}\n{'':<24} {what}")
