"""Commands of a command: `explain perturb`, `latents mix`."""

from collections.abc import Callable, Mapping, Sequence

from tfgan_course.errors import UserError


def run_subcommand(name: str, commands: Mapping[str, Callable[[Sequence[str]], None]], about: str, args: Sequence[str]):
    """Runs the one that the arguments name, or prints what there is.

    Args:
        name: the command's own.
        commands: what each name calls, with the rest of the arguments; its docstring is its line in the help.
        about: a sentence for the end of the help.
        args: of the command line, behind the command's name.

    Raises:
        UserError: for a name that there is not.
    """
    asked, *rest = list(args) or ["--help"]
    if asked in ("-h", "--help"):
        width = max(map(len, commands)) + 1
        lines = [f"  {known:<{width}} {(command.__doc__ or '').strip()}" for known, command in commands.items()]
        print(f"usage: tfgan-course {name} COMMAND RUN [OPTIONS]\n\n" + "\n".join(lines))
        print(f"\n{about} {name} COMMAND --help lists a command's options.")
    elif asked in commands:
        commands[asked](rest)
    else:
        raise UserError(f"{name} has no command {asked!r}. Commands: {', '.join(commands)}")
