"""TF Serving's REST interface, https://www.tensorflow.org/tfx/serving/api_rest."""

import base64
import http.client
import json
import queue
import threading
from typing import Any
from urllib.parse import quote

import numpy as np
import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError, SSLError, TimeoutError

from tfgan_course.errors import UserError
from tfgan_course.serving.server import LARGEST_ANSWER, NoAnswerYet, Server, shortened

BUSY = (429, 502, 503, 504)


class RestServer(Server):
    """A model over REST, encrypted (HTTPS) if `secure`. No proxy is used.

    `prefix` is the beginning of the URL's path, for a server that has its own proxy; for the other arguments see
    `Server`.
    """

    usual_port = "REST port, 8501"

    def __init__(self, *args, secure: bool = False, prefix: str = ""):
        super().__init__(*args)
        version = "" if self.version is None else f"/versions/{self.version}"
        scheme = "https" if secure else "http"
        self.url = f"{scheme}://{self.address}{prefix}/v1/models/{quote(self.model, safe='')}{version}"
        self.pool = urllib3.PoolManager()

    def ask_inputs(self) -> dict[str, set[str]]:
        answer = self._exchange("GET", "/metadata")
        try:
            signatures = answer["metadata"]["signature_def"]["signature_def"]
            return {name: set(signature.get("inputs", ())) for name, signature in signatures.items()}
        except (LookupError, TypeError, AttributeError) as error:
            raise self.garbled("the signatures of the model", shortened(json.dumps(answer))) from error

    def ask(self, signature: str, inputs: dict[str, np.ndarray]) -> list:
        columns = {
            name: [{"b64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value for value in values]
            for name, values in ((name, column.tolist()) for name, column in inputs.items())
        }
        answer = self._exchange("POST", ":predict", {"signature_name": signature, "inputs": columns})
        try:
            return [
                base64.b64decode(row["b64"], validate=True) if isinstance(row, dict) else row
                for row in answer["outputs"]
            ]
        except (LookupError, TypeError, ValueError) as error:
            raise self.garbled("outputs of the model", shortened(json.dumps(answer))) from error

    def _exchange(self, method: str, verb: str, body: dict | None = None):
        # urllib3's timeout holds for each part of an answer, and a server may send one byte per second. So another
        # thread waits for the answer, and this thread waits for it, at most `timeout`. The other thread does not keep
        # the process alive.
        found: queue.Queue = queue.Queue()

        def request() -> None:
            try:
                found.put(self._answer(method, self.url + verb, body))
            except Exception as error:  # It is raised again in the thread that waits.
                found.put(error)

        threading.Thread(target=request, daemon=True).start()
        try:
            answer = found.get(timeout=self.timeout)
        except queue.Empty:
            raise self.late() from None
        if isinstance(answer, Exception):
            raise answer
        return self._understood(*answer)

    def _answer(self, method: str, url: str, body: dict | None) -> tuple[int, bytes]:
        options: dict[str, Any] = {
            "timeout": self.timeout,
            "retries": False,
            "redirect": False,
            "preload_content": False,
        }
        try:
            response = self.pool.request(method, url, json=body, **options)
            content = b""
            while part := response.read1(2**16):
                content += part
                if len(content) > LARGEST_ANSWER:
                    raise self.garbled(f"at most {LARGEST_ANSWER // 2**20} MB", "more")
            response.release_conn()
            return response.status, content
        except NewConnectionError as error:  # urllib3's first version raises a TimeoutError here too
            raise NoAnswerYet(f"no answer ({getattr(error.__cause__, 'strerror', None) or error})") from error
        except TimeoutError as error:
            raise self.late() from error
        except SSLError as error:
            raise UserError(
                expected=f"encryption by {self.name}", received=str(error), remedy="Without encryption, write http://"
            ) from error
        except HTTPError as error:
            cause = error.args[-1] if isinstance(error, ProtocolError) else error
            if isinstance(cause, http.client.BadStatusLine) and not isinstance(cause, ConnectionError):
                raise UserError(
                    expected=f"HTTP from {self.name}",
                    received=f"something else ({type(cause).__name__})",
                    remedy=f"If this is its gRPC port, write grpc://{self.address}",
                ) from error
            raise NoAnswerYet(f"no answer ({getattr(cause, 'strerror', None) or cause})") from error

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
            raise self.garbled("JSON", said)
        return answer
