"""Look into a generator's latent space: style mixing, truncation, directions, projection, path length.

RUN is a GAN's run directory.
"""

from tfgan_course.cli.options import add_figures, add_run, add_space, writable
from tfgan_course.cli.parsing import Options, Parser


def add_generator(parser: Parser) -> None:
    """Declare the options of every command of `latents`: the run, its space, and where figures go."""
    add_run(parser)
    add_space(parser)
    add_figures(parser, "latents")


def opened(options: Options) -> tuple:
    """Return the run that the options name, the space of its generator, and the folder for figures."""
    from tfgan_course.figures.folder import FigureFolder
    from tfgan_course.latent_space import space_of
    from tfgan_course.runs.open import load_run

    folder = options.out or options.run / "latents"
    writable(folder)
    data = vars(options.data) if hasattr(options, "data") else None
    run = load_run(options.run, options.checkpoint, options.average, precision="float32", data=data)
    return run, space_of(run, options.space), FigureFolder(folder, options.formats)
