"""Ctrl-C and SIGTERM: the wish to stop, which a training grants after saving."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stop_on_signals() -> Iterator[Callable[[], bool]]:
    """Make Ctrl-C and SIGTERM ask the training to save and stop; a second one ends it at once.

    So does one before the training asks for the first time: nothing is written by then. Outside the main thread, where
    Python allows no handlers of signals, nothing changes.

    Yields:
        A function that returns whether the user has asked.
    """
    looks, asked = False, False

    def handle(number, frame):
        nonlocal asked
        if asked or not looks:
            raise KeyboardInterrupt
        asked = True
        print("\nsaving after this step; once more to stop at once", file=sys.stderr, flush=True)

    def asked_to_stop() -> bool:
        nonlocal looks
        looks = True
        return asked

    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked_to_stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
