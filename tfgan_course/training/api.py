"""Training from Python: `tfgan_course.train`, and runs that can also be evaluated and resumed."""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, Literal, ParamSpec

from tfgan_course.config.names import FORMER, keys_of, options_in, unknown_option
from tfgan_course.config.objects import PASSED, described
from tfgan_course.config.parser import Settings, from_python
from tfgan_course.config.schema import TrainConfig
from tfgan_course.data import DataSource
from tfgan_course.data.sources.arrays import Arrays
from tfgan_course.errors import Interrupted, UserError, require
from tfgan_course.evaluation.evaluation import evaluate
from tfgan_course.files import new_folder
from tfgan_course.runs.build import policy_kept
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.runs.open import Run, settings_of
from tfgan_course.runs.paths import FEATURES, Moved, MovedConditions
from tfgan_course.runs.start import pinned, start_of
from tfgan_course.training.distribution import make_strategy
from tfgan_course.training.edits import RESUMED_WITH
from tfgan_course.training.given_images import GivenImages, taken_source, written
from tfgan_course.training.launch import launch
from tfgan_course.training.limits import without_others
from tfgan_course.training.workers import Workers

P = ParamSpec("P")


@dataclass(kw_only=True)
class TrainArguments(TrainConfig, GivenImages):
    """What `train` takes: every option of a configuration, and images.

    Args:
        out: the run directory, or the next free name if it exists; runs/ and the name of the variant unless given.
    """

    out: str | Path | None = None


class TrainedRun(Run):
    """A run that can also be evaluated and resumed; `train` and `load_run` return it in Python.

    The package `runs` may not import `evaluation` and `training`, so `Run` has no such methods; this class adds them.
    """

    settings: Settings[TrainConfig] | None = None
    """The options, objects included, that this process gave to `train`; None for a run that was opened."""

    def evaluate(
        self,
        metrics: Sequence[object] | None = None,
        features: object = None,
        samples: int = 10_000,
        *,
        real: Any = None,
        split: Literal["train", "test"] = "train",
        seed: int = 0,
    ) -> dict[str, float]:
        """Return figures that say how good the generated images are, by the figures' names.

        Args:
            metrics: see `tfgan_course.evaluate`, which has more options.
            features: see `tfgan_course.evaluate` as well.
            samples: how many images are generated.
            real: the images to compare with; unless given, the images on which the run was trained.
            split: whether to compare with the training or with the test images.
            seed: the seed of the latents.
        """
        return evaluate(self, real, metrics=metrics, features=features, samples=samples, split=split, seed=seed)

    def resume(
        self,
        epochs: int | None = None,
        *,
        images: Any = None,
        labels: Any = None,
        **options: Any,
    ) -> TrainedRun:
        """Resume the training from the latest checkpoint; after that, this object is the run in its new state.

        Args:
            epochs: the last epoch, counted from the beginning of the run; as configured unless given.
            images: the same images again, if Python code gave them to `train`; not needed in the same process.
            labels: see `train`.
            **options: max_minutes, max_cpu_minutes or max_images in place of epochs (a run whose configuration has
                minutes trains as many again); test, class_names and value_range, see `train`; strategy, replicas,
                steps_per_execution, jit; where features are now, **{"generator_terms.features": "runs/judge"}, or
                "metrics.features".

        Raises:
            UserError: for other images than at the beginning of the run, and for all mistakes that `train` reports.
        """
        options |= {"images": images, "labels": labels}
        given = taken_source(options)
        options = {name: value for name, value in {"epochs": epochs, **options}.items() if value is not None}
        options |= without_others(options)
        if extra := sorted(options.keys() - {*RESUMED_WITH, *FEATURES}):
            raise UserError(
                expected=f"one of {', '.join((*RESUMED_WITH, *FEATURES))}",
                received=f"{extra[0]}, which would make another run",
                remedy="Leave it out, or train a new run",
            )
        source = self.data.source if given is None else given
        written_down = self.directory.config.read_text(encoding="utf-8")
        if self.settings is None or self.settings.yaml() != written_down:  # the user may have edited config.yaml
            condition = MovedConditions(getattr(self.data.condition, "folder", None))
            places = Moved(self.data.folder, self.data.data_dir, condition, self.data.file).options()
            settings: Settings = settings_of(self.directory, options={**places, **options})
        else:
            settings = self.settings.with_options(options)
        trained(settings, source, resume=self.directory)
        again = type(self).load(self.directory.path, average=self.average, config=settings.make())
        self.config, self.gan, self.data = again.config, again.gan, replace(again.data, source=source)
        return self


def flat(
    arguments: Callable[P, object],
) -> Callable[[Callable], Callable[Concatenate[str | Path | TrainConfig, P], TrainedRun]]:
    """Make the fields of a dataclass the keyword arguments of a function, for `help`, notebooks and editors."""

    def decorate(function: Callable) -> Callable:
        first = next(iter(inspect.signature(function).parameters.values()))
        parameters = inspect.signature(arguments).parameters

        @wraps(function)
        def wrapped(variant, **options):
            for name in options:
                if name.partition(".")[0] not in [*parameters, *FORMER]:
                    raise unknown_option(name, [*parameters, *keys_of(options_in(TrainConfig))], name)
            return function(variant, **options)

        # mypy does not know that a function may have one.
        wrapped.__signature__ = inspect.Signature([first, *parameters.values()])  # type: ignore[attr-defined]
        return wrapped

    return decorate


@flat(TrainArguments)
def train(variant: str | Path | TrainConfig, **options: Any) -> TrainedRun:
    """Train a GAN until the end, and return its run, opened at the latest checkpoint.

    ```python
    run = train("dcgan", images=x, labels=y, epochs=3, critic={"width": 32}, out="runs/a")
    ```

    Ctrl-C ends the training after the current step: the state is saved, and `KeyboardInterrupt` is raised.
    `load_run(...).resume()` continues it. Strategy mirrored runs all replicas in this process; multi_worker works only
    from the command line.

    Args:
        variant: the name of a variant, the path of a YAML file, or a configuration, as a run's `config` is one.
        **options: every key of the YAML by the same name, with a value as in YAML or an object: `loss="Hinge"`,
            `critic={"width": 32}`, `critic_terms=[GradientPenalty()]`; and the arguments of `GivenImages`, and `out`.

    Raises:
        UserError: for mistakes that the user can correct. If it is raised before the first step, no file remains.
        Diverged: if a loss, a term or a weight becomes NaN or infinite.
    """
    named = isinstance(variant, str | os.PathLike | TrainConfig)
    remedy = "Write train('dcgan') for example; the command `variants` lists all"
    require(named, "the name of a variant, the path of a YAML file, or a configuration", repr(variant), remedy)
    out = options.pop("out", None)
    out = None if out is None else new_folder(out, "out")
    source = taken_source(options)
    if source is not None:
        data = options.get("data") or {}
        expected, received = "the images once, as images= or in data=", f"images= and data={data!r}"
        right = isinstance(data, Mapping) and not {"name", "folder", "file", "labels", "source"} & set(data)
        require(right, expected, received, "Leave one out; data={'size': 28} may be given together with images=")
        size = {"size": source.size} if isinstance(source, Arrays) and "size" not in data else {}
        options["data"] = {**written(source), **size, **data}
    data = options.get("data", {})
    expected = "for data a dictionary of its options, data={'name': 'mnist'} for example"
    require(isinstance(data, Mapping), expected, repr(data), "Pass arrays, a folder or a dataset as images=")
    if isinstance(run := options.get("init_from"), Run):
        options["init_from"] = start_of(run)
    settings = pinned(from_python(variant, **options, **without_others(options)))
    if unknown := [name for name, value in settings.values.items() if PASSED in str(described(value))]:
        warnings.warn(
            f"config.yaml cannot describe {', '.join(unknown)}, so only this process can open the run. Define the "
            "class in a module, and keep each argument of its constructor in an attribute of the same name",
            stacklevel=3,
        )
    directory = trained(settings, source, out=out or f"runs/{settings.name}")
    # The options stay in this process, because config.yaml may not describe all objects, or name a class of a notebook.
    run = TrainedRun.load(directory.path, config=settings.make())
    run.settings = settings
    if source is not None:
        run.data = replace(run.data, source=source)
    return run


def load_run(
    path: str | Path,
    checkpoint: str | int = "latest",
    average: bool = True,
    *,
    precision: Literal["float32", "bfloat16", "float16"] | None = None,
    data: Mapping[str, Any] | None = None,
) -> TrainedRun:
    """Open the run of a GAN.

    ```python
    run = load_run("runs/lsgan")
    images, figures = run.sample(64, seed=1), run.evaluate(features="random")
    ```

    Args:
        path: the run directory.
        checkpoint: `latest`, `best`, or the number of a step.
        average: whether `generator` is the averaged generator, if the run has one.
        precision: the precision of the networks' activations; the run's own unless given.

    Raises:
        UserError: if there is no such run or checkpoint, or this version of the package cannot read it.
    """
    return TrainedRun.load(path, checkpoint, average, precision=precision, data=data)


def trained(
    settings: Settings[TrainConfig],
    source: DataSource | None,
    *,
    out: str | Path | None = None,
    resume: RunDirectory | None = None,
) -> RunDirectory:
    """Train in this process; see `launch`. `source` has the images in place of the configuration's, if it is given."""
    if settings["strategy"] == "multi_worker":
        raise UserError(
            expected="a strategy of one process: default or mirrored",
            received="multi_worker",
            remedy="Start one process on each machine: python -m tfgan_course train --strategy multi_worker",
        )

    def configure() -> tuple[TrainConfig, str]:
        config = settings.make()
        data = config.data if source is None else replace(config.data, source=source)
        return replace(config, data=data), settings.yaml()

    workers = Workers(make_strategy(settings["strategy"], settings["replicas"]))
    try:
        with policy_kept():
            return launch(workers, configure, out=out, resume=resume)
    except Interrupted as error:
        saved = (
            f"saved in {error.saved}: continue with load_run({str(error.saved)!r}).resume()"
            if error.saved
            else "nothing is saved"
        )
        raise KeyboardInterrupt(f"stopped, and {saved}") from error
