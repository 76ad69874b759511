"""`python -m tfgan_course latents`: the commands that look into a generator's spaces."""

from collections.abc import Callable, Sequence

from tfgan_course.errors import UserError
from tfgan_course.latent_space.grid_commands import directions_command, mix_command, truncate_command
from tfgan_course.latent_space.measure_commands import path_length_command, project_command

COMMANDS: dict[str, Callable[[Sequence[str]], None]] = {
    "mix": mix_command,
    "truncate": truncate_command,
    "directions": directions_command,
    "project": project_command,
    "path-length": path_length_command,
}
USAGE = "usage: tfgan-course latents COMMAND RUN [OPTIONS]\n\n" + "\n".join(
    f"  {name:<12} {(command.__doc__ or '').strip()}" for name, command in COMMANDS.items()
)
USAGE += "\n\nRUN is a GAN's run directory. latents COMMAND --help lists a command's options."


def latents_command(args: Sequence[str]) -> None:
    """Look into a generator's latent space: style mixing, truncation, directions, projection, path length."""
    name, *rest = list(args) or ["--help"]
    if name in ("-h", "--help"):
        print(USAGE)
    elif name in COMMANDS:
        COMMANDS[name](rest)
    else:
        raise UserError(f"latents has no command {name!r}. Commands: {', '.join(COMMANDS)}")
