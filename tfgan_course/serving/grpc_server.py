"""TF Serving's gRPC interface, which needs the extra `serving`."""

from collections.abc import Callable

import numpy as np

from tfgan_course.errors import extra
from tfgan_course.serving.server import LARGEST_ANSWER, NoAnswerYet, Server, shortened


class GrpcServer(Server):
    """A model over gRPC, encrypted (TLS) if `secure`; for the other arguments see `Server`."""

    usual_port = "gRPC port, 8500"

    def __init__(self, *args, secure: bool = False):
        super().__init__(*args)
        with extra("serving", otherwise="; or use REST: host:8501"):
            import grpc
            import tensorflow as tf
            from tensorflow_serving.apis import get_model_metadata_pb2, predict_pb2, prediction_service_pb2_grpc
        self.grpc, self.tf, self.predict_pb2, self.metadata_pb2 = grpc, tf, predict_pb2, get_model_metadata_pb2
        options = [("grpc.max_receive_message_length", LARGEST_ANSWER)]  # gRPC's default limit is 4 MB
        if secure:
            channel = grpc.secure_channel(self.address, grpc.ssl_channel_credentials(), options)
        else:
            channel = grpc.insecure_channel(self.address, options)
        self.service = prediction_service_pb2_grpc.PredictionServiceStub(channel)

    def ask_inputs(self) -> dict[str, set[str]]:
        request = self.metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
        answer = self._call(self.service.GetModelMetadata, request)
        signatures = self.metadata_pb2.SignatureDefMap()
        if "signature_def" not in answer.metadata or not answer.metadata["signature_def"].Unpack(signatures):
            raise self.garbled("no signatures of the model", "an answer without them")
        return {name: set(signature.inputs) for name, signature in signatures.signature_def.items()}

    def ask(self, signature: str, inputs: dict[str, np.ndarray]) -> list:
        request = self.predict_pb2.PredictRequest()
        request.model_spec.signature_name = signature
        for name, values in inputs.items():
            request.inputs[name].CopyFrom(self.tf.make_tensor_proto(values))
        answer = self._call(self.service.Predict, request)
        if len(answer.outputs) != 1:
            raise self.garbled("one output", ", ".join(answer.outputs) or "none")
        (output,) = answer.outputs.values()
        try:
            return self.tf.make_ndarray(output).reshape(-1).tolist()
        except (TypeError, ValueError) as error:
            raise self.garbled("a tensor", str(error)) from error

    def _call(self, method: Callable, request):
        request.model_spec.name = self.model
        if self.version is not None:
            request.model_spec.version.value = self.version
        code = self.grpc.StatusCode
        try:
            return method(request, timeout=self.timeout)
        except self.grpc.RpcError as error:
            said = shortened(error.details() or error.code().name)
            if error.code() == code.DEADLINE_EXCEEDED:
                raise self.late() from error
            if error.code() in (code.UNAVAILABLE, code.RESOURCE_EXHAUSTED):
                raise NoAnswerYet(f"no answer ({said})") from error
            if error.code() == code.NOT_FOUND:
                raise self.no_such_model(said) from error
            raise self.refused(f"{said} ({error.code().name})") from error
