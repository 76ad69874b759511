"""The user's wish to stop: Ctrl-C or SIGTERM. Importable without TensorFlow."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stop_on_signals() -> Iterator[Callable[[], bool]]:
    """Make Ctrl-C and SIGTERM ask the training to save and stop; a second one ends the process at once.

    A signal that comes before the training asks for the first time also ends at once: nothing is written by then.

    Yields:
        A function that returns whether the user has asked to stop.
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

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked_to_stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
