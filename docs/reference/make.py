"""Write docs/reference/options.md: every option and argument, made from the docstrings.

PYTHONPATH=. python docs/reference/make.py     # in the checkout's folder, after a docstring has changed
"""

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import fields
from importlib import import_module
from pathlib import Path

from tfgan_course import compare, evaluate, lab, load_run
from tfgan_course.classifier import content_loss, recipe  # noqa: F401 (their classes can be named)
from tfgan_course.cli.help import first_line, placeholder
from tfgan_course.cli.main import COMMANDS, commands
from tfgan_course.cli.parsing import Parser
from tfgan_course.config.merging import base_of, default_of, element_of
from tfgan_course.config.names import groups, nested, options_in
from tfgan_course.config.schema import TrainConfig
from tfgan_course.gan.options import GANOptions
from tfgan_course.models import classifier  # noqa: F401 (its networks are named classes)
from tfgan_course.plugins import by_name
from tfgan_course.plugins.signatures import Parameter, group_of, meanings, parameters
from tfgan_course.training.api import TrainArguments
from tfgan_course.training.given_images import GivenImages

HEAD = """# Options and arguments

This page is made from the docstrings by `docs/reference/make.py`; please do not edit it.

An option has one name in three places: `--critic.width 32` on the command line, `critic: {width: 32}` in a YAML file,
`critic={"width": 32}` in Python. `python train.py --help` shows the options that people use most.

- [Options of a training](#options-of-a-training), by group
- [Classes that an option can name](#classes-that-an-option-can-name): losses, terms, networks, optimizers...
- [Python](#python): `train`, `load_run`, `evaluate`, `compare`, `lab`, `GAN`
- [Commands](#commands) and their own options
"""


def named_classes(base: type) -> dict[str, type]:
    """Return the classes of this package that an option can name; other programs' are left out."""
    return {
        name: cls for name, cls in by_name.named_classes(base).items() if cls.__module__.startswith("tfgan_course.")
    }


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    lines = [list(heads), ["---" for _ in heads], *rows]
    cells = [[" ".join((cell or "").split()).replace("|", "\\|") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def shown(default: object) -> str:
    """Return a default as YAML has it; of an object, its class."""
    if isinstance(default, dict):
        return f"`{default.get('class_path', '').rpartition('.')[2]}`"
    if isinstance(default, list):
        return f"`[{', '.join(shown(entry).strip('`') for entry in default)}]`"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default}`" if isinstance(default, int | float | str) and default != "" else ""


def base_and_list(parameter: Parameter) -> tuple[type | None, bool]:
    """Return the class whose subclasses an option takes, and whether it takes a list of them."""
    element = element_of(parameter.hint)
    return base_of(element or parameter.hint), element is not None


def options_of(owner: type) -> dict[str, Parameter]:
    """Return the options of a configuration, or the arguments of a class."""
    return options_in(owner, complete=True) if groups(owner) else parameters(owner)


def table_of(options: Mapping[str, Parameter], prefix: str = "") -> str:
    """Return the table of options or arguments; those with parts have a table of their own."""
    rows = rows_of(options, prefix)
    return table(("option", "value", "default", "meaning"), rows) if rows else ""


def rows_of(options: Mapping[str, Parameter], prefix: str = "") -> list[tuple[str, str, str, str]]:
    """Return the rows of `table_of`. The parts of an option that is itself a part follow it."""
    rows = []
    for name, parameter in options.items():
        if prefix and (group := group_of(parameter.hint)):
            rows.append((f"`{prefix}{name}`", f"`{placeholder(parameter.hint)}`", "", parameter.meaning))
            rows += rows_of(parameters(group), f"{prefix}{name}.")
            continue
        if name not in nested(options) and parameter.meaning:
            base, is_list = base_and_list(parameter)
            value = f"`{placeholder(parameter.hint).replace('|', '` or `')}`"
            if base is not None and named_classes(base):
                plain = "`X` or " if placeholder(parameter.hint) == "X|CLASS" else ""
                value = f"{plain}{'list of ' if is_list else ''}[{base.__name__}](#{base.__name__.lower()})"
            rows.append((f"`{prefix}{name}`", value, shown(default_of(parameter)), parameter.meaning))
    return rows


def signature(function: object) -> str:
    """Return the table of a function's arguments."""
    rows = []
    for one in inspect.signature(function).parameters.values():
        name = f"**{one.name}" if one.kind is one.VAR_KEYWORD else one.name
        rows.append((f"`{name}`", shown(one.default), meanings(function).get(name, "")))
    return table(("argument", "default", "meaning"), rows)


def bases(schema: type) -> dict[str, type]:
    """Return, by name, the base classes of all objects that options, and arguments of these objects, can name."""
    found, owners = {}, [options_of(schema)]
    while owners:
        options = owners.pop()
        owners += [parameters(group) for group in nested(options).values()]
        for parameter in options.values():
            base, _ = base_and_list(parameter)
            if base is not None and named_classes(base) and base.__name__ not in found:
                found[base.__name__] = base
                owners += [parameters(cls) for cls in named_classes(base).values()]
    return dict(sorted(found.items()))


def sections_of_options() -> Iterable[str]:
    """Return the options of a training: a section for each group."""
    options = options_of(TrainConfig)
    for group in groups(TrainConfig):
        if len(fields(group)) > 1 and (rows := table_of(parameters(group))):
            yield f"### {group.__name__}\n\n{first_line(group)}\n\n{rows}"
    for name, group in nested(options).items():
        yield f"### {name}\n\n{first_line(group)}\n\n{table_of(parameters(group), f'{name}.')}"


def sections_of_classes() -> Iterable[str]:
    """Return the classes that an option can name: a section for each option's base class."""
    for name, base in bases(TrainConfig).items():
        yield f"### {name}\n\n{first_line(base)}"
        for known, cls in named_classes(base).items():
            yield f"**`{known}`**: {first_line(cls)}\n\n{table_of(parameters(cls))}".rstrip()


def sections_of_python() -> Iterable[str]:
    """Return the functions and classes of `tfgan_course`."""
    described = meanings(GivenImages) | meanings(TrainArguments)
    rows = [(f"`{name}`", described[name]) for name in [*meanings(GivenImages), "out"]]
    yield "### train\n\nTrain a GAN. It takes a variant, all [options](#options-of-a-training), and:"
    yield table(("argument", "meaning"), rows)
    for function in (load_run, evaluate, compare, lab):
        yield f"### {function.__name__}\n\n{first_line(function)}\n\n{signature(function)}"
    yield "### GAN\n\n`GAN(generator, critic)` takes two Keras models and, by keyword:"
    yield table(("argument", "meaning"), [(f"`{name}`", text) for name, text in meanings(GANOptions).items()])


def sections_of_commands(package: str = COMMANDS, path: tuple[str, ...] = ()) -> Iterable[str]:
    """Return a section for each command, with its own options."""
    for name, module_name in commands(package).items():
        module, typed = import_module(f"{package}.{module_name}"), " ".join((*path, name))
        if not hasattr(module, "run"):
            yield from sections_of_commands(module.__name__, (*path, name))
            continue
        parser = Parser(typed)
        module.add_options(parser)
        has_data = "data" in parser.options
        parser.options.pop("data", None)
        yield f"### {typed}\n\n{inspect.cleandoc(module.__doc__ or '')}"
        if hasattr(module, "configuration"):
            schema = module.configuration()
            yield (
                "It takes all [options of a training](#options-of-a-training) as well."
                if schema is TrainConfig
                else f"Beside the options of [data](#data):\n\n{table_of(options_of(schema))}"
            )
        elif has_data:
            yield "It takes the options of [data](#data) as well."
        own = [*parser.positional.items(), *((f"--{name}", option) for name, option in parser.options.items())]
        if own:
            yield table(("option", "value", "default", "meaning"), [row(*each) for each in own])


def row(name: str, option: Parameter) -> tuple[str, ...]:
    """Return the row of a command's own option."""
    value = placeholder(option.hint).replace("|", "` or `")
    return f"`{name}`", f"`{value}`", shown(option.make_default()), option.meaning


def page() -> str:
    """Return the whole page."""
    parts = [HEAD.rstrip(), "## Options of a training", *sections_of_options()]
    parts += [
        "## Classes that an option can name",
        "The dotted path of your own class, `mymodule.MyLoss`, is a name too.",
    ]
    parts += [*sections_of_classes(), "## Python", *sections_of_python(), "## Commands", *sections_of_commands()]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    (Path(__file__).parent / "options.md").write_text(page(), encoding="utf-8")
