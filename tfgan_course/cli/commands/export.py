"""Export a trained generator for TF Serving, ONNX, LiteRT, or as a Keras file."""

from functools import partial
from typing import Literal

from tfgan_course.cli.options import about_out, add_out, add_run, folder, share
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.errors import UserError
from tfgan_course.files import model_folder, shown


def add_options(parser: Parser) -> None:
    add_run(parser)
    about = "the model's folder, whose name is the model's; each export as saved_model adds a version"
    add_out(parser, "models/gan", about, partial(folder, check=model_folder))
    formats = Literal["saved_model", "onnx", "litert", "keras"]
    about = "saved_model for TF Serving; onnx and litert for other runtimes; keras for generator.keras"
    parser.add("--format", formats, about, "saved_model")
    parser.add("--critic", bool, "export the critic as well", False)
    share(parser, "checkpoint", "average")


def check(options: Options) -> None:
    """Refuse a folder that holds files for all formats without versions: old and new files would be mixed."""
    from tfgan_course.figures.grids import check_empty

    if options.format != "saved_model":
        with about_out():
            check_empty(options.out)


def run(options: Options) -> None:
    """Write the files, and print how to use them."""
    import tensorflow as tf

    try:
        {"saved_model": _savedmodel, "keras": _keras}.get(options.format, _converted)(options)
    except (OSError, tf.errors.OpError) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "message", None) or error
        raise UserError(
            expected="for --out a folder that can be written",
            received=f"{shown(options.out)} ({reason})",
            remedy="Choose another; the files that were there are unchanged",
        ) from error


def _savedmodel(options: Options) -> None:
    from tfgan_course.runs.open import load_run
    from tfgan_course.serving.export import about, export_savedmodel, write_server_configs

    run = load_run(options.run, options.checkpoint, options.average)
    version = export_savedmodel(run.gan, options.out, about(run), options.average, options.critic)
    print(f"Step {run.step} of {run.directory.path}: {version}")
    for file, advice in write_server_configs(options.out):
        print(f"{file}: {advice}")


def _keras(options: Options) -> None:
    from tfgan_course.runs.open import load_run
    from tfgan_course.serving.export import export_keras

    run = load_run(options.run, options.checkpoint, options.average)
    written = export_keras(run.gan, options.out, options.average, options.critic)
    print(f"Step {run.step} of {run.directory.path}: {', '.join(map(str, written))}")
    print("Load with: import tfgan_course.layers; from tensorflow import keras; keras.models.load_model(...)")


def _converted(options: Options) -> None:
    from tfgan_course.runs.open import load_run
    from tfgan_course.serving.conversion import export_converted
    from tfgan_course.serving.litert import LiteRT
    from tfgan_course.serving.onnx import Onnx

    converter = {"onnx": Onnx, "litert": LiteRT}[options.format]()
    run = load_run(options.run, options.checkpoint, options.average, precision="float32")
    print(f"Step {run.step} of {run.directory.path}; largest difference to Keras, measured with {converter.runtime}:")
    for path, differences in export_converted(converter, run.gan, options.out, options.average, options.critic):
        print(f"{path}: {', '.join(f'{name} {difference:.1e}' for name, difference in differences.items())}")
