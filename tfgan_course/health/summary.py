"""Report the health monitor's findings about a run, and how close the other findings came to their thresholds."""

from collections.abc import Sequence

from tfgan_course.errors import UserError, require
from tfgan_course.figures.folder import aligned
from tfgan_course.health.findings import FINDINGS
from tfgan_course.health.monitor import Event, from_csv
from tfgan_course.runs.directory import RunDirectory


def summary(run: RunDirectory) -> str:
    """Return the events of a run, one on each line, and a table of all findings.

    Raises:
        UserError: if the run has no health.csv, or it is damaged.
    """
    classifier = run.images.get("kind") == "classifier"
    received = f"the classifier's run {run.path}"
    require(not classifier, "the run of a GAN, which the monitor watches", received, "See its curves in the report")
    received = f"{run.path}, trained with health: null or by a version without a monitor"
    require(run.health.is_file(), f"a run with {run.health.name}", received, f"Train again from {run.config}")
    try:
        found = from_csv(run.health.read_bytes().decode("utf-8"))
    except (ValueError, TypeError, StopIteration) as error:
        remedy = "Delete the file; resuming the run writes it again"
        raise UserError(expected=f"an undamaged {run.health}", received=str(error), remedy=remedy) from error
    rows = run.rows()
    return f"{_event_lines(found, len(rows))}\n\n{table(rows)}"


def _event_lines(found: Sequence[Event], epochs: int) -> str:
    """Return the findings that hold now, then the events, one on each line."""
    after = f"after {epochs} epoch{'s' if epochs != 1 else ''}"
    if not found:
        return f"{after}: nothing to report"
    last = {event.name: event for event in found}
    still = [name for name, event in last.items() if event.severity != "ended"]
    lines = [f"{after}: {', '.join(still) or 'all findings have ended'}"]
    lines += [f"epoch {event.epoch}: [{event.severity}] {event.sentence} ({event.link})" for event in found]
    return "\n".join(lines)


def table(rows: Sequence[dict[str, float]]) -> str:
    """Return a table of the findings: the value after the last epoch, and when the finding is reported."""
    lines = [("finding", "now", "reported if")]
    for finding in FINDINGS:
        value = finding.value(rows) if rows else float("nan")
        side = "below" if finding.below else "above"
        shown = "-" if value != value else f"{value:.3g}"
        when = f"in {finding.patience} epochs in a row" if finding.patience > 1 else "in one epoch"
        when += f", from step {finding.first_step} on" if finding.first_step else ""
        lines.append((finding.name, shown, f"{side} {finding.threshold:g} {when}"))
    return aligned(lines)
