"""`health`: what the monitor saw of a run."""

from collections.abc import Sequence

from jsonargparse import ArgumentParser

from tfgan_course.config.parser import parse
from tfgan_course.errors import UserError
from tfgan_course.health.findings import FINDINGS
from tfgan_course.health.monitor import Event, from_csv
from tfgan_course.runs.directory import RunDirectory


def health_command(args: Sequence[str]) -> None:
    """Say what the health monitor saw of a run, and how near it came to what it did not."""
    parser = ArgumentParser(prog="health", description=health_command.__doc__, exit_on_error=False, allow_abbrev=False)
    parser.add_argument("run", type=str, help="a run directory, finished or in training")
    run = RunDirectory(parse(parser, args).run)
    if run.images.get("kind") == "classifier":
        raise UserError(f"{run.path} is a classifier's run: the monitor watches GANs. Its report has its curves")
    if not run.health.is_file():
        raise UserError(
            f"{run.path} has no {run.health.name}: it was trained with health: null, or before there was a monitor. "
            f"Train anew with --config {run.config}"
        )
    try:
        found = from_csv(run.health.read_text(encoding="utf-8"))
    except (ValueError, TypeError, StopIteration) as error:
        raise UserError(f"{run.health} is damaged ({error}). Delete it; --resume {run.path} writes it anew") from error
    rows = run.rows()
    print(summary(found, len(rows)))
    print(f"\n{table(rows)}")


def summary(found: Sequence[Event], epochs: int) -> str:
    """The events, a line each."""
    after = f"after {epochs} epoch{'s' if epochs != 1 else ''}"
    if not found:
        return f"{after}: nothing to report"
    last = {event.name: event for event in found}
    still = [name for name, event in last.items() if event.severity != "ended"]
    lines = [f"{after}: {', '.join(still) or 'nothing any more'}"]
    lines += [f"epoch {event.epoch}: [{event.severity}] {event.sentence} ({event.link})" for event in found]
    return "\n".join(lines)


def table(rows: Sequence[dict[str, float]]) -> str:
    """What each finding looks at: its value after the last epoch, and where and when it would be said."""
    lines = [f"{'what is watched':<24} {'now':>8}  said"]
    for finding in FINDINGS:
        value = finding.value(rows) if rows else float("nan")
        side = "below" if finding.below else "above"
        shown = "-" if value != value else f"{value:.3g}"
        when = f"in {finding.patience} epochs in a row" if finding.patience > 1 else "in an epoch"
        when += f", from step {finding.first_step} on" if finding.first_step else ""
        lines.append(f"{finding.name:<24} {shown:>8}  {side} {finding.threshold:g} {when}")
    return "\n".join(lines)
