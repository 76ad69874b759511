"""`python -m tfgan_course explain`: the commands that look into a network."""

from collections.abc import Callable, Sequence

from tfgan_course.cli.subcommands import run_subcommand
from tfgan_course.explore.look_commands import neighbours_command, saliency_command
from tfgan_course.explore.maximize_commands import compare_command, maximize_class_command, maximize_feature_command
from tfgan_course.explore.perturb_command import perturb_command

COMMANDS: dict[str, Callable[[Sequence[str]], None]] = {
    "perturb": perturb_command,
    "maximize-class": maximize_class_command,
    "maximize-feature": maximize_feature_command,
    "compare": compare_command,
    "saliency": saliency_command,
    "neighbours": neighbours_command,
}


def explain_command(args: Sequence[str]) -> None:
    """Look into a run's classifier or critic: perturbations, what classes and layers look for, saliency, neighbours."""
    run_subcommand("explain", COMMANDS, "RUN is a GAN's or a classifier's run directory.", args)
