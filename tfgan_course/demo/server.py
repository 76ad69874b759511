"""Serves a page of Gradio to this computer alone. This module does not import TensorFlow."""

import os
import signal
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from tfgan_course.errors import UserError, extra

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # Gradio reads it when it is imported, and then reports to nobody.
with extra("demo"):
    import gradio as gr

HOST = "127.0.0.1"


def serve(page: Callable[[Path], gr.Blocks], port: int | None = None, share: bool = False, **look: object) -> None:
    """Serve a page until Ctrl-C.

    Args:
        page: makes the page. It may write into the folder that it is given; this folder, in which Gradio puts uploads
            as well, is deleted at the end.
        port: the port at 127.0.0.1; None for the first free one from 7860 on.
        share: also give the page a public address, through a server of Gradio's makers.
        look: arguments of `launch` that say how the page looks.

    Raises:
        UserError: if the port is taken.
    """
    with tempfile.TemporaryDirectory(prefix="tfgan-course-") as folder:
        os.environ["GRADIO_TEMP_DIR"] = folder
        blocks = page(Path(folder))
        ours = {"server_name": HOST, "server_port": port, "share": share, "ssr_mode": False, "mcp_server": False}
        try:
            _, local, public = blocks.launch(**ours, **look, quiet=True, prevent_thread_lock=True)
        except OSError as error:
            taken = "7860 to 7959" if port is None else port
            raise UserError(
                expected=f"for --port a free port of {HOST}", received=f"{taken}, in use", remedy="Choose another"
            ) from error
        print(f"The page is at {' and '.join(filter(None, [local, public]))}\nCtrl-C ends it.", flush=True)
        for each in (signal.SIGINT, signal.SIGTERM):  # a shell starts what is in the background without Ctrl-C
            signal.signal(each, signal.default_int_handler)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("The page is closed.")
        finally:
            blocks.close(verbose=False)
