"""From a command line to a command's own options and those of its configuration."""

from collections.abc import Sequence

from jsonargparse import ArgumentError, ArgumentParser, Namespace

from tfgan_course.config.names import Option, check_key, options_of, unknown_option
from tfgan_course.config.variants import variants
from tfgan_course.errors import UserError

FILES = ("config", "variant")
"""The options that stand for others."""


def help_topic(words: Sequence[str]) -> str | None:
    """Return what `--help` asks about: empty for the command itself, None where nobody asks for help."""
    for flag in ("--help", "-h"):
        if flag in words:
            behind = list(words[words.index(flag) + 1 :])
            return behind[0].lstrip("-") if behind else ""
    return None


def without_print_config(words: Sequence[str], schema: type | None) -> tuple[list[str], bool]:
    """Return the command line without `--print_config`, and whether it was there."""
    asked = schema is not None and "--print_config" in words
    return [word for word in words if not (asked and word == "--print_config")], asked


def divided(parser: ArgumentParser, schema: type | None, words: Sequence[str]) -> tuple[list[str], list[Option]]:
    """Return the words for a command's own parser, and the options of its configuration.

    Args:
        parser: has the command's own options.
        schema: the configuration's class; None for a command without.
        words: the command line.

    Raises:
        UserError: for an option that does not exist, and for one that is missing.
    """
    options, others = options_of(words)
    own = [name.removeprefix("--") for action in parser._actions for name in action.option_strings if name[:2] == "--"]
    mine, rest = [], []
    for option in options:
        if option.key in own:
            mine.append(f"--{option.key}{'+' * option.append}={option.value}")
        elif schema is None:
            raise unknown_option(option.key, own, f"--{option.key}")
        else:
            check_key(option.key, schema, [*own, *FILES], f"--{option.key}")
            rest.append(option)
    check_positionals(parser, others, bool(schema))
    check_required(parser, {option.key for option in options})
    return [*others, *mine], rest


def check_positionals(parser: ArgumentParser, words: Sequence[str], configured: bool) -> None:
    """Refuse too few or too many words beside the options."""
    wanted = [action for action in parser._actions if not action.option_strings]
    if len(words) < len(wanted):
        names = " ".join(action.dest.upper() for action in wanted)
        raise UserError(
            expected=f"{parser.prog} {names}",
            received=" ".join(words) or "none of these",
            remedy=f"{wanted[len(words)].dest.upper()} is {wanted[len(words)].help}",
        )
    if len(words) > len(wanted) and not any(action.nargs == "+" for action in wanted):
        extra = words[len(wanted)]
        variant = f"Write --variant {extra}" if configured and extra in variants() else "Options begin with --"
        raise UserError(expected="an option", received=extra, remedy=variant)


def check_required(parser: ArgumentParser, given: set[str]) -> None:
    """Refuse a command line without an option that has no default."""
    for action in parser._actions:
        if (
            action.option_strings
            and action.required
            and not {name.lstrip("-") for name in action.option_strings} & given
        ):
            option = action.option_strings[0]
            raise UserError(expected=f"{option} ({action.help})", received="none", remedy=f"Write {option} VALUE")


def parse(parser: ArgumentParser, words: Sequence[str]) -> Namespace:
    """Return a command's own options.

    Raises:
        UserError: for a value of the wrong type.
    """
    try:
        return parser.parse_args(list(words))
    except UserError:
        raise
    except (ArgumentError, ValueError, TypeError) as error:
        message = str(getattr(error, "message", None) or error)
        for action in parser._actions:
            if action.option_strings:
                message = message.replace(f'Parser key "{action.dest}":', f"{action.option_strings[0]}:")
        raise UserError(message) from error
