"""Begin a training with the weights of an earlier run, where they fit by name and shape."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.config.objects import init_args
from tfgan_course.config.parser import Settings
from tfgan_course.config.schema import InitFrom, TrainConfig
from tfgan_course.errors import UserError, require
from tfgan_course.gan.model import GAN
from tfgan_course.models.layer_names import named_weights
from tfgan_course.plugins.by_name import short_name
from tfgan_course.plugins.signatures import parameters
from tfgan_course.replicas import tf_variable
from tfgan_course.runs.checkpoints import paths_of, steps_saved
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.runs.open import Run

NAMED = 3
"""How many weights of each kind the screen names; init_from.json names all."""


@dataclass
class Fit:
    """A list of the weights of a network that came from another one, by their names in the network.

    Args:
        taken: the weights whose name and shape fit.
        other_shape: the weights that have another shape there: the shape there, and the shape here.
        missing: the weights that are not there.
        unused: the weights of the other network that were not taken, by their names there.
    """

    taken: list[str] = field(default_factory=list)
    other_shape: dict[str, tuple[list[int], list[int]]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        whole = len(self.taken) + len(self.other_shape) + len(self.missing)
        lines = [f"{len(self.taken)} of {whole} weights taken"]
        sizes = (f"{name} {_size(there)}, here {_size(here)}" for name, (there, here) in self.other_shape.items())
        layers = {name.rpartition("/")[0] for name in [*self.taken, *self.other_shape]}
        # The name of a layer stands for all its weights.
        missing = dict.fromkeys(name if (at := name.rpartition("/")[0]) in layers else at for name in self.missing)
        for reason, names in (("other shape", [*sizes]), ("not in that run", [*missing])):
            more = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
            lines += [f"{reason}: {'; '.join([*names[:NAMED], *more])}"] if names else []
        return f"\n{'':13}".join(lines)


@dataclass
class Taken:
    """The record of the weights that a training took from an earlier run; init_from.json stores it.

    Args:
        init_from: the run, the checkpoint, and the checksum of its weights.
        step: the step of the checkpoint.
        averaged: whether the generator's weights are those of the run's averaged generator.
        generator: which of the generator's weights were taken.
        critic: which of the critic's weights were taken.
    """

    init_from: InitFrom
    step: int
    averaged: bool
    generator: Fit
    critic: Fit

    def __str__(self) -> str:
        return (
            f"Weights from {self.init_from.run}, step {self.step}{', averaged generator' if self.averaged else ''}\n"
            f"  generator  {self.generator}\n  critic     {self.critic}"
        )

    def content(self) -> dict:
        """Return this object as JSON can store it."""
        return asdict(self)


def start_of(run: Run) -> InitFrom:
    """Return the description of an open run, which later runs can begin with.

    Raises:
        UserError: if the run's checkpoint is no longer among its files.
    """
    directory = run.directory
    checkpoint: Literal["best"] | int | None = None
    if run.step in steps_saved(directory.checkpoints):
        checkpoint = run.step
    elif run.step in steps_saved(directory.best):
        checkpoint = "best"
    expected, received = f"a run whose checkpoint of step {run.step} is saved", f"{run!r}, which has no such file"
    require(checkpoint is not None, expected, received, f"Open it again: load_run({str(directory.path)!r})")
    return InitFrom(str(directory.path), checkpoint, run.average)


def pinned(settings: Settings[TrainConfig]) -> Settings[TrainConfig]:
    """Return settings in which `init_from`, if it is set, says exactly which weights it means; see `resolved`."""
    start = settings["init_from"]
    if start is None:
        return settings
    return settings.with_options({"init_from": vars(resolved(InitFrom(**start)))})  # type: ignore[arg-type]


def resolved(start: InitFrom) -> InitFrom:
    """Return a description with the run's absolute path, the step in the place of `latest`, and the checksum.

    Raises:
        UserError: if the run or the checkpoint does not exist, or does not have the checksum that the description has.
    """
    run = RunDirectory.of_gan(start.run)
    damaged = []
    for path in paths_of(run, str(start.checkpoint)):
        try:
            checksum = _checksum(path)
        except (tf.errors.OpError, LookupError, RuntimeError, ValueError):
            damaged.append(path.name)
            continue
        named = int(path.name.partition("-")[2]) if start.checkpoint == "latest" else start.checkpoint
        same = start.checksum in (None, checksum)
        remedy = "Put the run back from a copy, or write init_from.checksum null to begin with what is there now"
        expected = f"in {run.path}, checkpoint {named}, the weights with the checksum {start.checksum}"
        require(same, expected, checksum, remedy)
        return replace(start, run=str(run.path.absolute()), checkpoint=named, checksum=checksum)
    expected = f"for init_from a checkpoint {start.checkpoint} in {run.path}"
    received = f"{', '.join(damaged)}, which cannot be read" if damaged else "no such checkpoint"
    known = steps_saved(run.checkpoints)
    remedy = f"Saved are the steps {', '.join(map(str, known))}" if known else "Choose a run that was trained"
    raise UserError(expected=expected, received=received, remedy=remedy)


def _checksum(path: Path) -> str:
    """Return the SHA-256 of the networks' weights in a checkpoint; optimizers and figures do not count."""
    reader, digest = tf.train.load_checkpoint(str(path)), hashlib.sha256()
    for name in sorted(reader.get_variable_to_shape_map()):
        networks = name.startswith(("generator/", "critic/", "ema_generator/"))
        if networks and name.endswith("VARIABLE_VALUE") and ".OPTIMIZER_SLOT" not in name:
            value = np.ascontiguousarray(reader.get_tensor(name))
            digest.update(f"{name} {value.dtype} {value.shape}".encode() + value.tobytes())
    return digest.hexdigest()


@dataclass
class Source:
    """The weights of an earlier run, in memory.

    Args:
        init_from: where they come from.
        run: the run, opened.
    """

    init_from: InitFrom
    run: Run

    @classmethod
    def open(cls, start: InitFrom) -> "Source":
        """Open the run. Call this before the new GAN is built, because building sets the seed of its weights.

        Raises:
            UserError: as `resolved`, and if this version, or this Keras, cannot read the run.
        """
        start = resolved(start)
        return cls(start, Run.load(start.run, start.checkpoint, start.average))

    def give(self, gan: GAN) -> Taken:
        """Give a new GAN the weights that fit; its averaged generator begins equal to its generator.

        Raises:
            UserError: if no layer fits; a bias or a scale alone fits any network that has as many channels by accident.
        """
        generator, critic = _take(gan.generator, self.run.generator), _take(gan.critic, self.run.critic)
        fits = {"generator": generator, "critic": critic}
        accidents = [f"{player}'s {name}" for player, fit in fits.items() for name in fit.taken]
        require(
            _fits_a_layer(gan.generator, generator) or _fits_a_layer(gan.critic, critic),
            "for init_from a run whose networks have layers like the new ones",
            f"{self.run!r}, of which no layer fits by name and shape"
            + (f", only {', '.join(accidents[:NAMED])}" if accidents else ""),
            "Give a new network the options of that run's: "
            + ", or ".join(_options(player, getattr(self.run.config, player)) for player in fits),
        )
        if gan.ema_generator is not None:
            for mean, weight in zip(gan.ema_generator.weights, gan.generator.weights, strict=True):
                tf_variable(mean).assign(np.array(tf_variable(weight)))
        averaged = self.run.generator is not self.run.gan.generator
        return Taken(self.init_from, self.run.step, averaged, generator, critic)


def _take(network: keras.Model, source: keras.Model) -> Fit:
    """Assign to a network's weights those of another network whose names and shapes fit.

    Layers are numbered from the first of their kind or, if more numbers fit, from the last: the last layers of a
    generator are those of a generator for smaller images.
    """
    # Whole numbers are counters, such as the images that a growing network was shown. The new training counts anew.
    here = {name: weight for name, weight in named_weights(network).items() if _is_floating(weight)}

    def matches(from_end: bool) -> dict[str, tuple[str, Any]]:
        theirs = named_weights(source, from_end)
        keys = dict(zip(named_weights(network), named_weights(network, from_end), strict=True))
        names = dict(zip(theirs, named_weights(source), strict=True))
        return {name: (names[keys[name]], theirs[keys[name]]) for name in here if keys[name] in theirs}

    def numbers(found: Mapping[str, tuple[str, Any]]) -> int:
        return sum(math.prod(here[name].shape) for name, (_, weight) in found.items() if _fits(here[name], weight))

    found, fit, used = max((matches(False), matches(True)), key=numbers), Fit(), set()
    for name, weight in here.items():
        if name not in found:
            fit.missing.append(name)
            continue
        other_name, other = found[name]
        if not _fits(weight, other):
            fit.other_shape[name] = ([*other.shape], [*weight.shape])
            continue
        tf_variable(weight).assign(np.array(tf_variable(other)))
        fit.taken.append(name)
        used.add(other_name)
    fit.unused = [name for name, weight in named_weights(source).items() if name not in used and _is_floating(weight)]
    return fit


def _options(player: str, network: object) -> str:
    """Return the options that name a network, with the numbers and words that differ from its defaults."""
    cls: type = type(network)
    options, defaults = [f"--{player} {short_name(cls)}"], parameters(cls, complete=False)
    for name, value in (init_args(network) or {}).items():
        if isinstance(value, bool | int | float | str) and value != defaults[name].make_default():
            options.append(f"--{player}.{name} {str(value).lower() if isinstance(value, bool) else value}")
    return " ".join(options)


def _fits_a_layer(network: keras.Model, fit: Fit) -> bool:
    """Return whether all weights of a layer were taken, and among them a matrix or a kernel."""
    layers: dict[str, list[str]] = {}
    named = {name: weight for name, weight in named_weights(network).items() if _is_floating(weight)}
    for name in named:
        layers.setdefault(name.rpartition("/")[0], []).append(name)
    return any(
        set(names) <= set(fit.taken) and any(len(named[name].shape) > 1 for name in names) for names in layers.values()
    )


def _is_floating(weight) -> bool:
    return tf_variable(weight).dtype.is_floating


def _fits(weight, other) -> bool:
    return tuple(weight.shape) == tuple(other.shape)


def _size(shape: list[int]) -> str:
    return "x".join(map(str, shape)) or "a number"
