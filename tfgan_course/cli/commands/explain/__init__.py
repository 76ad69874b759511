"""Look into a run's classifier or critic: perturbations, what classes and layers look for, saliency, neighbours.

RUN is a GAN's or a classifier's run directory.
"""

from jsonargparse import ArgumentParser, Namespace

from tfgan_course.cli.options import add_checkpoint, add_figures, add_run


def add_network(parser: ArgumentParser, *names: str) -> None:
    """Declare the options of every command of `explain`: run directories by their names, and where figures go."""
    for name in names or ["run"]:
        add_run(parser, "a GAN's or a classifier's run directory", name)
    if not names:
        add_checkpoint(parser)
    add_figures(parser, "explain")


def opened(options: Namespace, *names: str) -> tuple:
    """Return the networks of the runs that the options name, and the folder for their figures."""
    from tfgan_course.explore import open_network
    from tfgan_course.figures.folder import FigureFolder

    networks = [open_network(options[name], options.get("checkpoint", "latest")) for name in names or ["run"]]
    folder = options.out or networks[0].directory.path / "explain"
    return *networks, FigureFolder(folder, options.formats)
