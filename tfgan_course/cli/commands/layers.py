"""List the layers of a run's networks, with the receptive fields of the critic's or the classifier's."""

from jsonargparse import ArgumentParser, Namespace

from tfgan_course.cli.options import add_run


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `layers`."""
    add_run(parser, "a GAN's or a classifier's run directory")


def run(options: Namespace) -> None:
    """Print what Keras says of each network, then the names and receptive fields of the last one's layers."""
    from tfgan_course.explore.network import networks_of
    from tfgan_course.explore.outputs import layer_table
    from tfgan_course.models.receptive_field import receptive_field_table

    networks = networks_of(options.run)
    for network in networks:
        network.summary(expand_nested=True)
    what = "critic" if len(networks) == 2 else "classifier"
    print(f"\nNames of the {what}'s layers for explain --layer:\n{layer_table(networks[-1])}")
    print(f"\nWhat a unit of the {what} sees of the image:\n{receptive_field_table(networks[-1])}")
