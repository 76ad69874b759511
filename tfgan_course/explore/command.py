"""`python -m tfgan_course explain`: the commands that look into a network."""

from collections.abc import Callable, Sequence

from tfgan_course.errors import UserError
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
USAGE = "usage: tfgan-course explain COMMAND RUN [OPTIONS]\n\n" + "\n".join(
    f"  {name:<17} {(command.__doc__ or '').strip()}" for name, command in COMMANDS.items()
)
USAGE += "\n\nRUN is a GAN's or a classifier's run directory. explain COMMAND --help lists a command's options."


def explain_command(args: Sequence[str]) -> None:
    """Look into a run's classifier or critic: perturbations, what classes and layers look for, saliency, neighbours."""
    name, *rest = list(args) or ["--help"]
    if name in ("-h", "--help"):
        print(USAGE)
    elif name in COMMANDS:
        COMMANDS[name](rest)
    else:
        raise UserError(f"explain has no command {name!r}. Commands: {', '.join(COMMANDS)}")
