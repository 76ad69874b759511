"""The results of a lab: the report's numbers beside ours, and the findings that our runs bear out or not."""

import math
from dataclasses import dataclass
from itertools import combinations

from tfgan_course.files import write_json
from tfgan_course.labs.description import Finding, Table
from tfgan_course.labs.figures import figures
from tfgan_course.labs.folder import LabFolder
from tfgan_course.labs.inside import accuracies

VERDICTS = {True: "yes", False: "no", None: "cannot tell"}


@dataclass(frozen=True)
class Row:
    """A row of a table.

    Args:
        run: the run.
        report: the report's number.
        ours: our figure; None if there is none.
        report_ratio: the report's number, divided by that of the base; None without a base.
        our_ratio: our figure, divided by that of the base.
        report_rank: the place of the report's number among the rows, 1 for the smallest.
        our_rank: the place of our figure; None until all rows have a figure.
    """

    run: str
    report: float
    ours: float | None
    report_ratio: float | None
    our_ratio: float | None
    report_rank: int
    our_rank: int | None

    @property
    def agrees(self) -> bool | None:
        """Whether the run has the same place in both."""
        return None if self.our_rank is None else self.our_rank == self.report_rank


@dataclass(frozen=True)
class TableResult:
    """A table with our figures.

    Args:
        table: the report's numbers.
        rows: a row for each number.
        pairs: the number of pairs of runs that have figures, and different numbers in the report.
        agreeing: how many of these pairs have the same order in both.
    """

    table: Table
    rows: list[Row]
    pairs: int
    agreeing: int

    @property
    def verdict(self) -> str:
        """Whether the order agrees, in words."""
        if not self.pairs:
            return "The order cannot be compared yet."
        same = "The order agrees" if self.agreeing == self.pairs else "The order does not agree"
        return f"{same}: {self.agreeing} of {self.pairs} pairs of runs have the same order in both."


@dataclass(frozen=True)
class FindingResult:
    """A finding with our verdict.

    Args:
        finding: the finding.
        holds: whether our runs bear it out; None if this cannot be told, or only a reader can see it.
        conditions: each condition with the values of its sides, and whether it holds.
    """

    finding: Finding
    holds: bool | None
    conditions: list[tuple[str, float | None, float | None, bool | None]]


@dataclass(frozen=True)
class LabResults:
    """The results of a lab so far.

    Args:
        folder: the lab's folder.
        figures: the figures of each run.
        tables: the tables.
        findings: the findings.
    """

    folder: LabFolder
    figures: dict[str, dict[str, float]]
    tables: list[TableResult]
    findings: list[FindingResult]

    @classmethod
    def of(cls, folder: LabFolder) -> "LabResults":
        """Return the results so far."""
        found = {run: figures(comparison, name) for run, (comparison, name) in folder.runs.items()}
        for run, own in accuracies(folder).items():
            found[run] = found.get(run, {}) | own
        tables = [table_result(table, found) for table in folder.lab.tables]
        return cls(folder, found, tables, [finding_result(finding, found) for finding in folder.lab.findings])

    def as_json(self) -> dict:
        """Return the results in the form of results.json."""
        return {
            "lab": self.folder.name,
            "tables": [
                {
                    "title": result.table.title,
                    "figure": result.table.figure,
                    "pairs": result.pairs,
                    "agreeing": result.agreeing,
                    "rows": [vars(row) for row in result.rows],
                }
                for result in self.tables
            ],
            "findings": [
                {"finding": result.finding.says, "verdict": VERDICTS[result.holds], "conditions": result.conditions}
                for result in self.findings
            ],
            "figures": self.figures,
        }

    def write(self) -> None:
        """Write results.json into the folder of the lab."""
        write_json(self.folder.path / "results.json", self.as_json())

    def table(self) -> str:
        """Return tables and findings as text to print."""
        lines = []
        for result in self.tables:
            lines += [f"{result.table.title} (report: {result.table.unit}; ours: {result.table.ours})"]
            width = max(len(row.run) for row in result.rows)
            for row in result.rows:
                ratios = "" if row.report_ratio is None else f"  {number(row.report_ratio)}  {number(row.our_ratio)}"
                lines += [f"  {row.run:<{width}}  {number(row.report)}  {number(row.ours)}{ratios}"]
            lines += [f"  {result.verdict}", ""]
        for found in self.findings:
            verdict = VERDICTS[found.holds] if found.conditions else "see the page"
            lines += [f"{verdict:<12} {found.finding.says}"]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return self.table()


def table_result(table: Table, found: dict[str, dict[str, float]]) -> TableResult:
    """Return a table with our figures.

    Args:
        table: the report's numbers.
        found: the figures of all runs.
    """
    report = {run: row.value for run, row in table.rows.items()}
    ours = {run: found[run][table.figure] for run in report if table.figure in found.get(run, {})}
    complete = len(ours) == len(report)
    rows = [
        Row(
            run,
            value,
            ours.get(run),
            ratio(value, report.get(table.base)),
            ratio(ours.get(run), ours.get(table.base)),
            rank(report, run),
            rank(ours, run) if complete else None,
        )
        for run, value in report.items()
    ]
    pairs = [(first, second) for first, second in combinations(ours, 2) if report[first] != report[second]]
    agreeing = sum((report[first] < report[second]) == (ours[first] < ours[second]) for first, second in pairs)
    return TableResult(table, rows, len(pairs), agreeing)


def ratio(value: float | None, base: float | None) -> float | None:
    """Return the value divided by the base; None if one is missing, or the base is 0."""
    return None if value is None or not base else value / base


def rank(values: dict[str, float], name: str) -> int:
    """Return 1 for the smallest value, 2 for the next one; equal values have the same rank."""
    return 1 + sum(other < values[name] for other in values.values())


def finding_result(finding: Finding, found: dict[str, dict[str, float]]) -> FindingResult:
    """Return the verdict on a finding: it holds if all its conditions hold, and fails if one fails."""
    conditions = [
        (condition.text, condition.left.value(found), condition.right.value(found), condition.holds(found))
        for condition in finding.conditions
    ]
    verdicts = [holds for *_, holds in conditions]
    holds = None if not verdicts or (None in verdicts and False not in verdicts) else False not in verdicts
    return FindingResult(finding, holds, conditions)


def number(value: float | None) -> str:
    """Return a number with three digits or more, `-` for none."""
    if value is None or not math.isfinite(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
