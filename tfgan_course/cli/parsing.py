"""From a command line to a command's own options and those of its configuration."""

from collections.abc import Sequence

from jsonargparse import ArgumentError, ArgumentParser, Namespace

from tfgan_course.config.names import Option, check_key, options_of, unknown_option
from tfgan_course.config.variants import variants
from tfgan_course.errors import UserError


def help_topic(words: Sequence[str]) -> str | None:
    """Return what `--help` asks about: empty for the command itself, None where nobody asks for help."""
    asked = [index for index, word in enumerate(words) if word in ("-h", "--help")]
    return "".join(words[asked[0] + 1 :][:1]).lstrip("-") if asked else None


def divided(parser: ArgumentParser, schema: type | None, words: Sequence[str]) -> tuple[Namespace, list[Option]]:
    """Return a command's own options, with groups and objects among them made, and those of its configuration.

    Args:
        parser: has the command's own options.
        schema: the configuration's class; None for a command without.
        words: the command line.

    Raises:
        UserError: for an option that does not exist, one that is missing, and a value of the wrong type.
    """
    options, others = options_of(words)
    own = {name.removeprefix("--"): action for action in parser._actions for name in action.option_strings}
    rest = [option for option in options if option.key not in own]
    for option in rest:
        if schema is None:
            raise unknown_option(option.key, [*own], f"--{option.key}")
        check_key(option.key, schema, [*own, "config", "variant"], f"--{option.key}")
    wanted = [action for action in parser._actions if not action.option_strings]
    if len(others) < len(wanted):
        missing = wanted[len(others)]
        raise UserError(
            expected=f"{parser.prog} {' '.join(action.dest.upper() for action in wanted)}",
            received=" ".join(others) or "none of these",
            remedy=f"{missing.dest.upper()} is {missing.help}",
        )
    if len(others) > len(wanted) and not any(action.nargs == "+" for action in wanted):
        extra = others[len(wanted)]
        is_variant = schema is not None and extra in variants()
        raise UserError(
            expected="options alone" if not wanted else f"no more than {' '.join(others[: len(wanted)])}",
            received=extra,
            remedy=f"Write --variant {extra}" if is_variant else "Options begin with --",
        )
    for key, action in own.items():
        if action.required and key not in {option.key for option in options}:
            raise UserError(expected=f"--{key}, {action.help}", received="none", remedy=f"Write --{key} VALUE")
    mine = [f"--{key}{'+' * append}={value}" for key, value, append in options if key in own]
    try:
        return parser.instantiate(parser.parse_args([*others, *mine])), rest
    except UserError:
        raise
    except (ArgumentError, ValueError, TypeError) as error:
        message = str(getattr(error, "message", None) or error)
        for key, action in own.items():
            message = message.replace(f'Parser key "{action.dest}":', f"--{key}:")
        raise UserError(message) from error
