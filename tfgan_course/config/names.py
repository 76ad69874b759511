"""The names of all options, and the option that a user probably meant by a name that does not exist.

Nothing here imports TensorFlow, so the message about a mistyped option comes at once.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from typing import NamedTuple

import yaml

from tfgan_course.config.variants import variants
from tfgan_course.errors import UserError
from tfgan_course.plugins.signatures import Parameter, group_of, parameters

RATES = ("generator_optimizer.learning_rate", "critic_optimizer.learning_rate")
SYNONYMS = {
    ("lr", "learning_rate", "rate"): RATES,
    ("g_lr", "lr_g", "generator_lr", "generator_learning_rate"): RATES[:1],
    ("d_lr", "lr_d", "critic_lr", "discriminator_lr", "critic_learning_rate"): RATES[1:],
    ("beta1", "beta_1"): ("generator_optimizer.beta_1", "critic_optimizer.beta_1"),
    ("optimizer", "optim"): ("generator_optimizer", "critic_optimizer"),
    ("model", "arch", "architecture", "preset", "gan"): ("variant",),
    ("discriminator", "disc"): ("critic",),
    ("n_critic", "d_steps", "n_dis", "critic_steps", "discriminator_steps"): ("critic_updates",),
    ("z_dim", "nz", "latent_dim", "noise_dim", "z_size"): ("latent_size",),
    ("dataset", "dataset_name"): ("data.name",),
    ("dataroot", "data_path", "image_folder", "images", "folder", "path"): ("data.folder",),
    ("image_size", "img_size", "resolution"): ("data.size",),
    ("output", "output_dir", "outdir", "save_dir", "run_dir", "logdir", "log_dir"): ("out",),
    ("n_epochs", "num_epochs", "max_epochs"): ("epochs",),
    ("bs", "batch"): ("batch_size",),
    ("steps", "iterations", "max_steps"): ("steps_per_epoch", "epochs"),
    ("ema", "average"): ("ema_half_life", "average"),
    ("gpu", "gpus", "num_gpus", "device", "devices"): ("strategy", "replicas"),
    ("fp16", "bf16", "amp", "mixed_precision", "dtype"): ("precision",),
    ("n", "num", "number", "num_images", "num_samples", "samples"): ("count", "samples"),
    ("ckpt", "step", "weights"): ("checkpoint",),
    ("conditional", "cond"): ("generator_conditioning", "critic_conditioning"),
    ("random_seed",): ("seed",),
    ("resume_from", "continue", "restore"): ("resume",),
    ("label", "labels", "class"): ("classes",),
}
"""Names that other programs use, and the options of this package with the same meaning."""


FORMER = ("ema_decay",)
"""Options of earlier versions, which are still read; see former.py."""


class Option(NamedTuple):
    """An option on a command line, `--key value`, `--key=value` or, to append to a list, `--key+=value`."""

    key: str
    value: str
    append: bool = False


def options_of(words: Sequence[str]) -> tuple[list[Option], list[str]]:
    """Return the options of a command line, in order, and the words that do not belong to an option.

    Every option takes exactly one value, so a value may begin with a minus: `--shift -0.5`. A minus alone is a word: it
    stands for standard input.

    Raises:
        UserError: if a value is missing, or an option has one dash.
    """
    options, others, rest = [], [], list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            if word.startswith("-") and word != "-":
                raise UserError(
                    expected="options with two dashes", received=word, remedy=f"Write -{word}, or see --help"
                )
            others.append(word)
            continue
        key, equals, value = word.removeprefix("--").partition("=")
        if not equals:
            if not rest or rest[0].startswith("--"):
                raise UserError(
                    expected=f"a value after {word}", received="none", remedy=f"Write {word} VALUE or {word}=VALUE"
                )
            value = rest.pop(0)
        options.append(Option(key.removesuffix("+"), value, key.endswith("+")))
    return options, others


def groups(schema: type) -> list[type]:
    """Return the dataclasses that declare the options of a configuration: the class and those it inherits from."""
    return [cls for cls in schema.__mro__ if is_dataclass(cls) and vars(cls).get("__annotations__")]


def options_in(schema: type, complete: bool = False) -> dict[str, Parameter]:
    """Return a dictionary of the options of a configuration, group after group; see `parameters`.

    Unless `complete`, the types of options that take objects stay texts, because resolving them needs TensorFlow.
    """
    found = [parameters(group, complete) for group in groups(schema)]
    return {name: option for options in found for name, option in options.items()}


def nested(options: Mapping[str, Parameter]) -> dict[str, type]:
    """Return the names of the options that are groups, each with the dataclass of the group."""
    groups = {name: group_of(option.hint) for name, option in options.items()}
    return {name: group for name, group in groups.items() if group is not None}


def keys_of(options: Mapping[str, Parameter]) -> list[str]:
    """Return all keys of a configuration; the keys in a group are written with dots."""
    parts = {name: [f"{name}.{part}" for part in parameters(group, False)] for name, group in nested(options).items()}
    return [key for name in options for key in (name, *parts.get(name, ()))]


def unknown_option(key: str, known: Sequence[str], typed: str, owner: str = "") -> UserError:
    """Return the error for an option that does not exist.

    Args:
        key: the option.
        known: the options that exist.
        typed: the option as the user wrote it; it may have dashes, or a file's name and line, before the key. From
            Python it is the key.
        owner: if the option is an argument of a class, the class, which has no such argument.
    """
    before = typed.removesuffix(key).rpartition(": ")[2]  # the key as the user wrote it, without the file and the line
    names, listed = [f"{before}{name}" for name in meant_by(key, known)], "--help lists all options"
    if typed == key:  # from Python, where `data.size` is data={'size': ...}
        names = [re.sub(r"\.(.*)", r"={'\1': ...}", name) for name in names]
        listed = "help(tfgan_course.train) lists all options"
    meant = " or ".join(names)
    if owner:
        listed = f"{owner} takes {', '.join(known) or 'no arguments'}"
    return UserError(
        expected=f"an argument of {owner}" if owner else "an option that exists",
        received=typed,
        remedy=f"Did you mean {meant}? {listed}" if meant else listed,
    )


def meant_by(key: str, known: Sequence[str]) -> list[str]:
    """Return the options that the user most likely meant by a name that does not exist."""
    name = key.replace("-", "_").casefold()
    if name in known:
        return [name]
    firsts = {option.partition(".")[0] for option in known}
    for words, options in SYNONYMS.items():
        if name in words and (there := [option for option in options if option.partition(".")[0] in firsts]):
            return there
    if parts := [option for option in known if option.endswith(f".{name}")]:
        return parts
    return difflib.get_close_matches(name, known, n=1)


def variant_meant(key: str, name: str, typed: str) -> str:
    """Return the remedy for a variant's name in place of a class, `--loss lsgan`; empty if `name` is not a variant."""
    path = variants().get(name.casefold())
    if path is None:
        return ""
    named = yaml.safe_load(path.read_text(encoding="utf-8")).get(key)
    named = named.get("class_path") if isinstance(named, dict) else named
    either = f"{typed} {str(named).rpartition('.')[2]} for this alone, or " if named else ""
    return f"{path.stem} is a variant: write {either}{typed.removesuffix(key)}variant {path.stem} for all of it"
