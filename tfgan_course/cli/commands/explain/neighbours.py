"""Draw generated samples beside the training images nearest to them, to see whether any image is memorized."""

from tfgan_course.cli.commands.explain import add_network, opened
from tfgan_course.cli.options import FEATURES, share
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.plugins.types import PositiveInt


def add_options(parser: Parser) -> None:
    add_network(parser)
    parser.add("--count", PositiveInt, "how many samples (for a classifier's run: how many test images)", 10)
    parser.add("--nearest", PositiveInt, "training images beside each sample", 5)
    features = f"the features whose distances are compared, from {FEATURES}; the run's own network unless given"
    share(parser, features=features)
    parser.add(
        "--layer",
        str | None,
        "layer of the run's own network that measures distances; the last activations unless given",
    )
    share(parser, "average")
    share(parser, seed="seed of the first sample; each next sample has the next seed")


def run(options: Options) -> None:
    """Write the figure, and print how many samples are suspiciously near."""
    from tfgan_course.explore import neighbours_report

    network, out = opened(options)
    names = ("count", "nearest", "features", "layer", "average", "seed")
    results, said = neighbours_report(network, **{name: options[name] for name in names})
    out.save(results)
    print(said)
