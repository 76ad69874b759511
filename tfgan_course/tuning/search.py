"""The loop of a search in one process: ask the oracle for a trial, run it, report its outcome, and repeat."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from copy import copy
from functools import partial
from typing import TypeVar

import grpc
from keras_tuner.engine.trial import Trial, TrialStatus

from tfgan_course.errors import UserError, require
from tfgan_course.tuning.oracles import RetryingOracle
from tfgan_course.tuning.trials import FAILED, Outcome, Trials, number_of

Answer = TypeVar("Answer")
CHIEF_SECONDS = 600
"""Seconds that a worker waits for a chief that does not answer, so that the user can start the chief again."""
HEARTBEAT = 1.0
"""Seconds between a worker's heartbeats. The worker does not know the chief's patience, which is always longer."""


def search(
    oracle,
    name: str,
    trials: Trials,
    ended: Callable[[str, Outcome], None] = lambda number, outcome: None,
    heartbeat: float | None = None,
) -> None:
    """Run trials until there are no more.

    Args:
        oracle: a `RetryingOracle`, or KerasTuner's `OracleClient` of a chief's oracle.
        name: this worker's name.
        trials: the object that runs the trials.
        ended: a function that is called with each trial's number and outcome.
        heartbeat: seconds between heartbeats while a trial trains; None sends none.
    """
    while True:
        trial = answered(lambda: oracle.create_trial(name))
        if trial.status == TrialStatus.STOPPED:
            return
        if trial.status == TrialStatus.IDLE:
            time.sleep(0.5)
            continue
        with heartbeats(partial(oracle.get_trial, trial.trial_id), heartbeat):
            outcome = trials.run(number_of(trial.trial_id), trial.hyperparameters.values)
        report(oracle, trial, outcome)
        ended(trial.trial_id, outcome)


def report(oracle, trial: Trial, outcome: Outcome) -> None:
    """Report to the oracle how a trial ended."""
    trial = copy(trial)  # without a chief, `trial` is the oracle's own object, which only the oracle may change
    trial.status = TrialStatus.FAILED if outcome.status == FAILED else TrialStatus.COMPLETED
    trial.message = outcome.message
    if outcome.status != FAILED:
        answered(lambda: oracle.update_trial(trial.trial_id, {"score": outcome.score}, step=outcome.epochs))
    answered(lambda: oracle.end_trial(trial))


def answered(call: Callable[[], Answer]) -> Answer:
    """Return the chief's answer. If the chief was restarted, ask again: asking twice changes nothing."""
    while True:
        try:
            return call()
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.DEADLINE_EXCEEDED:
                raise UserError(
                    expected=f"an answer of the chief within {CHIEF_SECONDS} s",
                    received="none",
                    remedy="Resume the search on the chief's machine, then start this worker again",
                ) from error
            if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
                raise UserError(
                    expected="an answer of the chief",
                    received=f"its failure: {error.details()}",
                    remedy="See the chief's own messages",
                ) from error
            time.sleep(0.5)


@contextmanager
def heartbeats(send: Callable[[], object], seconds: float | None) -> Iterator[None]:
    """Send a heartbeat every `seconds` seconds, from another thread, while the block runs; None sends none."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(seconds):
            with suppress(grpc.RpcError):  # the chief is being restarted: the next heartbeat may reach it
                send()

    if seconds is not None:
        threading.Thread(target=beat, daemon=True).start()
    try:
        yield
    finally:
        done.set()


def client(oracle: RetryingOracle, address: str, name: str):
    """Return KerasTuner's client, which asks the chief's oracle.

    Args:
        oracle: an oracle that was made in the same way as the chief's.
        address: HOST:PORT of the chief.
        name: this worker's name; no other worker may have it.
    """
    from keras_tuner.src.distribute import oracle_client

    oracle_client.TIMEOUT = CHIEF_SECONDS
    host, port = split(address)
    os.environ.update(KERASTUNER_ORACLE_IP=host, KERASTUNER_ORACLE_PORT=port, KERASTUNER_TUNER_ID=name)
    return oracle_client.OracleClient(oracle)


def serve(oracle: RetryingOracle, address: str, ended: Callable[[], None]) -> None:
    """Answer workers, in KerasTuner's protocol, until the last trial has ended and every worker knows.

    Args:
        oracle: the search's oracle.
        address: HOST:PORT to listen at.
        ended: a function that is called after trials have ended.

    Raises:
        UserError: if the address cannot be used.
    """
    from keras_tuner.src import protos
    from keras_tuner.src.distribute.oracle_chief import OracleServicer

    # KerasTuner's own start_server ends only after a worker was told about the end and every known worker has asked
    # again.
    server = grpc.server(ThreadPoolExecutor(max_workers=1), options=(("grpc.so_reuseport", 0),))
    servicer = OracleServicer(oracle)
    protos.get_service_grpc().add_OracleServicer_to_server(servicer, server)
    host, port = split(address)
    try:
        bound = server.add_insecure_port(f"{host}:{port}")
    except RuntimeError:
        bound = 0
    free = f"an address of this machine at which no process listens: {address}"
    require(bool(bound), free, "one that cannot be used", "Choose another, or end the process that uses it")
    server.start()
    print(f"Chief at {address}: waiting for workers", flush=True)
    reported = len(oracle.end_order)

    def report_new() -> None:
        nonlocal reported
        if len(oracle.end_order) != reported:
            reported = len(oracle.end_order)
            ended()

    try:
        while not (servicer.stop_triggered and oracle.finished()):
            time.sleep(0.5)
            for name in oracle.take_back_lost():
                print(f"{name} has no heartbeat: its trial goes to another worker", flush=True)
            report_new()
    finally:
        server.stop(grace=1).wait()
    report_new()


def split(address: str) -> tuple[str, str]:
    """Return host and port of HOST:PORT."""
    host, colon, port = address.rpartition(":")
    valid = bool(colon and host and port.isdigit())
    require(valid, "for a chief HOST:PORT, 192.168.0.1:8000 for example", repr(address), "Correct the address")
    return host, port
