"""Export a trained generator for TF Serving, or as a Keras file."""

from functools import partial
from typing import Literal

from tfgan_course.cli.options import about_out, add_out, add_run, folder, share
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.errors import UserError
from tfgan_course.files import model_folder, shown


def add_options(parser: Parser) -> None:
    add_run(parser)
    about = "the model's folder, whose name is the model's; each export adds a version"
    add_out(parser, "models/gan", about, partial(folder, check=model_folder))
    formats = Literal["savedmodel", "keras"]
    about = "savedmodel for TF Serving; keras for generator.keras"
    parser.add("--format", formats, about, "savedmodel")
    parser.add("--critic", bool, "export the critic as well", False)
    share(parser, "checkpoint", "average")


def check(options: Options) -> None:
    """Refuse a folder that holds files for a Keras file, which would replace an earlier one or be mixed with others."""
    from tfgan_course.figures.grids import check_empty

    if options.format == "keras":
        with about_out():
            check_empty(options.out)


def run(options: Options) -> None:
    """Write the files, and print how to use them."""
    import tensorflow as tf

    from tfgan_course.runs.open import load_run
    from tfgan_course.serving.export import about, export_keras, export_savedmodel, write_server_configs

    out = options.out
    run = load_run(options.run, options.checkpoint, options.average)
    try:
        if options.format == "keras":
            written = export_keras(run.gan, out, options.average, options.critic)
            print(f"Step {run.step} of {run.directory.path}: {', '.join(map(str, written))}")
            print("Load with: import tfgan_course.layers; from tensorflow import keras; keras.models.load_model(...)")
            return
        version = export_savedmodel(run.gan, out, about(run), options.average, options.critic)
        print(f"Step {run.step} of {run.directory.path}: {version}")
        for file, advice in write_server_configs(out):
            print(f"{file}: {advice}")
    except (OSError, tf.errors.OpError) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "message", None) or error
        raise UserError(
            expected="for --out a folder that can be written",
            received=f"{shown(out)} ({reason})",
            remedy="Choose another; the files that were there are unchanged",
        ) from error
