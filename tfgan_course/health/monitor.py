"""Compute events from the rows of history.csv alone, without other state, so that resuming changes nothing."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from tfgan_course.files import csv_records, csv_text
from tfgan_course.health.advice import Settings
from tfgan_course.health.finding import Finding, Row
from tfgan_course.health.findings import FINDINGS

NO_SETTINGS: Settings = {}


class Event(NamedTuple):
    """The begin or the end of a finding: a row of health.csv.

    epoch, step: when it was reported. since: the first epoch in which it held, or no longer held. severity: `warning`,
    `serious`, or `ended`. value: the measured value. threshold: the threshold it passed. link: a section of the docs.
    """

    epoch: int
    step: int
    since: int
    name: str
    severity: str
    value: float
    threshold: float
    sentence: str
    link: str


def link(name: str) -> str:
    """Return the section of the docs about a finding."""
    return f"docs/guides/health.md#{name.replace(' ', '-')}"


def _event(finding: Finding, rows: Sequence[Row], since: int, holds: bool, settings: Settings) -> Event:
    """Return the event of a finding that holds, or no longer holds, from the row at `since` to the last one."""
    name, value, last, first = finding.name, finding.value(rows), rows[-1], rows[since]
    when = f"since epoch {int(first['epoch'])} (step {int(first['step'])})"
    advice = ", ".join(finding.advice(settings))
    sentence = f"{name} {when}: {finding.sees.format(value=value)}. What usually helps: {advice}"
    sentence = sentence if holds else f"{name} has ended: not seen {when}"
    numbers, severity = (int(last["epoch"]), int(last["step"]), int(first["epoch"])), finding.severity
    return Event(*numbers, name, severity if holds else "ended", value, finding.threshold, sentence, link(name))


def events(
    rows: Sequence[Row], findings: Sequence[Finding] = FINDINGS, settings: Settings = NO_SETTINGS
) -> list[Event]:
    """Return all events of a run in order.

    A finding begins after `patience` epochs in a row that pass its threshold, and ends after as many that do not.

    Args:
        rows: the rows of history.csv.
        findings: what can be found.
        settings: the content of config.yaml; advice that it follows already is not given.
    """
    found: list[Event] = []
    open_ones: set[str] = set()
    # The index of the row since which a finding has held, or has not held.
    changed = {finding.name: 0 for finding in findings}
    held = {finding.name: False for finding in findings}
    for index in range(len(rows)):
        so_far = rows[: index + 1]
        for finding in findings:
            holds = finding.holds(so_far)
            if holds != held[finding.name]:
                held[finding.name], changed[finding.name] = holds, index
            since = changed[finding.name]
            if index + 1 - since < finding.patience or holds == (finding.name in open_ones):
                continue
            if not (holds and any(finding.name in other.hides for other in findings if other.name in open_ones)):
                open_ones ^= {finding.name}
                found.append(_event(finding, so_far, since, holds, settings))
    return found


def not_finite(epoch: int, step: int, message: str) -> Event:
    """Return the event of NaN or infinite figures. They end a training, so no row of history.csv has them."""
    name = "not finite"
    return Event(epoch, step, epoch, name, "serious", math.nan, math.nan, f"{name}: {message}", link(name))


def as_csv(found: Sequence[Event]) -> str:
    """Return the text of health.csv."""
    return csv_text([Event._fields, *found])


def from_csv(text: str) -> list[Event]:
    """Return the events that `as_csv` wrote."""
    types = Event.__annotations__.values()
    rows = iter(csv_records(text))
    next(rows)
    return [Event(*(kind(value) for kind, value in zip(types, row, strict=True))) for row in rows]
