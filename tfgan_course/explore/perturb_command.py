"""`explain perturb`."""

from collections.abc import Sequence

import numpy as np
from jsonargparse import Namespace
from jsonargparse.typing import NonNegativeFloat, PositiveInt

from tfgan_course.config.parser import parse
from tfgan_course.data import Images
from tfgan_course.errors import UserError
from tfgan_course.explore.options import Out, add_images, chosen, parser_of
from tfgan_course.explore.outputs import class_logits
from tfgan_course.explore.perturbation import accuracy, accuracy_by_gain, perturb, predictions, scaled
from tfgan_course.explore.subject import Subject, open_run
from tfgan_course.figures.grids import to_uint8
from tfgan_course.figures.panels import Panel, draw_curves, draw_panels

PARTS = (0, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4, 1, 3 / 2, 2)
"""The gains of the curve, in parts of --gain."""


def perturb_command(args: Sequence[str]) -> None:
    """Change real images by less than one sees, so that they are taken for something else (IE 534, E6)."""
    parser = parser_of("perturb", perturb_command.__doc__)
    add_images(parser, 128)
    parser.add_argument("--gain", type=NonNegativeFloat, default=8.0, help="the most a pixel changes, in gray levels")
    parser.add_argument(
        "--targeted", type=bool, default=True, help="towards the next class, (label + 1); false: away from its own"
    )
    parser.add_argument(
        "--steps", type=PositiveInt, default=1, help="of the picture; 1 is the sign step, more are projected descent"
    )
    parser.add_argument("--shown", type=PositiveInt, default=100, help="images in the picture, at most")
    options = parse(parser, args)
    subject = open_run(options.run, options.checkpoint)
    class_logits(subject.model)  # before anything slow
    out = Out(options, subject.run)
    images = labeled(chosen(subject, options))
    gains = [options.gain * part for part in PARTS] if options.gain else [0.0]
    curves = curves_of(subject, images, gains, options.steps if options.steps > 1 else 10)
    out.table("perturb", ["gain", *curves], [[gain, *row] for gain, *row in zip(gains, *curves.values(), strict=True)])
    count = len(images.images)
    figure = draw_curves(
        gains,
        {
            **{name: [100 * share for share in curve] for name, curve in curves.items()},
            "(guessing)": [100 / images.classes] * len(gains),
        },
        ("gain: the most a pixel changes, in gray levels of 256", "right, %"),
        f"{subject.about}: accuracy against perturbation",
        f"Of {count} {options.split} images. Sign step: X - gain sign(gradient of the loss of the next class), or + "
        "that of the image's own class. Projected steps: smaller sign steps, cut back to the gain each time. All cut "
        "to [-1, 1].",
    )
    out.figure("perturb-curve", figure)
    out.figure("perturb", picture(subject, images, options))


def labeled(images: Images) -> Images:
    """Those of the images that have a label.

    Raises:
        UserError: if none has.
    """
    if images.labels is None or not (images.labels >= 0).any():
        raise UserError("a perturbation needs to know what the images show: these have no labels")
    known = images.labels >= 0
    return Images(images.images[known], images.labels[known], images.class_names)


def curves_of(subject: Subject, images: Images, gains: Sequence[float], steps: int) -> dict[str, list[float]]:
    """The accuracy that is left at each gain, of four ways to perturb."""
    return {
        f"{how}, {aim}": accuracy_by_gain(
            subject.model, images.images, images.labels, gains, targeted=targeted, steps=count
        )
        for how, count in (("sign step", 1), (f"{steps} projected steps", steps))
        for aim, targeted in (("to the next class", True), ("away from its own", False))
    }


def picture(subject: Subject, images: Images, options: Namespace):
    """Real images, gradients, perturbed images side by side, with what each is taken for."""
    changed = perturb(
        subject.model, images.images, images.labels, options.gain, targeted=options.targeted, steps=options.steps
    )
    before, after = (predictions(subject.model, seen) for seen in (images.images, changed.images))
    right = [float(np.mean(said == images.labels)) for said in (before, after)]
    shown, names = slice(options.shown), images.class_names
    gradients = (255 * scaled(changed.gradients)[shown]).round().astype(np.uint8)
    low, high = changed.gradients.min(), changed.gradients.max()

    def labels(said: np.ndarray) -> dict:
        return {"labels": [names[number] for number in said[shown]], "marked": (said != images.labels)[shown]}

    aim = "the next class" if options.targeted else "its own class"
    how = (
        f"by {options.gain:g} gray levels {'against' if options.targeted else 'along'} the gradient's sign"
        if options.steps == 1
        else f"by {options.steps} projected steps of at most {options.gain:g} gray levels together"
    )
    most = np.abs(to_uint8(changed.images).astype(int) - images.images).max()
    return draw_panels(
        [
            Panel(images.images[shown], f"real: {100 * right[0]:.1f}% right", **labels(before)),
            Panel(gradients, f"gradient of the loss of {aim}", [names[label] for label in images.labels[shown]]),
            Panel(to_uint8(changed.images[shown]), f"perturbed: {100 * right[1]:.1f}% right", **labels(after)),
        ],
        f"{subject.about}: real images, perturbed",
        f"Perturbed {how}, cut to [-1, 1]; accuracies of {len(images.images)} {options.split} images, of which "
        f"{len(images.images[shown])} are shown. Above an image: what it is taken for, red where that is wrong; above "
        f"a gradient: the label. Gradients: 0 (black) is {low:.2g}, 1 (white) is {high:.2g} over the whole batch. "
        f"No pixel differs by more than {most} of 255.",
    )


def test_accuracy(subject: Subject, images: Images) -> float:
    """Of all images that have a label."""
    known = labeled(images)
    return accuracy(subject.model, known.images, known.labels)
