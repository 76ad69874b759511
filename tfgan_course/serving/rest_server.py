"""TF Serving's REST interface, https://www.tensorflow.org/tfx/serving/api_rest."""

import base64
import http.client
import json
import time
from typing import Any
from urllib.parse import quote

import numpy as np
import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError, SSLError, TimeoutError

from tfgan_course.errors import UserError
from tfgan_course.serving.server import LARGEST_ANSWER, SIGNATURE, NoAnswerYet, Server, shortened

BUSY = (429, 502, 503, 504)


class RestServer(Server):
    """A model over REST, encrypted (HTTPS) if `secure`. No proxy is used.

    `prefix` is that of the path, for a server behind a proxy of its own; for the other arguments see `Server`.
    """

    usual_port = "REST port (8501"

    def __init__(self, *args, secure: bool = False, prefix: str = ""):
        super().__init__(*args)
        version = "" if self.version is None else f"/versions/{self.version}"
        scheme = "https" if secure else "http"
        self.url = f"{scheme}://{self.address}{prefix}/v1/models/{quote(self.model, safe='')}{version}"
        self.pool = urllib3.PoolManager()

    def ask_inputs(self) -> dict[str, set[str]]:
        """See `Server`."""
        answer = self._exchange("GET", "/metadata")
        try:
            signatures = answer["metadata"]["signature_def"]["signature_def"]
            return {name: set(signature.get("inputs", ())) for name, signature in signatures.items()}
        except (LookupError, TypeError, AttributeError) as error:
            raise self.garbled(f"{shortened(json.dumps(answer))} when asked for the model's signatures") from error

    def ask_images(self, inputs: dict[str, np.ndarray]) -> list[bytes]:
        """See `Server`."""
        columns = {name: values.tolist() for name, values in inputs.items()}
        answer = self._exchange("POST", ":predict", {"signature_name": SIGNATURE, "inputs": columns})
        try:
            return [base64.b64decode(image["b64"], validate=True) for image in answer["outputs"]]
        except (LookupError, TypeError, ValueError) as error:
            raise self.garbled(f"{shortened(json.dumps(answer))} when asked for images") from error

    def _exchange(self, method: str, verb: str, body: dict | None = None):
        deadline = time.monotonic() + self.timeout
        options: dict[str, Any] = {
            "timeout": self.timeout,
            "retries": False,
            "redirect": False,
            "preload_content": False,
        }
        try:
            response = self.pool.request(method, self.url + verb, json=body, **options)
            return self._understood(response.status, self._read(response, deadline))
        except NewConnectionError as error:  # a TimeoutError too, for urllib3's first version
            raise NoAnswerYet(f"no answer ({getattr(error.__cause__, 'strerror', None) or error})") from error
        except TimeoutError as error:
            raise self.late() from error
        except SSLError as error:
            raise UserError(f"{self.name}: {error}. Without encryption, write http:// in --server") from error
        except HTTPError as error:
            cause = error.args[-1] if isinstance(error, ProtocolError) else error
            if isinstance(cause, http.client.BadStatusLine) and not isinstance(cause, ConnectionError):
                raise UserError(
                    f"{self.name} does not speak HTTP ({type(cause).__name__}). Is this its gRPC port? Then write "
                    f"--server grpc://{self.address}"
                ) from error
            raise NoAnswerYet(f"no answer ({getattr(cause, 'strerror', None) or cause})") from error

    def _read(self, response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
        content = b""
        # Part by part: a timeout holds for each part, and a server may send one a second.
        while part := response.read1(2**16):
            content += part
            if time.monotonic() > deadline:
                raise self.late()
            if len(content) > LARGEST_ANSWER:
                raise self.garbled(f"more than {LARGEST_ANSWER // 2**20} MB")
        response.release_conn()
        return content

    def _understood(self, status: int, content: bytes):
        try:
            answer = json.loads(content)
        except (ValueError, RecursionError):
            answer = None
        said = str(answer["error"]) if isinstance(answer, dict) and "error" in answer else shortened(repr(content))
        if status in BUSY:
            raise NoAnswerYet(f"the server is busy or starting (HTTP {status}: {said})")
        if status == 404:
            raise self.no_such_model(said)
        if status != 200:
            raise self.refused(f"{said} (HTTP {status})")
        if answer is None:
            raise self.garbled(f"{said}, which is not JSON")
        return answer
