"""The names of options: which there are, and which one a user meant by a name that does not exist.

Nothing here imports TensorFlow: a mistyped option is answered at once.
"""

import difflib
import sys
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple, get_args

from tfgan_course.config.variants import variants
from tfgan_course.errors import UserError

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
    ("ema", "average"): ("ema_decay", "average"),
    ("gpu", "gpus", "num_gpus", "device", "devices"): ("strategy", "replicas"),
    ("fp16", "bf16", "amp", "mixed_precision", "dtype"): ("precision",),
    ("n", "num", "number", "num_images", "num_samples", "samples"): ("count", "samples"),
    ("ckpt", "step", "weights"): ("checkpoint",),
    ("conditional", "cond"): ("generator_conditioning", "critic_conditioning"),
    ("random_seed",): ("seed",),
    ("resume_from", "continue", "restore"): ("resume",),
    ("label", "labels", "class"): ("classes",),
}
"""Names that other programs use, and the options they stand for here."""


class Option(NamedTuple):
    """An option on a command line, `--key value`, `--key=value` or, to append to a list, `--key+=value`."""

    key: str
    value: str
    append: bool = False


def options_of(words: Sequence[str]) -> tuple[list[Option], list[str]]:
    """Return the options of a command line, in order, and the words that belong to none.

    Every option takes exactly one value, so a value may begin with a minus: `--shift -0.5`.

    Raises:
        UserError: if a value is missing, or an option has one dash.
    """
    options, others, rest = [], [], list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            if word.startswith("-"):
                raise UserError(
                    expected="options with two dashes", received=word, remedy=f"Write -{word}, or see --help"
                )
            others.append(word)
            continue
        key, equals, value = word.removeprefix("--").partition("=")
        if not equals:
            if not rest or rest[0].startswith("--"):
                raise UserError(
                    expected=f"a value behind {word}", received="none", remedy=f"Write {word} VALUE or {word}=VALUE"
                )
            value = rest.pop(0)
        options.append(Option(key.removesuffix("+"), value, key.endswith("+")))
    return options, others


def groups(schema: type) -> list[type]:
    """Return the dataclasses that declare the options of a configuration: the class and those it inherits from."""
    return [cls for cls in schema.__mro__ if is_dataclass(cls) and vars(cls).get("__annotations__")]


def first_parts(schema: type) -> dict[str, type | None]:
    """Return the options of a configuration without their parts, each with the dataclass that it is, or None.

    The parts of an option that is an object depend on the object's class, which is not looked for: that needs
    TensorFlow.
    """
    found: dict[str, Any] = {}
    for group in groups(schema):
        for field in fields(group):
            found.setdefault(field.name, dataclass_of(group, field.type))
    return found


def type_of(owner: type, annotation: str | type) -> type | None:
    """Return the type that an annotation of a class names; None if it is imported for type checkers only.

    Classes that need TensorFlow are.
    """
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, vars(sys.modules[owner.__module__]))
    except NameError:
        return None


def dataclass_of(owner: type, annotation: str | type) -> type | None:
    """Return the dataclass that an annotation names, alone or beside None; None if it names something else."""
    kind = type_of(owner, annotation)
    return next((kind for kind in (kind, *get_args(kind)) if isinstance(kind, type) and is_dataclass(kind)), None)


def keys_of(schema: type) -> list[str]:
    """Return all keys of a configuration, those of its groups with their dots."""
    keys = []
    for name, group in first_parts(schema).items():
        keys += [name, *(f"{name}.{field.name}" for field in (fields(group) if group else ()))]
    return keys


def check_key(key: str, schema: type, others: Iterable[str], typed: str) -> None:
    """Refuse a key that a configuration does not have.

    Args:
        key: dotted; the parts of an object are not checked.
        schema: the configuration.
        others: keys that are allowed as well.
        typed: the key as the user wrote it, for the error.

    Raises:
        UserError: if there is no such key; it names the ones that may be meant.
    """
    first, _, rest = key.partition(".")
    known = first_parts(schema)
    if key in others or (first in known and (not rest or known[first] is None)):
        return
    if first not in known or rest.partition(".")[0] not in {field.name for field in fields(known[first])}:
        raise unknown_option(key, [*keys_of(schema), *others], typed)


def unknown_option(key: str, known: Sequence[str], typed: str, owner: str = "") -> UserError:
    """Return the error for an option that does not exist.

    Args:
        key: the option.
        known: the options that exist.
        typed: the option as the user wrote it, perhaps with dashes or a file's name before the key.
        owner: the class that has no such argument, if it is an argument of a class.
    """
    before = typed.removesuffix(key)
    meant = " or ".join(f"{before}{name}" for name in meant_by(key, known))
    listed = f"{owner} takes {', '.join(known) or 'no arguments'}" if owner else "--help lists all options"
    return UserError(
        expected=f"an argument of {owner}" if owner else "an option that exists",
        received=typed,
        remedy=f"Did you mean {meant}? {listed}" if meant else listed,
    )


def meant_by(key: str, known: Sequence[str]) -> list[str]:
    """Return the options that a user may have meant by a name that does not exist, the most likely ones."""
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
    """Return what to write where a variant's name stands for a class, `--loss lsgan`; nothing if it is no variant's."""
    import yaml

    path = variants().get(name.casefold())
    if path is None:
        return ""
    named = yaml.safe_load(path.read_text(encoding="utf-8")).get(key)
    named = named.get("class_path") if isinstance(named, dict) else named
    either = f"{typed} {str(named).rpartition('.')[2]} for this alone, or " if named else ""
    return f"{path.stem} is a variant: write {either}{typed.removesuffix(key)}variant {path.stem} for all of it"
