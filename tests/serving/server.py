"""A server that answers TF Serving's two protocols from SavedModels; some of its models misbehave. It has TensorFlow
only.

    python server.py NAME=FOLDER...

Prints the ports, REST and gRPC (0 where tensorflow-serving-api is missing), when it is ready; ends with its standard
input. For a model NAME there are also

    slow-NAME       sleeps for a minute
    drip-NAME       sends a byte every tenth of a second
    busy-NAME       is unavailable for the first two requests
    garbage-NAME    answers what no TF Serving would
    few-NAME        answers fewer images than asked for
    broken-NAME     answers images that are none
"""

import base64
import json
import os
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

try:
    import grpc
    from tensorflow.core.protobuf import meta_graph_pb2  # noqa: F401 (what metadata consists of)
    from tensorflow_serving.apis import get_model_metadata_pb2, predict_pb2, prediction_service_pb2_grpc
except ImportError:
    grpc = None

CODES = {"INVALID_ARGUMENT": 400, "NOT_FOUND": 404, "UNAVAILABLE": 503}


class Refused(Exception):
    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


class Models:
    def __init__(self, folders: dict[str, str]):
        self.loaded = {name: tf.saved_model.load(folder) for name, folder in folders.items()}
        self.infos = {name: signature_infos(folder) for name, folder in folders.items()}
        self.asked = Counter()

    def named(self, name: str, version: str, protocol: str) -> tuple[str, str]:
        """Return how the model of this name behaves, and the model."""
        how, _, rest = name.partition("-")
        how, name = (how, rest) if rest in self.loaded else ("well", name)
        if name not in self.loaded or version not in ("", "1"):
            raise Refused("NOT_FOUND", f"Servable not found for request: Specific({name}, {version})")
        if how == "slow":
            time.sleep(60)
        self.asked[how, protocol] += 1
        if how == "busy" and self.asked[how, protocol] <= 2:
            raise Refused("UNAVAILABLE", "Servable not yet available")
        return how, name

    def run(self, how: str, name: str, signature: str, inputs: dict[str, tf.Tensor]) -> dict[str, np.ndarray]:
        if signature not in self.loaded[name].signatures:
            raise Refused("INVALID_ARGUMENT", f'Serving signature name: "{signature}" not found in signature def')
        wanted = self.infos[name][signature].inputs
        if set(inputs) != set(wanted):
            raise Refused("INVALID_ARGUMENT", f"input size does not match signature: {set(inputs)} != {set(wanted)}")
        try:
            outputs = self.loaded[name].signatures[signature](**inputs)
        except tf.errors.InvalidArgumentError as error:
            raise Refused("INVALID_ARGUMENT", error.message) from error
        outputs = {key: value.numpy() for key, value in outputs.items()}
        if how == "few":
            return {key: value[1:] for key, value in outputs.items()}
        return {key: value[:, None] for key, value in outputs.items()} if how == "broken" else outputs


def signature_infos(folder: str) -> dict:
    from tensorflow.core.protobuf import saved_model_pb2

    proto = saved_model_pb2.SavedModel()
    with open(os.path.join(folder, "saved_model.pb"), "rb") as file:
        proto.ParseFromString(file.read())
    signatures = dict(proto.meta_graphs[0].signature_def)
    signatures.pop("__saved_model_init_op", None)
    return signatures


def rest_handler(models: Models) -> type:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.respond(b"")

        def do_POST(self):
            self.respond(self.rfile.read(int(self.headers["Content-Length"])))

        def respond(self, body: bytes) -> None:
            try:
                status, how, answer = 200, *self.answer(body)
            except Refused as error:
                status, how, answer = CODES[error.code], "well", {"error": str(error)}
            content = b"<html>Welcome to a router!</html>" if how == "garbage" else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            for index in range(len(content)) if how == "drip" else ():
                self.wfile.write(content[index : index + 1])
                self.wfile.flush()
                time.sleep(0.1)
            self.wfile.write(b"" if how == "drip" else content)

        def answer(self, body: bytes) -> tuple[str, dict]:
            # /v1/models/NAME[/versions/N]/metadata, /v1/models/NAME[/versions/N]:predict
            path, _, verb = self.path.removeprefix("/v1/models/").partition(":")
            path = path.removesuffix("/metadata")
            name, _, version = path.partition("/versions/")
            how, name = models.named(name, version, "rest")
            if not verb:
                signatures = {
                    key: {
                        "inputs": {
                            alias: {"dtype": tf.as_dtype(info.dtype).name, "name": info.name}
                            for alias, info in signature.inputs.items()
                        },
                        "method_name": signature.method_name,
                    }
                    for key, signature in models.infos[name].items()
                }
                return how, {"metadata": {"signature_def": {"signature_def": signatures}}}
            request = json.loads(body)
            signature = request.get("signature_name", "serving_default")
            known = models.infos[name].get(signature)
            inputs = {
                key: tf.constant([*map(decoded, values)], tf.as_dtype(known.inputs[key].dtype) if known else None)
                for key, values in request["inputs"].items()
            }
            outputs = {
                key: value.tolist() if value.dtype != object else encoded(value.tolist(), binary=how != "broken")
                for key, value in models.run("well" if how == "broken" else how, name, signature, inputs).items()
            }
            return how, {"outputs": outputs if len(outputs) > 1 else next(iter(outputs.values()))}

        def log_message(self, *args):
            pass

    return Handler


def decoded(value):
    return base64.b64decode(value["b64"]) if isinstance(value, dict) else value


def encoded(values: list[bytes], binary: bool) -> list[dict]:
    return [{"b64": base64.b64encode(value if binary else b"no picture").decode()} for value in values]


def grpc_service(models: Models):
    class Service(prediction_service_pb2_grpc.PredictionServiceServicer):
        def GetModelMetadata(self, request, context):
            how, name = self.named(request, context)
            answer = get_model_metadata_pb2.GetModelMetadataResponse()
            if how != "garbage":
                signatures = get_model_metadata_pb2.SignatureDefMap()
                for key, signature in models.infos[name].items():
                    signatures.signature_def[key].CopyFrom(signature)
                answer.metadata["signature_def"].Pack(signatures)
            return answer

        def Predict(self, request, context):
            how, name = self.named(request, context)
            inputs = {key: tf.constant(tf.make_ndarray(value)) for key, value in request.inputs.items()}
            signature = request.model_spec.signature_name or "serving_default"
            try:
                outputs = models.run("well" if how == "broken" else how, name, signature, inputs)
            except Refused as error:
                context.abort(grpc.StatusCode[error.code], str(error))
            answer = predict_pb2.PredictResponse()
            for key, value in outputs.items():
                value = np.full_like(value, b"no picture") if how == "broken" else value
                answer.outputs[key].CopyFrom(tf.make_tensor_proto(value))
            return answer

        def named(self, request, context):
            spec = request.model_spec
            try:
                return models.named(spec.name, str(spec.version.value) if spec.HasField("version") else "", "grpc")
            except Refused as error:
                context.abort(grpc.StatusCode[error.code], str(error))

    return Service()


if __name__ == "__main__":
    served = Models(dict(word.split("=", 1) for word in sys.argv[1:]))
    rest = ThreadingHTTPServer(("127.0.0.1", 0), rest_handler(served))
    threading.Thread(target=rest.serve_forever, daemon=True).start()
    grpc_port = 0
    if grpc:
        grpc_server = grpc.server(ThreadPoolExecutor(8))
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(grpc_service(served), grpc_server)
        grpc_port = grpc_server.add_insecure_port("127.0.0.1:0")
        grpc_server.start()
    print(rest.server_port, grpc_port, flush=True)
    sys.stdin.read()
    os._exit(0)
