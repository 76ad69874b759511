"""LiteRT files, made by TensorFlow's own converter and checked by LiteRT's interpreter: the extra `litert`."""

import tempfile
from collections.abc import Callable, Mapping

import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import extra
from tfgan_course.files import stderr_held
from tfgan_course.replicas import tf_variable
from tfgan_course.serving.conversion import Arrays, Converter, Unsupported, operations_in
from tfgan_course.serving.signatures import Signature

CANNOT_CONVERT = r'error: loc\((?:callsite\()*fused\["(\w+):", "([^"@]+)'
CANNOT_COMPUTE = r"Node number \d+ \((\w+)\)()"
"""The kind and name of an operation in the messages of the converter and of the interpreter, which gives no name."""


class LiteRT(Converter):
    """LiteRT, formerly TensorFlow Lite: a file for each network, with its signatures.

    It has no 64-bit arithmetic from which `sample` makes latents, so the program that runs the file draws them.
    """

    name, runtime, suffix = "LiteRT", "LiteRT", ".tflite"
    wanted = frozenset({"serving_default", "map", "synthesize", "critic"})

    def __init__(self):
        with extra("litert"):
            from ai_edge_litert.interpreter import Interpreter
        self.interpreter = Interpreter

    def files(self, signatures: Mapping[str, Signature]) -> dict[str, dict[str, Signature]]:
        of_critic = {name: part for name, part in signatures.items() if name == "critic"}
        of_generator = {name: part for name, part in signatures.items() if name != "critic"}
        return {"generator": of_generator, **({"critic": of_critic} if of_critic else {})}

    def convert(self, signatures: Mapping[str, Signature], networks: list[keras.Model]) -> bytes:
        module = tf.Module()
        module.weights = [tf_variable(weight) for network in networks for weight in network.variables]
        traced = {
            name: tf.function(function, autograph=False).get_concrete_function(
                **{key: tf.TensorSpec(spec.shape, spec.dtype, key) for key, spec in inputs.items()}
            )
            for name, (function, inputs) in signatures.items()
        }
        with tempfile.TemporaryDirectory() as folder:
            tf.saved_model.save(module, folder, signatures=traced)
            converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=list(traced))
            failure = None
            with stderr_held():  # TensorFlow 2.15 writes statistics of its operations there
                try:
                    return converter.convert()
                except Exception as error:  # ConverterError, which is not part of TensorFlow's interface
                    failure = error
        raise Unsupported(operations_in(failure, CANNOT_CONVERT)) from failure

    def runner(self, content: bytes, signature: str) -> Callable[[Arrays], Arrays]:
        def run(inputs: Arrays) -> Arrays:
            try:
                # A new interpreter for each number of rows: some operations keep the sizes of the first call.
                return dict(self.interpreter(model_content=content).get_signature_runner(signature)(**inputs))
            except (RuntimeError, ValueError) as error:
                raise Unsupported(operations_in(error, CANNOT_COMPUTE)) from error

        return run
