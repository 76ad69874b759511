"""The loop of a search: ask the oracle for a trial, run it, report its outcome; alone, or as one of many workers."""

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

from tfgan_course.errors import UserError
from tfgan_course.tuning.oracles import RetryingOracle
from tfgan_course.tuning.trials import FAILED, Outcome, Trials

Answer = TypeVar("Answer")

# How long a worker waits for a chief that does not answer: time to start it again.
CHIEF_SECONDS = 600
# Between a worker's heartbeats: often enough for any chief's patience, which the worker does not know.
HEARTBEAT = 1.0


def search(
    oracle,
    name: str,
    trials: Trials,
    ended: Callable[[str, Outcome], None] = lambda number, outcome: None,
    heartbeat: float | None = None,
) -> None:
    """Run trials until there are no more.

    Args:
        oracle: one of ours, or KerasTuner's `OracleClient` of a chief's.
        name: of this worker.
        trials: runs them.
        ended: is called with each trial's number and outcome.
        heartbeat: seconds between heartbeats while a trial trains; None sends none.
    """
    while True:
        trial = answered(lambda: oracle.create_trial(name))
        if trial.status == TrialStatus.STOPPED:
            return
        if trial.status == TrialStatus.IDLE:
            time.sleep(0.5)
            continue
        values = trial.hyperparameters.values
        with heartbeats(partial(oracle.get_trial, trial.trial_id), heartbeat):
            outcome = trials.run(f"{int(trial.trial_id):04d}", named(values))
        report(oracle, trial, outcome)
        ended(trial.trial_id, outcome)


def named(values: dict) -> dict:
    """Return a trial's values, with the trial that it goes on with named as its files are."""
    before = values.get("tuner/trial_id")
    return {**values, "tuner/trial_id": f"{int(before):04d}"} if before else values


def report(oracle, trial: Trial, outcome: Outcome) -> None:
    """Report to the oracle how a trial ended."""
    trial = copy(trial)  # without a chief it is the oracle's own, which the oracle is to change itself
    trial.status = TrialStatus.FAILED if outcome.status == FAILED else TrialStatus.COMPLETED
    trial.message = outcome.message
    if outcome.status != FAILED:
        answered(lambda: oracle.update_trial(trial.trial_id, {"score": outcome.score}, step=outcome.epochs))
    answered(lambda: oracle.end_trial(trial))


def answered(call: Callable[[], Answer]) -> Answer:
    """Return the chief's answer; ask again if the chief was restarted meanwhile, as asking twice changes no answer."""
    while True:
        try:
            return call()
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.DEADLINE_EXCEEDED:
                raise UserError(
                    f"the chief has not answered for {CHIEF_SECONDS} s. Start it again with --resume, then this worker"
                ) from error
            if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
                raise UserError(f"the chief failed: {error.details()}") from error
            time.sleep(0.5)


@contextmanager
def heartbeats(send: Callable[[], object], seconds: float | None) -> Iterator[None]:
    """Send a heartbeat every so many seconds, from a thread of its own, as long as the block lasts."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(seconds):
            with suppress(grpc.RpcError):  # a chief that is being restarted: the next one may reach it
                send()

    if seconds is not None:
        threading.Thread(target=beat, daemon=True).start()
    try:
        yield
    finally:
        done.set()


def client(oracle: RetryingOracle, address: str, name: str):
    """Return KerasTuner's client of the chief's oracle.

    Args:
        oracle: one like the chief's.
        address: HOST:PORT of the chief.
        name: of this worker; no other may have it.
    """
    from keras_tuner.src.distribute import oracle_client

    oracle_client.TIMEOUT = CHIEF_SECONDS
    host, port = split(address)
    os.environ.update(KERASTUNER_ORACLE_IP=host, KERASTUNER_ORACLE_PORT=port, KERASTUNER_TUNER_ID=name)
    return oracle_client.OracleClient(oracle)


def serve(oracle: RetryingOracle, address: str, look: Callable[[], None]) -> None:
    """Answer workers, in KerasTuner's protocol, until the last trial has ended and every worker knows.

    Args:
        oracle: of the search.
        address: HOST:PORT to listen at.
        look: called about once a second.

    Raises:
        UserError: if the address cannot be used.
    """
    from keras_tuner.src import protos
    from keras_tuner.src.distribute.oracle_chief import OracleServicer

    # KerasTuner's own start_server ends only once it has told a worker, and every worker it knew has come back.
    server = grpc.server(ThreadPoolExecutor(max_workers=1), options=(("grpc.so_reuseport", 0),))
    servicer = OracleServicer(oracle)
    protos.get_service_grpc().add_OracleServicer_to_server(servicer, server)
    host, port = split(address)
    try:
        bound = server.add_insecure_port(f"{host}:{port}")
    except RuntimeError:
        bound = 0
    if not bound:
        raise UserError(f"cannot listen at {address}: another process does, or the host is not this one")
    server.start()
    print(f"Chief at {address}: waiting for workers", flush=True)
    try:
        while not (servicer.stop_triggered and oracle.finished()):
            time.sleep(0.5)
            for name in oracle.take_back_lost():
                print(f"{name} has no heartbeat: its trial goes to another worker", flush=True)
            look()
    finally:
        server.stop(grace=1).wait()
    look()


def split(address: str) -> tuple[str, str]:
    """Return host and port of HOST:PORT."""
    host, colon, port = address.rpartition(":")
    if not (colon and host and port.isdigit()):
        raise UserError(f"--chief must be HOST:PORT, 192.168.0.1:8000 for example; got {address!r}")
    return host, port
