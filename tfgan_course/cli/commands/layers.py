"""List the layers of a run's networks, and the receptive fields of the critic's or the classifier's layers."""

from tfgan_course.cli.options import add_run, any_run
from tfgan_course.cli.parsing import Options, Parser


def add_options(parser: Parser) -> None:
    add_run(parser, "a GAN's or a classifier's run directory", check=any_run)


def run(options: Options) -> None:
    """Print Keras's summary of each network, then the names and receptive fields of the last network's layers."""
    from tfgan_course.explore.network import networks_of
    from tfgan_course.explore.outputs import layer_table
    from tfgan_course.models.layer_names import named_layers
    from tfgan_course.models.receptive_field import receptive_field_table

    networks = networks_of(options.run)
    for network in networks:
        network.summary(expand_nested=True)
    for player, network in zip(("generator", "critic"), networks, strict=False) if len(networks) == 2 else ():
        print(f"\nNames of the {player}'s layers for freeze.{player}: {', '.join(named_layers(network))}")
    what = "critic" if len(networks) == 2 else "classifier"
    print(f"\nNames of the {what}'s layers for explain --layer:\n{layer_table(networks[-1])}")
    print(f"\nReceptive fields of the {what}'s layers, in pixels:\n{receptive_field_table(networks[-1])}")
