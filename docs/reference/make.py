"""Write docs/reference/options.md: every option and argument, made from the docstrings.

PYTHONPATH=. python docs/reference/make.py     # in the checkout's folder, after a docstring has changed
"""

import inspect
from argparse import Action
from collections.abc import Iterable
from dataclasses import fields
from importlib import import_module
from pathlib import Path

from docstring_parser import parse
from jsonargparse import ArgumentParser

from tfgan_course import evaluate, load_run
from tfgan_course.cli.help import about, placeholder
from tfgan_course.cli.main import COMMANDS, commands
from tfgan_course.config.merging import parameters
from tfgan_course.config.names import groups
from tfgan_course.config.schema import TrainConfig
from tfgan_course.gan.options import GANOptions
from tfgan_course.models import classifier  # noqa: F401 (its networks are named classes)
from tfgan_course.plugins import by_name
from tfgan_course.training.api import GivenImages, TrainArguments

HEAD = """# Options and arguments

This page is made from the docstrings by `docs/reference/make.py`; please do not edit it.

An option has one name in three places: `--critic.width 32` on the command line, `critic: {width: 32}` in a YAML file,
`critic={"width": 32}` in Python. `python train.py --help` shows the options that people use most.

- [Options of a training](#options-of-a-training), by group
- [Classes that an option can name](#classes-that-an-option-can-name): losses, terms, networks, optimizers...
- [Python](#python): `train`, `load_run`, `evaluate`, `GAN`
- [Commands](#commands) and their own options
"""


def named_classes(base: type) -> dict[str, type]:
    """Return the classes of this package that an option can name; other programs' are left out."""
    return {
        name: cls for name, cls in by_name.named_classes(base).items() if cls.__module__.startswith("tfgan_course.")
    }


def meanings(owner: object) -> dict[str, str]:
    """Return what the docstring of a function, or of a class and its bases, says of each argument."""
    documented = reversed(owner.__mro__) if isinstance(owner, type) else [owner]
    found = [parameter for each in documented for parameter in parse(each.__doc__ or "").params]
    return {parameter.arg_name: parameter.description or "" for parameter in found}


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


def table_of(owner: type, prefix: str = "", only: Iterable[str] | None = None) -> str:
    """Return the table of a configuration's options, or of a class's arguments."""
    rows, described = [], meanings(owner)
    for name, parameter in parameters(owner).items():
        if (only is None or name in only) and parameter.group is None and described.get(name):
            base = (parameter.element or parameter).base
            value = f"`{placeholder(parameter.hint).replace('|', '` or `')}`"
            if base is not None and named_classes(base):
                value = f"{'list of ' if parameter.element else ''}[{base.__name__}](#{base.__name__.lower()})"
            rows.append((f"`{prefix}{name}`", value, shown(parameter.default), described[name]))
    return table(("option", "value", "default", "meaning"), rows) if rows else ""


def signature(function: object) -> str:
    """Return the table of a function's arguments."""
    rows = [
        (f"`{one.name}`", shown(one.default), meanings(function).get(one.name, ""))
        for one in inspect.signature(function).parameters.values()
    ]
    return table(("argument", "default", "meaning"), rows)


def bases(schema: type) -> dict[str, type]:
    """Return, by name, the base classes of all objects that options, and arguments of these objects, can name."""
    found, owners = {}, [schema]
    while owners:
        for parameter in parameters(owners.pop()).values():
            owners += [parameter.group] if parameter.group else []
            base = (parameter.element or parameter).base
            if base is not None and named_classes(base) and base.__name__ not in found:
                found[base.__name__] = base
                owners += named_classes(base).values()
    return dict(sorted(found.items()))


def sections_of_options() -> Iterable[str]:
    """Return the options of a training: a section for each group."""
    for group in groups(TrainConfig):
        names = [field.name for field in fields(group)]
        if len(names) > 1 and (rows := table_of(TrainConfig, only=names)):
            yield f"### {group.__name__}\n\n{about(group)}\n\n{rows}"
    for name, parameter in parameters(TrainConfig).items():
        if parameter.group is not None:
            yield f"### {name}\n\n{about(parameter.group)}\n\n{table_of(parameter.group, f'{name}.')}"


def sections_of_classes() -> Iterable[str]:
    """Return the classes that an option can name: a section for each option's base class."""
    for name, base in bases(TrainConfig).items():
        yield f"### {name}\n\n{about(base)}"
        for known, cls in named_classes(base).items():
            yield f"**`{known}`**: {about(cls)}\n\n{table_of(cls)}".rstrip()


def sections_of_python() -> Iterable[str]:
    """Return the functions and classes of `tfgan_course`."""
    described = meanings(GivenImages) | meanings(TrainArguments)
    rows = [(f"`{name}`", described[name]) for name in [*meanings(GivenImages), "out"]]
    yield "### train\n\nTrain a GAN. It takes a variant, all [options](#options-of-a-training), and:"
    yield table(("argument", "meaning"), rows)
    for function in (load_run, evaluate):
        yield f"### {function.__name__}\n\n{about(function)}\n\n{signature(function)}"
    yield "### GAN\n\n`GAN(generator, critic)` takes two Keras models and, by keyword:"
    yield table(("argument", "meaning"), [(f"`{name}`", text) for name, text in meanings(GANOptions).items()])


def sections_of_commands(package: str = COMMANDS, path: tuple[str, ...] = ()) -> Iterable[str]:
    """Return a section for each command, with its own options."""
    for name, module_name in commands(package).items():
        module, typed = import_module(f"{package}.{module_name}"), " ".join((*path, name))
        if not hasattr(module, "run"):
            yield from sections_of_commands(module.__name__, (*path, name))
            continue
        parser = ArgumentParser(add_help=False)
        module.add_options(parser)
        actions = [action for action in parser._actions if action.choices or hasattr(action, "_typehint")]
        own = [action for action in actions if not action.dest.startswith("data.")]
        yield f"### {typed}\n\n{inspect.cleandoc(module.__doc__ or '')}"
        if hasattr(module, "configuration"):
            schema = module.configuration()
            yield (
                "It takes all [options of a training](#options-of-a-training) as well."
                if schema is TrainConfig
                else f"Beside the options of [data](#data):\n\n{table_of(schema)}"
            )
        elif len(own) < len(actions):
            yield "It takes the options of [data](#data) as well."
        if own:
            yield table(("option", "value", "default", "meaning"), [row(action) for action in own])


def row(action: Action) -> tuple[str, ...]:
    """Return the row of a command's own option."""
    value = "|".join(action.choices) if action.choices else placeholder(action._typehint)
    name = (action.option_strings or [action.dest])[0]
    return f"`{name}`", f"`{value.replace('|', '` or `')}`", shown(action.default), action.help or ""


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
