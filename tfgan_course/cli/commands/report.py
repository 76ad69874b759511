"""Show runs side by side: one HTML file with their figures, curves, samples and settings."""

from pathlib import Path

from tfgan_course.cli.options import add_out, any_run, writable_file
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.errors import UserError, require
from tfgan_course.files import real_path, shown

needs_tensorflow = False  # a report only reads run directories


def add_options(parser: Parser) -> None:
    parser.add("runs", list[str], "run directories, finished or not; at most 15", check=any_run)
    add_out(parser, "report.html", "the HTML file, which needs no other file and no network", html_file)


def html_file(path: str) -> Path:
    """Refuse a path that is not an HTML file, or cannot be written."""
    out = writable_file(path)
    example = f"Write {out.with_suffix('.html') if out.name else 'report.html'}"
    require(out.suffix.lower() in (".html", ".htm"), "for --out the name of an HTML file", shown(path), example)
    return out


def run(options: Options) -> None:
    """Write the report."""
    from tfgan_course.files import advice_on, write_text
    from tfgan_course.report.page import report

    out = options.out
    paths = list({real_path(run): Path(run) for run in options.runs}.values())
    text = report(paths)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_text(out, text)
    except OSError as error:
        expected, received = f"a file {out} that can be written", str(error.strerror or error)
        raise UserError(
            expected=expected, received=received, remedy=f"{advice_on(error)}, or choose another"
        ) from error
    print(f"{len(paths)} run{'s' if len(paths) > 1 else ''}, {out.stat().st_size / 1e6:.1f} MB: {out}")
