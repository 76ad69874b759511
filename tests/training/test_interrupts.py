"""Signals that ask a training to stop."""

import os
import signal
import threading

import pytest

from tfgan_course.training.interrupts import stop_on_signals


def press(number: int = signal.SIGINT) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_second_ends(number, capsys):
    with stop_on_signals() as asked_to_stop:
        assert not asked_to_stop()
        press(number)
        assert asked_to_stop()
        assert "Ctrl-C again" in capsys.readouterr().err
        with pytest.raises(KeyboardInterrupt):
            press(number)


def test_a_signal_before_the_training_looks_ends_at_once():
    with stop_on_signals(), pytest.raises(KeyboardInterrupt):
        press()


def test_handlers_come_back_and_other_threads_leave_them_alone():
    before = signal.getsignal(signal.SIGINT)
    with stop_on_signals():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
    asked = []

    def elsewhere():
        with stop_on_signals() as asked_to_stop:
            asked.append((asked_to_stop(), signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert asked == [(False, before)]
