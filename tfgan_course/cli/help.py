"""The pages of `--help`: of a command, and of a group of options, an option or a class of its configuration.

Only pages that list classes import TensorFlow.
"""

import inspect
import json
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, fields, is_dataclass
from types import NoneType, UnionType
from typing import Literal, Union, get_args, get_origin

from docstring_parser import parse as parse_docstring
from jsonargparse import ArgumentParser

from tfgan_course.cli import quiet
from tfgan_course.config.names import dataclass_of, first_parts, groups, meant_by, type_of
from tfgan_course.errors import UserError

WIDTH = 120
Rows = list[tuple[str, str]]
"""The two columns of a table: an option as it is typed, and what it means."""


def page(parser: ArgumentParser, schema: type | None, common: Sequence[str], topic: str) -> str:
    """Return what `--help` prints.

    Args:
        parser: has the command's own options.
        schema: the class of the command's configuration; None for a command without.
        common: the options of the configuration that the first page shows.
        topic: what is asked about; empty for the command itself.
    """
    if schema is None:
        return parser.format_help().rstrip()
    return topic_page(schema, topic) if topic else first_page(parser, schema, common)


def first_page(parser: ArgumentParser, schema: type, common: Sequence[str]) -> str:
    """Return a command's own options, those of its configuration that people use, and the names of all groups."""
    parser.usage = f"{parser.prog} [OPTIONS]"
    rows = [("--config FILE", "a YAML file of options; what stands behind it on the command line overrides it")]
    if "variant" in common:
        rows.insert(0, ("--variant NAME", "a variant that comes with the package; the command `variants` lists them"))
    for name, group in [("", group) for group in groups(schema)] + nested(schema):
        rows += [row for row in options(group, name and f"{name}.") if row[0].split()[0].lstrip("-") in common]
    rows.append(("--print_config", "print all options that this command line comes to, and do nothing else"))
    more = "More options, by group: --help GROUP lists them, --help OPTION and --help CLASS say more of one."
    lists = [(name, about(group)) for name, group in topics(schema)]
    return f"{parser.format_help()}\nconfiguration:\n{table(rows)}\n\n{more}\n{table(lists)}"


def nested(schema: type) -> list[tuple[str, type]]:
    """Return the options that have parts, with the dataclass of the parts."""
    return [(name, group) for name, group in first_parts(schema).items() if group is not None]


def topics(schema: type) -> list[tuple[str, type]]:
    """Return the groups of a configuration's options by their names."""
    several = [group for group in groups(schema) if len(groups(schema)) > 1 and len(fields(group)) > 1]
    return [(group.__name__.lower(), group) for group in several] + nested(schema)


def about(cls: type) -> str:
    """Return the first line of a class's docstring."""
    return (inspect.getdoc(cls) or "").partition("\n")[0]


def options(group: type, prefix: str = "") -> Rows:
    """Return the options of a group."""
    meanings = {parameter.arg_name: parameter.description for parameter in parse_docstring(group.__doc__ or "").params}
    rows = []
    for field in fields(group):
        kind, default = type_of(group, field.type), field.default
        value = ("[CLASS, ...]" if "list[" in field.type else "CLASS") if kind is None else placeholder(kind)
        made = field.default_factory
        if made is not MISSING and kind is not None and dataclass_of(group, field.type) is None:
            default = made()
        rows.append((f"--{prefix}{field.name} {value}", explained(meanings.get(field.name), default)))
    return rows


def placeholder(kind: object) -> str:
    """Return what stands for the value of an option of a type."""
    parts = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    kinds = [inner for inner in parts if inner is not NoneType]
    choices = [str(choice) for inner in kinds if get_origin(inner) is Literal for choice in get_args(inner)]
    if choices or bool in kinds:
        return "|".join([*choices, *(["true", "false"] if bool in kinds else [])])
    first = kinds[0]
    if get_origin(first) is list:
        return "[ITEM, ...]"
    if not isinstance(first, type) or is_dataclass(first):
        return "GROUP" if is_dataclass(first) else "VALUE"
    return next((name for cls, name in ((int, "N"), (float, "X"), (str, "TEXT")) if issubclass(first, cls)), "CLASS")


def explained(meaning: str | None, default: object) -> str:
    """Return the meaning of an option with its default, if that is a plain value."""
    meaning = " ".join((meaning or "").split()).removesuffix(".")
    if default is not None and not isinstance(default, bool | int | float | str | list):
        return meaning
    return f"{meaning} (default: {default if isinstance(default, str) else json.dumps(default)})"


def table(rows: Iterable[tuple[str, str]]) -> str:
    """Return rows of two columns, the second one wrapped."""
    rows, lines = list(rows), []
    indent = min(34, 4 + max(len(left) for left, _ in rows))
    for left, right in rows:
        first, *others = textwrap.wrap(right, WIDTH - indent) or [""]
        fits = len(left) + 4 <= indent
        lines += [f"  {left:<{indent - 2}}{first}"] if fits else [f"  {left}", f"{'':<{indent}}{first}"]
        lines += [f"{'':<{indent}}{line}" for line in others]
    return "\n".join(line.rstrip() for line in lines)


def topic_page(schema: type, topic: str) -> str:
    """Return the page of a group, of an option, or of a class that an option can name."""
    first = topic.partition(".")[0]
    for name, group in topics(schema):
        if name in (topic, first):
            prefix = f"{name}." if (name, group) in nested(schema) else ""
            return f"{about(group)}\n\n{table(options(group, prefix))}"
    for group in groups(schema):
        for field, row in zip(fields(group), options(group), strict=True):
            if field.name == first:
                return table([row]) + ("" if type_of(group, field.type) else f"\n\n{classes_page(schema, first)}")
    return class_page(schema, topic)


def classes_page(schema: type, name: str) -> str:
    """Return the classes that an option can name; of one that is a group, its parts."""
    quiet.import_tensorflow()
    from tfgan_course.config.merging import parameters
    from tfgan_course.plugins.by_name import named_classes

    parameter = parameters(schema)[name]
    base = (parameter.element or parameter).base
    if base is None:
        return arguments(parameter.group, name)
    default = parameter.default.get("class_path") if isinstance(parameter.default, dict) else None
    named: dict[str, type] = named_classes(base)
    classes = table((known, about(cls)) for known, cls in named.items())
    ends = f"\n\ndefault: {default.rpartition('.')[2]}" if default else ""
    return f"classes; --help CLASS lists the arguments of one:\n{classes}{ends}"


def class_page(schema: type, name: str) -> str:
    """Return the page of a class that an option can name: what it is, and its arguments."""
    quiet.import_tensorflow()
    from tfgan_course.config.merging import parameters
    from tfgan_course.plugins.by_name import named_classes

    found: dict[str, tuple[str, type]] = {}
    owners, bases = [schema], set()
    while owners:
        for option, parameter in parameters(owners.pop()).items():
            base = (parameter.element or parameter).base
            if base is not None and base not in bases:
                bases.add(base)
                named: dict[str, type] = named_classes(base)
                owners += named.values()
                found |= {known: (option, cls) for known, cls in named.items()}
    if name in found:
        return arguments(found[name][1], found[name][0])
    known = [topic for topic, _ in topics(schema)]
    meant = " or ".join(meant_by(name, [*known, *first_parts(schema), *found]))
    raise UserError(
        expected=f"a group ({', '.join(known)}), an option or a class behind --help",
        received=name,
        remedy=f"Did you mean {meant}?" if meant else "See --help",
    )


def arguments(cls: type, option: str) -> str:
    """Return what a class is and its arguments, as they are typed for an option."""
    parser = ArgumentParser(add_help=False)
    parser.add_class_arguments(cls, option)
    rows = [
        (f"--{action.dest} {placeholder(action._typehint)}", explained(action.help, action.default))
        for action in parser._actions
        if hasattr(action, "_typehint") and not action.dest.endswith(".help")
    ]
    text = inspect.cleandoc((cls.__doc__ or "").partition("Args:")[0]).strip()
    return f"{text}\n\n{table(rows)}" if rows else text
