"""`python -m tfgan_course latents`: the commands that look into a generator's spaces."""

from collections.abc import Callable, Sequence

from tfgan_course.cli.subcommands import run_subcommand
from tfgan_course.latent_space.grid_commands import directions_command, mix_command, truncate_command
from tfgan_course.latent_space.measure_commands import path_length_command, project_command

COMMANDS: dict[str, Callable[[Sequence[str]], None]] = {
    "mix": mix_command,
    "truncate": truncate_command,
    "directions": directions_command,
    "project": project_command,
    "path-length": path_length_command,
}


def latents_command(args: Sequence[str]) -> None:
    """Look into a generator's latent space: style mixing, truncation, directions, projection, path length."""
    run_subcommand("latents", COMMANDS, "RUN is a GAN's run directory.", args)
