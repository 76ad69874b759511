"""The pages of `--help`: of a command, and of a group of options, an option or a class of its configuration.

Only pages that list classes import TensorFlow.
"""

import inspect
import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import MISSING, fields, is_dataclass
from types import NoneType, UnionType
from typing import Literal, Union, get_args, get_origin

from docstring_parser import parse as parse_docstring
from jsonargparse import ArgumentParser

from tfgan_course.cli import quiet
from tfgan_course.config.names import dataclass_of, first_parts, groups, meant_by, type_of
from tfgan_course.errors import UserError

WIDTH = 120


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
        rows.insert(0, ("--variant NAME", "the same for a variant of ours; the command `variants` lists them"))
    rows += [row for group in groups(schema) for row in options(group) if row[0].split()[0][2:] in common]
    rows += [
        row
        for name, group in first_parts(schema).items()
        if group is not None
        for row in options(group, f"{name}.")
        if row[0].split()[0][2:] in common
    ]
    rows.append(("--print_config", "print all options that this command line comes to, and do nothing else"))
    more = ["More options, by group: --help GROUP lists them, --help OPTION and --help CLASS say more of one."]
    return "\n\n".join(
        [
            parser.format_help().rstrip(),
            "configuration:\n" + table(rows),
            "\n".join([*more, table(topics(schema))]),
        ]
    )


def topics(schema: type) -> list[tuple[str, str]]:
    """Return the names of the groups of a configuration's options, and a line on each."""
    several = [group for group in groups(schema) if len(groups(schema)) > 1 and len(fields(group)) > 1]
    named = [(group.__name__.lower(), group) for group in several]
    named += [(name, group) for name, group in first_parts(schema).items() if group is not None]
    return [(name, about(group)) for name, group in named]


def about(cls: type) -> str:
    """Return the first line of a class's docstring."""
    return (inspect.getdoc(cls) or "").partition("\n")[0]


def options(group: type, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield each option of a group as a user types it, and what it means."""
    meanings = {parameter.arg_name: parameter.description for parameter in parse_docstring(group.__doc__ or "").params}
    for field in fields(group):
        kind = type_of(group, field.type)
        value = ("[CLASS, ...]" if "list[" in field.type else "CLASS") if kind is None else placeholder(kind)
        default = field.default
        if default is MISSING and kind is not None and dataclass_of(group, field.type) is None:
            default = field.default_factory()
        yield f"--{prefix}{field.name} {value}", explained(meanings.get(field.name), default)


def placeholder(kind: object) -> str:
    """Return what stands for the value of an option of a type."""
    kinds = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    kinds = [inner for inner in kinds if inner is not NoneType]
    choices = [str(choice) for inner in kinds if get_origin(inner) is Literal for choice in get_args(inner)]
    if choices or bool in kinds:
        return "|".join([*choices, *(["true", "false"] if bool in kinds else [])])
    first = kinds[0]
    if is_dataclass(first):
        return "GROUP"
    if get_origin(first) is list:
        return "[ITEM, ...]"
    if not isinstance(first, type):
        return "VALUE"
    return next((name for cls, name in ((int, "N"), (float, "X"), (str, "TEXT")) if issubclass(first, cls)), "CLASS")


def explained(meaning: str | None, default: object) -> str:
    """Return the meaning of an option with its default, if that is a plain value."""
    meaning = " ".join((meaning or "").split()).removesuffix(".")
    if default is not None and not isinstance(default, bool | int | float | str | list):
        return meaning
    return f"{meaning} (default: {json.dumps(default) if not isinstance(default, str) else default})"


def table(rows: Iterable[tuple[str, str]]) -> str:
    """Return rows of two columns, the second one wrapped."""
    lines = []
    rows = list(rows)
    indent = min(34, 4 + max(len(left) for left, _ in rows))
    for left, right in rows:
        wrapped = textwrap.wrap(right, WIDTH - indent) or [""]
        if len(left) + 4 > indent:
            lines.append(f"  {left}")
        else:
            wrapped[0] = f"  {left:<{indent - 2}}{wrapped[0]}"
            lines.append(wrapped.pop(0))
        lines += [f"{'':<{indent}}{line}" for line in wrapped]
    return "\n".join(lines).rstrip()


def topic_page(schema: type, topic: str) -> str:
    """Return the page of a group, of an option, or of a class that an option can name."""
    parts, first = first_parts(schema), topic.partition(".")[0]
    for group in groups(schema):
        if topic == group.__name__.lower():
            return f"{about(group)}\n\n{table(options(group))}"
    if parts.get(first) is not None:
        return f"{about(parts[first])}\n\n{table(options(parts[first], f'{first}.'))}"
    if first in parts:
        return option_page(schema, first)
    return class_page(schema, topic)


def option_page(schema: type, name: str) -> str:
    """Return the page of an option; of one that takes objects, with the classes there are."""
    group = next(group for group in groups(schema) if name in {field.name for field in fields(group)})
    row = next(row for row in options(group) if row[0].split()[0] == f"--{name}")
    field = next(field for field in fields(group) if field.name == name)
    if type_of(group, field.type) is not None:
        return table([row])
    quiet.import_tensorflow()
    from tfgan_course.config.merging import parameters
    from tfgan_course.plugins.by_name import named_classes

    parameter = parameters(schema)[name]
    base = parameter.base or (parameter.element and parameter.element.base)
    if base is None:
        return f"{table([row])}\n\n{arguments(parameter.group, name)}"
    classes = [(known, about(cls)) for known, cls in named_classes(base).items()]
    text = f"{table([row])}\n\nclasses; --help CLASS lists the arguments of one:\n{table(classes)}"
    default = parameter.default.get("class_path") if isinstance(parameter.default, dict) else None
    return text + (f"\n\ndefault: {default.rpartition('.')[2]}" if default else "")


def class_page(schema: type, name: str) -> str:
    """Return the page of a class that an option can name: what it is, and its arguments."""
    quiet.import_tensorflow()
    from tfgan_course.config.merging import parameters
    from tfgan_course.plugins.by_name import named_classes

    found, classes, bases = {}, [schema], set()
    while classes:
        for option, parameter in parameters(classes.pop()).items():
            base = parameter.base or (parameter.element and parameter.element.base)
            if base is not None and base not in bases:
                bases.add(base)
                classes += named_classes(base).values()
                found |= {known: (option, cls) for known, cls in named_classes(base).items()}
    if name in found:
        return arguments(found[name][1], found[name][0])
    topics_known = [topic for topic, _ in topics(schema)]
    meant = meant_by(name, [*topics_known, *first_parts(schema), *found])
    raise UserError(
        expected=f"a group ({', '.join(topics_known)}), an option or a class behind --help",
        received=name,
        remedy=f"Did you mean {' or '.join(meant)}?" if meant else "See --help",
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
    return f"{inspect.cleandoc((cls.__doc__ or '').partition('Args:')[0]).strip()}\n\n{table(rows)}"
