"""ONNX files, made by tf2onnx and checked by onnxruntime: the extra `onnx`."""

import itertools
import logging
from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import extra
from tfgan_course.serving.conversion import Arrays, Converter, Unsupported, operations_in
from tfgan_course.serving.signatures import Signature

OPSET = 18
"""The version of ONNX's operations: the first one with BitwiseXor, which latents from seeds need."""
BOOL = 9
"""onnx.TensorProto.BOOL."""


class Onnx(Converter):
    """ONNX: a file for each signature, because a file has one graph."""

    name, runtime, suffix = "ONNX", "onnxruntime", ".onnx"
    wanted = frozenset({"serving_default", "sample", "map", "synthesize", "critic"})

    def __init__(self):
        with extra("onnx"):
            import onnx
            import onnxruntime
            import tf2onnx
        self.onnx, self.onnxruntime, self.tf2onnx = onnx, onnxruntime, tf2onnx
        # It warns of every operation that it cannot convert and of its own use of TensorFlow; `convert` raises errors.
        logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)

    def files(self, signatures: Mapping[str, Signature]) -> dict[str, dict[str, Signature]]:
        return {{"serving_default": "generator"}.get(name, name): {name: part} for name, part in signatures.items()}

    def convert(self, signatures: Mapping[str, Signature], networks: list[keras.Model]) -> bytes:
        ((function, inputs),) = signatures.values()
        specs = [tf.TensorSpec(spec.shape, spec.dtype, name) for name, spec in inputs.items()]
        handlers: dict[str, tuple[Callable, list]] = {
            "Erfinv": (_inverse_error_function, []),
            "Bitcast": (_bitcast, []),
        }
        graph = tf.function(function, autograph=False)
        model, _ = self.tf2onnx.convert.from_function(graph, specs, opset=OPSET, custom_op_handlers=handlers)
        unknown = [node for node in model.graph.node if not self._known(node)]
        if unknown:
            raise Unsupported((node.op_type, node.name) for node in unknown)
        return model.SerializeToString()

    def _known(self, node) -> bool:
        # tf2onnx leaves an operation that it cannot convert in the graph, as it was.
        return node.domain == "" and self.onnx.defs.has(node.op_type, OPSET, "")

    def runner(self, content: bytes, signature: str) -> Callable[[Arrays], Arrays]:
        try:
            session = self.onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        except Exception as error:  # classes of a compiled module, without a common base
            raise Unsupported(operations_in(error, r"(\w+)\(\d+\) node with name '([^']*)'")) from error
        names = [output.name for output in session.get_outputs()]
        return lambda inputs: dict(zip(names, session.run(None, inputs), strict=True))


def _bitcast(graph, node, name: str, arguments: list) -> None:
    """Replace Bitcast between int64 and uint64 by Cast, which is the same for seeds: they are at least 0."""
    kind, shape = graph.get_dtype(node.output[0]), graph.get_shape(node.output[0])
    source, outputs = node.input[0], node.output
    graph.remove_node(name)
    graph.make_node("Cast", [source], {"to": kind}, outputs=outputs, shapes=[shape], dtypes=[kind], name=name)


# Giles 2010, "Approximating the erfinv function", GPU Computing Gems 2, table 5: single precision, highest power first.
CENTRAL = (
    *(2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087),
    *(-0.00125372503, -0.00417768164, 0.246640727, 1.50140941),
)
TAIL = (
    *(-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773),
    *(-0.0076224613, 0.00943887047, 1.00167406, 2.83297682),
)


def _inverse_error_function(graph, node, name: str, arguments: list) -> None:
    """Replace Erfinv, which ONNX lacks, by Giles's polynomials p: erfinv(x) = p(w) x, w = -log((1 - x)(1 + x))."""
    x, outputs = node.input[0], node.output
    kind, shape = graph.get_dtype(outputs[0]), graph.get_shape(outputs[0])
    graph.remove_node(name)
    used = itertools.count()

    def number(value: float) -> str:
        return graph.make_const(f"{name}_{next(used)}", np.float32(value)).output[0]

    def make(operation: str, *inputs: str, dtype: int = kind) -> str:
        return graph.make_node(operation, list(inputs), shapes=[shape], dtypes=[dtype]).output[0]

    def polynomial(coefficients: tuple[float, ...], w: str) -> str:
        value = number(coefficients[0])
        for coefficient in coefficients[1:]:
            value = make("Add", make("Mul", value, w), number(coefficient))
        return value

    one = number(1.0)
    w = make("Neg", make("Log", make("Mul", make("Sub", one, x), make("Add", one, x))))
    central = polynomial(CENTRAL, make("Sub", w, number(2.5)))
    tail = polynomial(TAIL, make("Sub", make("Sqrt", w), number(3.0)))
    is_central = make("Less", w, number(5.0), dtype=BOOL)
    factor = make("Where", is_central, central, tail)
    graph.make_node("Mul", [factor, x], outputs=outputs, shapes=[shape], dtypes=[kind], name=name)
