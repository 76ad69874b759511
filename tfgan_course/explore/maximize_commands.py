"""`explain maximize-class`, `maximize-feature` and `compare`."""

from collections.abc import Sequence

import numpy as np
from jsonargparse import Namespace
from jsonargparse.typing import NonNegativeFloat, PositiveInt

from tfgan_course.config.parser import parse
from tfgan_course.data import Images
from tfgan_course.data.classes import labels_of
from tfgan_course.errors import UserError
from tfgan_course.evaluation.extractors import softmax
from tfgan_course.explore.maximization import maximize_class, maximize_feature
from tfgan_course.explore.options import Out, add_maximization, maximization, numbers, parser_of, start_image, told
from tfgan_course.explore.outputs import class_logits, layer, read, takes_labels
from tfgan_course.explore.perturb_command import PARTS, labeled, test_accuracy
from tfgan_course.explore.perturbation import accuracy_by_gain
from tfgan_course.explore.subject import Subject, open_run
from tfgan_course.figures.grids import to_uint8
from tfgan_course.figures.panels import Panel, draw_curves, draw_panels


def maximize_class_command(args: Sequence[str]) -> None:
    """Draw what a network takes for the best image of each class (IE 534, E7)."""
    parser = parser_of("maximize-class", maximize_class_command.__doc__)
    add_maximization(parser)
    options = parse(parser, args)
    subject = open_run(options.run, options.checkpoint)
    class_logits(subject.model)  # before anything slow
    out = Out(options, subject.run)
    _, test = subject.images()
    panel, rows = classes_panel(subject, test, options)
    out.table("maximize-class", ("class", "logit before", "logit after", "probability"), rows)
    title = f"{subject.about}: the image of each class that pleases it most"
    out.figure("maximize-class", draw_panels([panel], title, classes_caption(options)))


def classes_panel(subject: Subject, test: Images, options: Namespace) -> tuple[Panel, list[tuple]]:
    """The images of all classes, and a row of figures for each."""
    found = maximize_class(subject.model, start_image(options, test), **maximization(options))
    probabilities = np.diag(softmax(read(class_logits(subject.model), found.images)))
    labels = [f"{name}\n{100 * share:.1f}%" for name, share in zip(test.class_names, probabilities, strict=True)]
    columns = (len(labels) + 1) // 2 if len(labels) <= 10 else None
    figures = (column.tolist() for column in (found.values[0], found.values[-1], probabilities))
    rows = list(zip(test.class_names, *figures, strict=True))
    lowest = f"at least {100 * probabilities.min():.1f}% for every class"
    return Panel(to_uint8(found.images), lowest, labels, columns=columns), rows


def classes_caption(options: Namespace) -> str:
    """What was done."""
    return (
        f"For each class its logit was maximized: {told(options)}. Above an image: the class, and the probability that "
        "the network gives it. Pixels: -1 is black, 1 is white."
    )


def maximize_feature_command(args: Sequence[str]) -> None:
    """Draw what the channels of a layer look for (IE 534, E8)."""
    parser = parser_of("maximize-feature", maximize_feature_command.__doc__)
    parser.add_argument(
        "--layer", type=str, required=True, help="its name: `python -m tfgan_course layers RUN` has all"
    )
    parser.add_argument("--channels", type=str | None, help="numbers and ranges, 0,3,8-11; all unless given")
    parser.add_argument("--label", type=str | None, help="class that a critic which takes labels is told; the first")
    add_maximization(parser)
    options = parse(parser, args)
    subject = open_run(options.run, options.checkpoint)
    layer(subject.model, options.layer)  # before anything slow
    out = Out(options, subject.run)
    _, test = subject.images()
    panel = features_panel(subject, test, options.layer, options)
    title = f"{subject.about}: what the channels of {options.layer} look for"
    out.figure(f"maximize-feature-{plain(options.layer)}", draw_panels([panel], title, features_caption(options)))


def features_panel(subject: Subject, test: Images, name: str, options: Namespace) -> Panel:
    """The images of the channels asked for."""
    known = layer(subject.model, name)
    units = numbers(options.channels or f"0-{known.shape[-1] - 1}", known.shape[-1], "--channels")
    label = labels_of([options.label], test.class_names)[0] if options.label is not None else 0
    start = start_image(options, test)
    found = maximize_feature(subject.model, name, start, units, label=int(label), **maximization(options))
    labels = [f"{unit}: {value:.3g}" for unit, value in zip(units, found.values[-1], strict=True)]
    sees = f", field {'x'.join(map(str, known.field.size))}" if known.field else ""
    shape = "x".join(map(str, known.shape))
    told = f"\ntold the class {test.class_names[label]}" if takes_labels(subject.model) else ""
    return Panel(to_uint8(found.images), f"{name}, {shape}{sees}{told}", labels)


def features_caption(options: Namespace) -> str:
    """What was done."""
    return (
        f"For each channel its largest activation was maximized: {told(options)}. Above an image: the channel and what "
        "it reaches. Pixels: -1 is black, 1 is white."
    )


def compare_command(args: Sequence[str]) -> None:
    """Draw both networks' pictures side by side: trained alone, and with a generator."""
    parser = parser_of("compare", compare_command.__doc__, runs=("first", "second"))
    parser.add_argument("--layer", type=str | None, help="compare these layers' features too: conv4,conv8")
    parser.add_argument("--channels", type=str | None, help="of these layers: 0,3,8-11; all unless given")
    parser.add_argument("--count", type=PositiveInt, default=128, help="test images to perturb")
    parser.add_argument("--gain", type=NonNegativeFloat, default=8.0, help="of the perturbation, see explain perturb")
    add_maximization(parser)
    options = parse(parser, args)
    options.label = None
    subjects = [open_run(options.first), open_run(options.second)]
    layers = [name.strip() for name in (options.layer or "").split(",") if name.strip()]
    for subject in subjects:
        class_logits(subject.model)  # before anything slow
        for name in layers:
            layer(subject.model, name)
    out = Out(options, subjects[0].run)
    check_alike(*subjects)
    _, test = subjects[0].images()
    right = [test_accuracy(subject, test) for subject in subjects]
    compare_perturbation(subjects, right, test, options, out)
    panels = [beside(subject, classes_panel(subject, test, options)[0]) for subject in subjects]
    title = "The image of each class that pleases each network most"
    out.figure("compare-class", draw_panels(panels, title, classes_caption(options)))
    for name in layers:
        panels = [beside(subject, features_panel(subject, test, name, options)) for subject in subjects]
        title = f"What the channels of {name} look for in each network"
        out.figure(f"compare-feature-{plain(name)}", draw_panels(panels, title, features_caption(options)))


def beside(subject: Subject, panel: Panel) -> Panel:
    """A panel that says whose it is."""
    return panel._replace(title=f"{subject.about}\n{panel.title}")


def check_alike(first: Subject, second: Subject) -> None:
    """Refuses to compare networks of other images or classes."""
    for fact in ("image_shape", "class_names"):
        one, other = first.run.images[fact], second.run.images[fact]
        if one != other:
            raise UserError(f"only networks of the same images can be compared: {fact} is {one} and {other}")


def compare_perturbation(
    subjects: Sequence[Subject], right: Sequence[float], test: Images, options: Namespace, out: Out
) -> None:
    """The table and the figure of both networks' accuracies."""
    known = labeled(test)
    images, labels = known.images[: options.count], known.labels[: options.count]
    gains = [options.gain * part for part in PARTS] if options.gain else [0.0]
    curves = [accuracy_by_gain(subject.model, images, labels, gains) for subject in subjects]
    rows = [
        (subject.name, share, curve[0], curve[gains.index(options.gain)])
        for subject, share, curve in zip(subjects, right, curves, strict=True)
    ]
    out.table("compare", ("run", "test accuracy", f"of the first {len(images)}", f"at gain {options.gain:g}"), rows)
    names = [f"{subject.about} ({100 * share:.1f}% of all)" for subject, share in zip(subjects, right, strict=True)]
    figure = draw_curves(
        gains,
        {
            **{name: [100 * share for share in curve] for name, curve in zip(names, curves, strict=True)},
            "(guessing)": [100 / known.classes] * len(gains),
        },
        ("gain: the most a pixel changes, in gray levels of 256", "right, %"),
        "Accuracy against perturbation, of both networks",
        f"Of the first {len(images)} test images; in brackets of all {len(test.images)}. Each network's own gradients: "
        "X - gain sign(gradient of the loss of the next class), cut to [-1, 1].",
    )
    out.figure("compare-perturb", figure)


def plain(name: str) -> str:
    """A layer's name as part of a file's."""
    return name.replace(":", "-").replace("/", "-")
