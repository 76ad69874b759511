"""Look into a run's classifier or critic: perturbations, images of classes and layers, saliency, neighbours.

RUN is a GAN's or a classifier's run directory.
"""

from tfgan_course.cli.options import add_data, add_figures, add_run, any_run, share, writable
from tfgan_course.cli.parsing import Options, Parser


def add_network(parser: Parser, *names: str) -> None:
    """Declare the options of every command of `explain`: the run directories, `names`, and where figures go."""
    for name in names or ["run"]:
        add_run(parser, "a GAN's or a classifier's run directory", name, any_run)
    if not names:
        share(parser, "checkpoint")
    add_data(parser)
    add_figures(parser, "explain")


def opened(options: Options, *names: str) -> tuple:
    """Return the networks of the runs that the options name, and the folder for their figures."""
    from tfgan_course.explore import open_network
    from tfgan_course.figures.folder import FigureFolder

    names = names or ("run",)
    folder = options.out or options[names[0]] / "explain"
    writable(folder)
    checkpoint = str(getattr(options, "checkpoint", "latest"))
    networks = [open_network(options[names[0]], checkpoint, vars(options.data))]
    networks += [open_network(options[name], checkpoint) for name in names[1:]]  # their images are not read
    return *networks, FigureFolder(folder, options.formats)
