"""`python -m tfgan_course report`."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from jsonargparse import ArgumentParser

from tfgan_course.config.parser import parse
from tfgan_course.errors import UserError
from tfgan_course.files import write_text
from tfgan_course.report.facts import RunFacts
from tfgan_course.report.page import COLORS, page
from tfgan_course.runs.directory import RunDirectory


def report_command(args: Sequence[str]) -> None:
    """Show runs side by side: one HTML file with their figures, curves, samples and settings."""
    parser = ArgumentParser(prog="report", description=report_command.__doc__, exit_on_error=False, allow_abbrev=False)
    parser.add_argument("runs", nargs="+", type=str, help=f"run directories, finished or not; at most {len(COLORS)}")
    parser.add_argument("--out", type=str, default="report.html", help="the file; it needs no other, and no network")
    options = parse(parser, args)
    paths = list({Path(run).resolve(): Path(run) for run in options.runs}.values())
    if len(paths) > len(COLORS):
        raise UserError(f"a report has room for {len(COLORS)} runs; got {len(paths)}: leave some out")
    out = Path(options.out)
    if out.is_dir():
        raise UserError(f"--out {out} is a folder: give the name of a file, {out / 'report.html'} for example")
    if out.suffix.lower() not in (".html", ".htm"):
        raise UserError(
            f"--out {out}: a report is an HTML file, {out.with_suffix('.html')} for example; print it for others"
        )
    runs = [RunFacts(RunDirectory(path), name) for path, name in zip(paths, names(paths), strict=True)]
    text = page(runs)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_text(out, text)
    except OSError as error:
        raise UserError(f"cannot write to --out {out}: {error.strerror or error}") from error
    print(f"{len(runs)} run{'s' if len(runs) > 1 else ''}, {len(text.encode()) / 1e6:.1f} MB: {out}")


def names(paths: Sequence[Path]) -> list[str]:
    """What the report calls runs: the directory's name, with those above it where it is not the only one."""
    found = [path.resolve().name for path in paths]
    twice = {name for name, count in Counter(found).items() if count > 1}
    return [str(path) if name in twice else name for path, name in zip(paths, found, strict=True)]
