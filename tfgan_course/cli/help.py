"""The pages of `--help`: of a command, and of a group of options, an option or a class of its configuration.

Only pages that list classes import TensorFlow.
"""

import inspect
import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from types import NoneType
from typing import Literal, get_args, get_origin

from tfgan_course.cli import quiet
from tfgan_course.cli.parsing import Parser
from tfgan_course.config.merging import base_of, element_of
from tfgan_course.config.names import groups, meant_by, nested, options_in
from tfgan_course.config.variants import descriptions
from tfgan_course.errors import UserError
from tfgan_course.plugins.by_name import class_of, named_classes
from tfgan_course.plugins.signatures import REQUIRED, Parameter, about, group_of, parameters
from tfgan_course.plugins.types import alternatives

WIDTH = 120
CONFIG = ("--config FILE", "a YAML file of options; the options on the command line override it")
VARIANT = ("--variant NAME", "a variant that comes with the package; --help variant lists them")
PRINT = ("--print_config", "print the value of every option after this command line, and do nothing else")


def first_page(parser: Parser, common: tuple[str, ...]) -> str:
    """Return a command's own options, the `common` ones of its configuration, and the names of all groups."""
    optional = {name for name, option in parser.positional.items() if NoneType in alternatives(option.hint)}
    places = [f"[{name.upper()}]" if name in optional else name.upper() for name in parser.positional]
    lines = [" ".join([f"usage: {parser.prog}", *places, "[OPTIONS]"]), "", parser.description, ""]
    if parser.positional:
        lines += [table((name.upper(), option.meaning) for name, option in parser.positional.items()), ""]
    groups = nested(parser.options)
    single = {name: option for name, option in parser.options.items() if name not in groups}
    own = [("--help", "show this page; --help OPTION explains one option"), *rows(single)]
    for name, group in groups.items():
        own += rows(parameters(group), f"{name}.")
    lines += ["options:", table(own)]
    if parser.schema is None:
        return "\n".join(lines)
    options = options_in(parser.schema)
    parts = [rows(parameters(group), f"{name}.") for name, group in nested(options).items()]
    found = {row[0].split()[0].lstrip("-"): row for part in [rows(options), *parts] for row in part}
    shown = [*([VARIANT] if "variant" in common else []), CONFIG, *(found[name] for name in common if name in found)]
    lines += ["", "configuration:", table([*shown, PRINT]), ""]
    lines += ["More options, by group: --help GROUP lists a group, --help OPTION and --help CLASS explain one."]
    return "\n".join([*lines, table((name, first_line(group)) for name, group in topics(parser.schema).items())])


def first_line(documented: object) -> str:
    """Return the first line of the docstring of a class, a function or a module."""
    return about(documented).partition("\n")[0]


def topics(schema: type) -> dict[str, type]:
    """Return the groups of a configuration's options by their names."""
    several = [group for group in groups(schema) if len(groups(schema)) > 1 and len(parameters(group, False)) > 1]
    return {group.__name__.lower(): group for group in several} | nested(options_in(schema))


def rows(options: Mapping[str, Parameter], prefix: str = "") -> list[tuple[str, str]]:
    """Return the two columns of a table of options: an option as it is typed, and what it means.

    The parts of an option that is itself a part follow it.
    """
    found = []
    for name, option in options.items():
        group = group_of(option.hint) if prefix else None
        found.append((f"--{prefix}{name} {placeholder(option.hint)}", explained(option)))
        found += rows(parameters(group, False), f"{prefix}{name}.") if group is not None else []
    return found


def placeholder(hint: object) -> str:
    """Return the word, such as N or TEXT, that stands for the value of an option of type `hint` in the help."""
    if isinstance(hint, str):  # a class that needs TensorFlow
        return "[CLASS, ...]" if "list[" in hint else "X|CLASS" if "Float | " in hint else "CLASS"
    kinds = [kind for kind in Parameter(hint, dict).kinds if kind is not NoneType]
    choices = [str(choice) for kind in kinds if get_origin(kind) is Literal for choice in get_args(kind)]
    if choices or bool in kinds:
        others = [placeholder(kind) for kind in kinds if get_origin(kind) is not Literal and kind is not bool]
        return "|".join([*choices, *(["true", "false"] if bool in kinds else []), *others])
    first = kinds[0]
    if get_origin(first) in (list, tuple, Sequence):
        return "[ITEM, ...]"
    first = get_args(first)[0] if get_origin(first) is not None else first
    if is_dataclass(first) and not inspect.isabstract(first):
        return getattr(first, "shorthand", "group").upper()  # a group that is named by one of its parts
    if not isinstance(first, type):
        return "VALUE"
    words = ((int, "N"), (float, "X"), (str, "TEXT"))
    if first is float and any(isinstance(kind, type) and not issubclass(kind, float) for kind in kinds):
        return "X|CLASS"  # a number or a schedule
    return next((name for cls, name in words if issubclass(first, cls)), "CLASS")


def explained(option: Parameter) -> str:
    """Return the meaning of an option, with its default if the default is a plain value."""
    meaning = " ".join(option.meaning.split()).removesuffix(".")
    default = None if isinstance(option.hint, str) else option.make_default()
    if default is REQUIRED:
        return f"{meaning} (required)"
    if isinstance(default, bool | int | float | str | list | tuple):
        return f"{meaning} (default: {default if isinstance(default, str) else json.dumps(default)})"
    return meaning


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


def topic_page(parser: Parser, topic: str) -> str:
    """Return the page of a group, of an option, or of a class that an option can name."""
    first, _, part = topic.partition(".")
    options = {**parser.positional, **parser.options}
    if parser.schema is not None:
        options |= options_in(parser.schema)
        if topic == "variant":
            listed = table((name, " ".join(lines)) for name, lines in descriptions().items())
            return f"{table([VARIANT])}\n\n{listed}"
        if topic in (group := topics(parser.schema)) and topic not in options:
            return f"{about(group[topic])}\n\n{table(rows(parameters(group[topic], False)))}"
    if first not in options:
        return class_page(parser, topic)
    option = options[first]
    if first in (groups := nested(options)):
        found = rows(parameters(groups[first], False), f"{first}.")
        own = [row for row in found if f"{row[0].split()[0]}.".startswith(f"--{topic}.")]
        return f"{about(groups[first])}\n\n{table(own or found)}"
    page = table(rows({first: option}))
    if not isinstance(option.hint, str):
        return page
    quiet.import_tensorflow()
    option = options_in(parser.schema, complete=True)[first]
    hint = element_of(option.hint) or option.hint
    classes = (
        named_classes(base_of(hint)) if base_of(hint) else {cls.__name__: cls for cls in nested({"": option}).values()}
    )
    if len(classes) == 1:
        (cls,) = classes.values()
        return f"{page}\n\n{arguments(cls, [first])}"
    if part:
        return f"{page}\n\n{part_page(classes, first, part)}"
    default = option.make_default()
    named = default if isinstance(default, float) else type(default).__name__
    ends = "" if default in (None, []) else f"\n\ndefault: {named}"
    listed = table((known, first_line(cls)) for known, cls in classes.items())
    return f"{page}\n\nclasses; --help CLASS lists the arguments of one:\n{listed}{ends}"


def part_page(classes: Mapping[str, type], option: str, part: str) -> str:
    """Return what an argument means for each of the classes that have it."""
    name = part.partition(".")[0]
    found = [
        (f"--{option}.{name} of {known}", explained(parameters(cls)[name]))
        for known, cls in classes.items()
        if name in parameters(cls)
    ]
    known = sorted({argument for cls in classes.values() for argument in parameters(cls)})
    return table(found) if found else f"no class takes {name}; their arguments are {', '.join(known)}"


def class_page(parser: Parser, name: str) -> str:
    """Return the page of a class that an option can name: what it is, and its arguments."""
    schema = parser.schema
    found: dict[str, tuple[type, list[str]]] = {}
    if schema is not None:
        quiet.import_tensorflow()
        for path, base in objects_in(options_in(schema, complete=True)):
            classes: dict[str, type] = named_classes(base)
            if "." in name:
                try:
                    classes = {name: class_of(base, name, argument=path)}
                except UserError:  # the path names a class of another kind, or nothing
                    continue
            for short, cls in classes.items():
                found.setdefault(short, (cls, []))[1].append(path)
    if name in found:
        return arguments(*found[name])
    known = [] if schema is None else [*topics(schema)]
    options = [*parser.options, *parser.positional, *([] if schema is None else options_in(schema))]
    meant = " or ".join(meant_by(name, [*known, *options, *found]))
    groups = f", a class or a group ({', '.join(known)})" if known else ""
    raise UserError(
        expected=f"after --help an option{groups}",
        received=repr(name),
        remedy=f"Did you mean {meant}?" if meant else "See --help",
    )


def objects_in(
    options: Mapping[str, Parameter], prefix: str = "", above: tuple[type, ...] = ()
) -> Iterator[tuple[str, type]]:
    """Yield each option that takes objects, and the objects' base class; arguments of these objects are included."""
    for name, option in options.items():
        base = base_of(element_of(option.hint) or option.hint)
        if base is not None and base not in above:
            yield f"{prefix}{name}", base
            parts: dict[str, Parameter] = {}
            classes: dict[str, type] = named_classes(base)
            for cls in classes.values():
                parts |= parameters(cls)
            yield from objects_in(parts, f"{prefix}{name}.", (*above, base))
        for part, group in nested({name: option}).items():
            yield from objects_in(parameters(group), f"{prefix}{part}.", above)


def arguments(cls: type, paths: list[str]) -> str:
    """Return what a class is, and its arguments as the user types them after the first of the options `paths`."""
    head = f"{about(cls)}\n\nFor {' or '.join(f'--{path}' for path in dict.fromkeys(paths))}."
    listed = rows(parameters(cls), f"{paths[0]}.")
    return f"{head}\n\n{table(listed)}" if listed else head
