"""Draw generated samples beside the training images nearest to them: is anything memorized?"""

from jsonargparse import ArgumentParser, Namespace
from jsonargparse.typing import PositiveInt

from tfgan_course.cli.commands.explain import add_network, opened
from tfgan_course.cli.options import add_average, add_count, add_seed


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `explain neighbours`."""
    add_network(parser)
    add_count(parser, 10, "samples (test images, of a classifier's run)")
    parser.add_argument("--nearest", type=PositiveInt, default=5, help="training images beside each")
    parser.add_argument("--features", type=str | None, help="as for evaluate: a classifier's run, for example")
    parser.add_argument("--layer", type=str | None, help="the run's own network's layer; its last activations")
    add_average(parser)
    add_seed(parser, "of the first sample; the next has the next seed")


def run(options: Namespace) -> None:
    """Write the figure, and print how many samples are suspiciously near."""
    from tfgan_course.explore import neighbours_report

    network, out = opened(options)
    names = ("count", "nearest", "features", "layer", "average", "seed")
    results, said = neighbours_report(network, **{name: options[name] for name in names})
    out.save(results)
    print(said)
