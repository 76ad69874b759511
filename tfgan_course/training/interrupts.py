"""Ctrl-C and SIGTERM: the training saves its state, then stops."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stop_on_signals() -> Iterator[Callable[[], bool]]:
    """Make the first Ctrl-C or SIGTERM ask the training to save and stop; the second one ends the process at once.

    Before the training calls the function for the first time, nothing is written, so the first signal also ends the
    process at once. Outside the main thread, where Python allows no signal handlers, nothing changes.

    Yields:
        A function that returns whether the user has asked.
    """
    looks, asked = False, False

    def handle(number, frame):
        nonlocal asked
        if asked or not looks:
            raise KeyboardInterrupt
        asked = True
        print("\nSaving after this step. Press Ctrl-C again to stop at once", file=sys.stderr, flush=True)

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
