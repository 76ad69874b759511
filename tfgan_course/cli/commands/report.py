"""Show runs side by side: one HTML file with their figures, curves, samples and settings."""

from pathlib import Path

from jsonargparse import ArgumentParser, Namespace

from tfgan_course.cli.options import add_out
from tfgan_course.errors import UserError

needs_tensorflow = False  # a report reads run directories alone


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `report`."""
    parser.add_argument("runs", nargs="+", type=str, help="run directories, finished or not; at most 15")
    add_out(parser, "report.html", "the file; it needs no other, and no network")


def run(options: Namespace) -> None:
    """Write the report."""
    from tfgan_course.files import write_text
    from tfgan_course.report.page import report

    out = Path(options.out)
    if out.is_dir():
        raise UserError(f"--out {out} is a folder: give the name of a file, {out / 'report.html'} for example")
    if out.suffix.lower() not in (".html", ".htm"):
        example = out.with_suffix(".html")
        raise UserError(f"--out {out}: a report is an HTML file, {example} for example; print it for others")
    paths = list({Path(run).resolve(): Path(run) for run in options.runs}.values())
    text = report(paths)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_text(out, text)
    except OSError as error:
        raise UserError(f"cannot write to --out {out}: {error.strerror or error}") from error
    print(f"{len(paths)} run{'s' if len(paths) > 1 else ''}, {len(text.encode()) / 1e6:.1f} MB: {out}")
