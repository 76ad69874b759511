"""The description of a lab: a YAML file with its runs, the report's results, and the findings to check."""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tfgan_course.config.files import read_yaml_file
from tfgan_course.config.variants import variants
from tfgan_course.errors import UserError, require
from tfgan_course.files import usable
from tfgan_course.labs.conditions import Condition

RUN_NAME = r"^[A-Za-z][A-Za-z0-9_]*$"
JUDGE = "judge"
"""The name of the judge among the runs: in conditions, and in `inside`."""
CORRECT = "Correct the file; docs/guides/labs.md says what a lab's description has"


class Described(BaseModel):
    """A part of a description: no other keys, no values of other types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Report(Described):
    """The report that a lab repeats.

    Args:
        title: its title, as it is written there.
        data: the images on which it trained, and its networks, in words.
        took: how long its trainings took, in words.
    """

    title: str
    data: str
    took: str


class RunOf(Described):
    """A run: a variant, and options that it changes.

    Args:
        variant: the variant's name.
        about: what the run is in the report.
        options: options of a training.
    """

    variant: str
    about: str
    options: dict[str, Any] = {}


class Part(Described):
    """Runs of equal length that are judged by one judge.

    Args:
        title: what the part compares.
        epochs: the epochs of each run in the report; None if it does not say.
        share: how much longer a run of this part is trained than a run of a part with share 1.
        options: options that all runs of the part have.
        runs: the runs by their names, unique within the lab.
    """

    title: str
    epochs: Annotated[float, Field(gt=0)] | None = None
    share: Annotated[float, Field(gt=0)] = 1
    options: dict[str, Any] = {}
    runs: Annotated[dict[Annotated[str, Field(pattern=RUN_NAME)], RunOf], Field(min_length=1)]


class Quoted(Described):
    """A number of the report, and the words of the report in which it stands."""

    value: float
    text: str


class Table(Described):
    """Numbers of the report, to be compared with a figure of our runs.

    Args:
        title: what the table shows.
        unit: what the report's numbers are.
        figure: the figure of our runs.
        ours: what that figure is.
        base: the run by whose number all numbers are divided; None to show no ratios.
        rows: the report's numbers by run.
        note: how the two may be compared.
    """

    title: str
    unit: str
    figure: str
    ours: str
    base: str | None = None
    rows: Annotated[dict[str, Quoted], Field(min_length=1)]
    note: str = ""


class Finding(Described):
    """A finding of a report in words, and conditions that hold if our runs bear it out.

    Args:
        says: the finding, in our words.
        text: the words of the report.
        check: the conditions, see `Condition`; none for what only a reader can see.
        note: how to read the result.
    """

    says: str
    text: str
    check: list[str] = []
    note: str = ""

    @property
    def conditions(self) -> list[Condition]:
        """The conditions."""
        return [Condition.of(text) for text in self.check]


class Curve(Described):
    """A chart: a column of history.csv against the images shown, a line for each run.

    Args:
        title: what the chart shows.
        column: the column.
        runs: the runs; all unless given.
    """

    title: str
    column: str
    runs: list[str] = []


class Inside(Described):
    """Two networks that classify, whose insides the page shows beside each other, as `explain compare` draws them.

    Args:
        networks: a run each, or `judge`.
        layers: the layers of which the page shows what their channels look for.
        channels: how many channels of each layer, the first ones.
        count: how many test images are perturbed.
        gain: the perturbation, in gray levels.
        note: how the pictures may be read.
    """

    networks: Annotated[list[str], Field(min_length=2, max_length=2)]
    layers: list[str] = []
    channels: Annotated[int, Field(gt=0)] = 8
    count: Annotated[int, Field(gt=0)] = 1000
    gain: Annotated[float, Field(gt=0)] = 8
    note: str = ""


class Lab(Described):
    """A lab.

    Args:
        subject: what it is about, in one line.
        report: the report.
        minutes: the default budget: minutes of training, all runs together.
        judge_samples: how many images each generator makes to be judged.
        options: options that all runs have; the user's override them.
        judge: options of the classifier that is trained as judge.
        parts: the runs, in parts of equal length.
        tables: the report's numbers.
        findings: the report's findings.
        curves: charts.
        inside: two networks that are shown from inside, if any.
        shortened: what is smaller or other than in the report, apart from the length of the trainings.
        reading: how to read the page, a paragraph each.
        exercises: what to do next.
    """

    subject: str
    report: Report
    minutes: Annotated[float, Field(gt=0)]
    judge_samples: Annotated[int, Field(gt=0)] = 2000
    options: dict[str, Any] = {}
    judge: dict[str, Any] = {}
    parts: Annotated[dict[Annotated[str, Field(pattern=RUN_NAME)], Part], Field(min_length=1)]
    tables: list[Table] = []
    findings: list[Finding] = []
    curves: list[Curve] = []
    inside: Inside | None = None
    shortened: list[str] = []
    reading: list[str] = []
    exercises: list[str] = []

    @property
    def runs(self) -> dict[str, RunOf]:
        """The runs of all parts."""
        return {name: run for part in self.parts.values() for name, run in part.runs.items()}

    @property
    def quotes(self) -> Iterator[tuple[float | None, str]]:
        """The report's words that the lab quotes, with the number that stands in them, if one does."""
        for table in self.tables:
            yield from ((row.value, row.text) for row in table.rows.values())
        yield from ((None, finding.text) for finding in self.findings)

    def check(self) -> None:
        """Raise a `UserError` for a run that is named and does not exist, or exists twice."""
        names = [name for part in self.parts.values() for name in part.runs]
        for name in names:
            require(names.count(name) == 1, "runs of different names", f"{name} twice", "Rename one")
            require(name != JUDGE, f"runs of other names than {JUDGE}", name, "Rename it")
        named = [(f"the table {table.title!r}", run) for table in self.tables for run in (*table.rows, table.base)]
        named += [(f"the chart {curve.title!r}", run) for curve in self.curves for run in curve.runs]
        for finding in self.findings:
            named += [(repr(finding.says), run) for at in finding.conditions for run in at.runs]
        named += [("inside", run) for run in self.inside.networks] if self.inside else []
        for place, run in named:
            known = run in (None, JUDGE, *names)
            require(known, f"in {place} a run of the lab: {', '.join(names)}", repr(run), CORRECT)
        for table in self.tables:
            known = table.base is None or table.base in table.rows
            require(known, f"as base of {table.title!r} one of its rows", repr(table.base), CORRECT)


def labs() -> dict[str, Path]:
    """Return the packaged labs by name: every YAML file in `configs/labs/`."""
    folder = next(iter(variants().values())).parent / "labs"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def lab_path(name: str | Path) -> Path:
    """Return the file of a lab.

    Args:
        name: the name of a packaged lab, or the path of a YAML file.

    Raises:
        UserError: for a name that does not exist, or a path without a file.
    """
    path, known = usable(name, "the lab"), labs()
    if str(name) in known:
        return known[str(name)]
    expected = f"a lab: {', '.join(known)}, or the path of a YAML file"
    if str(name).endswith((".yaml", ".yml")):
        require(path.is_file(), expected, repr(str(name)), "Correct the path")
        return path
    close = difflib.get_close_matches(str(name).casefold(), known, n=1)
    guess = f"Did you mean {close[0]}?" if close else "Choose one of these"
    raise UserError(expected=expected, received=repr(str(name)), remedy=guess)


def read_lab(path: Path) -> Lab:
    """Return the lab that a file describes.

    Raises:
        UserError: if it describes none.
    """
    content, _ = read_yaml_file(path)
    try:
        lab = Lab.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        missing = first["type"] == "missing"
        received = "nothing" if missing else repr(first["input"])[:80]
        said = "a value" if missing else first["msg"]
        raise UserError(expected=f"in {path} for {place}: {said}", received=received, remedy=CORRECT) from error
    lab.check()
    return lab
