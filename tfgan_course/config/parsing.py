"""What jsonargparse leaves to be desired: classes that change, messages that do not say what to write instead."""

import difflib
import json
import math
import pydoc
import re
from collections.abc import Sequence
from inspect import isabstract

import yaml
from jsonargparse import Namespace


def forget_other_classes(before: Namespace, settings: dict) -> None:
    """Drops the arguments of every object for which `settings` name another class: jsonargparse would hand the new
    class those that it has by the same name, DCGAN's width to a perceptron for example."""
    for key, setting in settings.items():
        old = before.get(str(key))
        if not isinstance(old, Namespace):
            continue
        inner = setting if isinstance(setting, dict) else {}
        if "class_path" not in old:  # a group of options, data for example
            forget_other_classes(old, inner)
            continue
        name = setting if isinstance(setting, str) else inner.get("class_path")
        if isinstance(name, str) and name.rpartition(".")[2] != old.class_path.rpartition(".")[2]:
            before[str(key)] = None
        elif isinstance(old.get("init_args"), Namespace):
            forget_other_classes(old.init_args, inner.get("init_args", inner))


def with_moved_classes(settings: object) -> object:
    """Return the settings with short names for classes of this package that an earlier version kept elsewhere.

    A run's config.yaml names classes by their paths, so without this no run could be opened after a class has moved.
    """
    if isinstance(settings, list):
        return [with_moved_classes(entry) for entry in settings]
    if not isinstance(settings, dict):
        return settings
    settings = {key: with_moved_classes(entry) for key, entry in settings.items()}
    path = settings.get("class_path")
    if isinstance(path, str) and path.startswith("tfgan_course.") and pydoc.locate(path) is None:
        settings["class_path"] = path.rpartition(".")[2]
    return settings


def classes_first(args: Sequence[str], options: Sequence[str]) -> list[str]:
    """A command line on which classes come before their arguments, each as a file would name it.

    So `--critic.width 8 --critic SimpleCritic` is a perceptron of width 8 with its own defaults for all else: an option
    itself would hand the new class what the old one has by the same name. What stands before a file stays before it.

    Args:
        args: the command line.
        options: all there are, with their dashes.
    """
    parts: list[list[tuple[float, list[str]]]] = [[]]
    rest = list(args)
    while rest:
        words = [rest.pop(0)]
        name, equals, value = words[0].partition("=")
        if name.startswith("--") and not equals and rest and not rest[0].startswith("--"):
            value = rest.pop(0)
            words.append(value)
        key = name.removeprefix("--")
        if key in ("config", "variant"):
            parts += [[(0, words)], []]
        elif f"--{key.partition('.')[0]}" in options and names_class(value):
            settings = yaml.safe_load(value)
            for part in reversed(key.split(".")):
                settings = {part: settings}
            parts[-1].append((key.count("."), [f"--config={json.dumps(settings)}"]))
        else:
            parts[-1].append((math.inf, words))
    return [word for part in parts for _, words in sorted(part, key=lambda entry: entry[0]) for word in words]


def names_class(value: str) -> bool:
    """Whether an option's value is a class: its name, its dotted path, or a mapping with `class_path`."""
    try:
        content = yaml.safe_load(value)
    except yaml.YAMLError:
        return False
    if isinstance(content, str):
        return re.fullmatch(r"([A-Za-z_]\w*\.)*[A-Z]\w*", content) is not None
    return isinstance(content, dict) and "class_path" in content


def explain(message: str, options: Sequence[str], bases: dict[str, type]) -> str:
    """jsonargparse's message and, where it is about the name of a class or an option, the names there are.

    Args:
        message: jsonargparse's.
        options: all there are, with their dashes.
        bases: of the options that name a class, by their keys.
    """
    if re.search("[Ii]mport path|No module|no attribute|subclass|abstract", message):
        for key in reversed(re.findall(r'key "(\w+)"', message)):
            if key in bases:
                known = ", ".join(sorted(cls.__name__ for cls in all_subclasses(bases[key]) if nameable(cls)))
                return f"{message}\nKnown for {key}: {known}; or the dotted path of a class of yours"
    single = re.search(r'key "([\w.]+)":\s+Expected a <class \'list\'>. Got value: ([\w.]+)$', message)
    if single:
        option, value = f"--{single[1]}", single[2]
        return f"{message}\nThis is a list: write {option}=[{value}], or {option}+={value} to add it to what there is"
    lacking = re.search(r"argument (--[\w.]+): expected one argument", message)
    if lacking:
        return f"{message}. One that begins with a minus stands behind an equals sign: {lacking[1]}=-1"
    unrecognized = message.partition("nrecognized arguments:")[2].split()
    if not unrecognized:
        return message
    close = difflib.get_close_matches(unrecognized[0].partition("=")[0], options, n=1)
    guess = f"Did you mean {close[0]}? " if close else ""
    return f"{message}. {guess}--help lists all options"


def nameable(cls: type) -> bool:
    """Whether a user can name the class: neither a base nor what jsonargparse makes for a default."""
    return not (isabstract(cls) or cls.__name__.startswith(("_", "LazyInstance_")))


def all_subclasses(base: type) -> set[type]:
    """Of `base`, and theirs."""
    return set(base.__subclasses__()).union(*(all_subclasses(subclass) for subclass in base.__subclasses__()))
