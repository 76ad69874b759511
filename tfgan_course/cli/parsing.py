"""Declare the options of a command, and read their values from a command line."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import is_dataclass
from types import NoneType, SimpleNamespace
from typing import Any, get_origin

from tfgan_course.config.making import completed, made
from tfgan_course.config.merging import Place, assign
from tfgan_course.config.names import FORMER, Option, keys_of, options_in, options_of, unknown_option
from tfgan_course.config.parser import FILES
from tfgan_course.config.variants import variants
from tfgan_course.errors import UserError
from tfgan_course.plugins.signatures import REQUIRED, Parameter
from tfgan_course.plugins.types import alternatives

_AS_TYPED = Place("", "--{}".format)


class Options(SimpleNamespace):
    """The values of a command's options, as attributes (`options.count`) or by name (`options["from"]`).

    Those of the configuration, if the command takes any, are in `settings`, and as the user typed them in `configured`;
    `given` has the names of the options that the user typed.
    """

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)


class Parser:
    """The options that a command declares.

    Args:
        prog: what the user types to call the command.
        description: what the command does.
        schema: the class of the command's configuration, whose options it takes as well; None for a command without.
    """

    def __init__(self, prog: str, description: str = "", schema: type | None = None):
        self.prog, self.description, self.schema = prog, description.strip(), schema
        self.positional: dict[str, Parameter] = {}
        self.options: dict[str, Parameter] = {}
        self.checks: dict[str, Callable[[str], object]] = {}

    def add(
        self,
        name: str,
        hint: object,
        about: str,
        default: object = REQUIRED,
        check: Callable[[str], object] | None = None,
    ) -> None:
        """Declare an option (`--count`) or a positional argument (`run`; it takes all words if it is a list).

        Args:
            name: as it is typed.
            hint: the type of its values; one that may be None is None unless given.
            about: what it means.
            default: its value unless given; an option without a default must be given.
            check: a function that returns the value to use, or raises `UserError` before the command begins its work.
        """
        if default is REQUIRED and NoneType in alternatives(hint):
            default = None
        parameter = Parameter(hint, hint if isinstance(hint, type) and is_dataclass(hint) else lambda: default, about)
        found = self.options if name.startswith("--") else self.positional
        found[name.removeprefix("--")] = parameter
        if check is not None:
            self.checks[name.removeprefix("--")] = check

    def parsed(self, words: Sequence[str]) -> tuple[Options, list[Option]]:
        """Return the values of the command's own options, and the options of its configuration.

        Raises:
            UserError: for an option that does not exist, a required option that is missing, or a value of the wrong
                type.
        """
        options, others = options_of(words)
        own: dict[str, list] = {}
        rest = []
        shared = options_in(self.schema) if self.schema else {}
        for option in options:
            first = option.key.partition(".")[0]
            if first in self.options:
                assign(own, self.options, _AS_TYPED, option.key, option.value, option.append)
            elif first in shared or (self.schema and option.key in (*FILES, *FORMER)):
                rest.append(option)
            else:
                known = [*keys_of(self.options), *keys_of(shared), *(FILES if self.schema else ())]
                raise unknown_option(option.key, known, f"--{option.key}")
        declared = {**self.options, **self.positional}
        values = completed({**own, **self._positional(others)}, declared, _AS_TYPED)
        for name, value in values.items():
            values[name] = made(value, declared[name].hint, _AS_TYPED.part(name))
        for name, check in self.checks.items():
            value = values[name]
            if value is not None:
                values[name] = [*map(check, value)] if isinstance(value, list) else check(value)
        return Options(**values, given={f"--{option.key}" for option in options}), rest

    def _positional(self, words: Sequence[Any]) -> Mapping[str, object]:
        names = list(self.positional)
        if len(words) < len(names) and NoneType not in alternatives(self.positional[names[len(words)]].hint):
            missing = names[len(words)]
            raise UserError(
                expected=f"{self.prog} {' '.join(map(str.upper, names))}",
                received=" ".join(map(repr, words)) or "none of these",
                remedy=f"{missing.upper()} is {self.positional[missing].meaning}",
            )
        if names and get_origin(self.positional[names[-1]].hint) is list:
            words = [*words[: len(names) - 1], [*words[len(names) - 1 :]]]
        if len(words) > len(names):
            extra = words[len(names)]
            is_variant = self.schema is not None and extra in variants()
            raise UserError(
                expected=f"no more than {' '.join(words[: len(names)])}" if names else "options alone",
                received=repr(extra),
                remedy=f"Write --variant {extra}" if is_variant else "Options begin with --",
            )
        return dict(zip(names, words, strict=False))
