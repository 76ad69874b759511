"""Says what the health monitor saw of a run, and how near it came to what it did not see."""

from collections.abc import Sequence

from tfgan_course.errors import UserError
from tfgan_course.health.findings import FINDINGS
from tfgan_course.health.monitor import Event, from_csv
from tfgan_course.runs.directory import RunDirectory


def summary(run: RunDirectory) -> str:
    """Return the events of a run, a line each, and a table of all findings.

    Raises:
        UserError: if the run was not watched, or its health.csv is damaged.
    """
    if run.images.get("kind") == "classifier":
        raise UserError(f"{run.path} is a classifier's run: the monitor watches GANs. Its report has its curves")
    if not run.health.is_file():
        reason = "it was trained with health: null, or before there was a monitor"
        raise UserError(f"{run.path} has no {run.health.name}: {reason}. Train anew with --config {run.config}")
    try:
        found = from_csv(run.health.read_text(encoding="utf-8"))
    except (ValueError, TypeError, StopIteration) as error:
        raise UserError(f"{run.health} is damaged ({error}). Delete it; --resume {run.path} writes it anew") from error
    rows = run.rows()
    return f"{_event_lines(found, len(rows))}\n\n{table(rows)}"


def _event_lines(found: Sequence[Event], epochs: int) -> str:
    """Return the findings that hold now, and below them the events, a line each."""
    after = f"after {epochs} epoch{'s' if epochs != 1 else ''}"
    if not found:
        return f"{after}: nothing to report"
    last = {event.name: event for event in found}
    still = [name for name, event in last.items() if event.severity != "ended"]
    lines = [f"{after}: {', '.join(still) or 'nothing any more'}"]
    lines += [f"epoch {event.epoch}: [{event.severity}] {event.sentence} ({event.link})" for event in found]
    return "\n".join(lines)


def table(rows: Sequence[dict[str, float]]) -> str:
    """Return what each finding looks at: its value after the last epoch, and when it would be reported."""
    lines = [f"{'what is watched':<24} {'now':>8}  said"]
    for finding in FINDINGS:
        value = finding.value(rows) if rows else float("nan")
        side = "below" if finding.below else "above"
        shown = "-" if value != value else f"{value:.3g}"
        when = f"in {finding.patience} epochs in a row" if finding.patience > 1 else "in an epoch"
        when += f", from step {finding.first_step} on" if finding.first_step else ""
        lines.append(f"{finding.name:<24} {shown:>8}  {side} {finding.threshold:g} {when}")
    return "\n".join(lines)
