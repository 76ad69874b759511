"""The results of a comparison: means and spreads over the seeds, what they allow to say, and the files."""

import csv
import html
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from tfgan_course import __version__
from tfgan_course.comparison.plan import Comparison
from tfgan_course.files import write_json, write_text

COLUMNS = {
    "frechet": "Frechet distance of the averaged generator, or of the generator if the run has no average",
    "frechet_raw": "Frechet distance of the generator without the average",
    "kernel": "kernel distance (KID)",
    "precision": "share of the generated images among the real ones",
    "recall": "share of the real images among the generated ones",
    "density": "how many generated images lie near each real one; 1 is even",
    "coverage": "share of the real images with a generated image near them",
    "images": "real images shown to the critic",
    "seconds_per_step": "seconds of a step",
    "memory_gb": "largest memory in GB",
}
"""The columns of the table, with their meanings."""
SHORT = {"frechet_raw": "raw", "seconds_per_step": "s/step", "memory_gb": "GB"}
BETTER = {"frechet": "lower", "frechet_raw": "lower", "kernel": "lower"}
BETTER |= {name: "higher" for name in ("precision", "recall", "density", "coverage")}


@dataclass
class Row:
    """A variant in the table.

    Args:
        variant: its name.
        runs: the records of its runs, finished or not, by seed.
        failures: the reason of each run that failed, by seed.
        means: the mean of each column over the judged seeds.
        spreads: the standard deviation of each column over the seeds; empty with fewer than two.
        unfinished: the seeds that are not trained or not judged yet.
    """

    variant: str
    runs: dict[int, dict]
    failures: dict[int, str]
    means: dict[str, float]
    spreads: dict[str, float]
    unfinished: list[int] = field(default_factory=list)

    @property
    def seeds(self) -> int:
        """The number of judged seeds."""
        return sum("figures" in record for record in self.runs.values())

    @property
    def distance(self) -> float:
        """The mean Frechet distance, by which the table is sorted; infinity without a finite one."""
        found = self.means.get("frechet", math.inf)
        return found if math.isfinite(found) else math.inf


def figures_of(record: dict) -> dict[str, float]:
    """Return the columns of a run's record; empty if the run is not judged."""
    if "figures" not in record:
        return {}
    own = record["training"] | {"images": record["images"]}
    values = {name: record["figures"].get(name, own.get(name)) for name in COLUMNS}
    return {name: float("nan") if value is None else float(value) for name, value in values.items()}


@dataclass
class Results:
    """The results of a comparison, the best variant first.

    Args:
        comparison: the comparison.
        rows: a row for each variant, by mean distance; those without a judged run last.
    """

    comparison: Comparison
    rows: list[Row]

    @classmethod
    def of(cls, comparison: Comparison) -> "Results":
        """Return the results so far."""
        records: dict[str, dict[int, dict]] = {}
        for name in comparison.names:
            variant, seed = comparison.variant_and_seed(name)
            record = comparison.record(name)
            if "figures" in record and record.get("judged_by") != comparison.plan.judged_by:
                record = {key: record[key] for key in record if key not in ("figures", "curve")}  # by another judge
            records.setdefault(variant, {})[seed] = record
        rows = [row_of(variant, runs) for variant, runs in records.items()]
        return cls(comparison, sorted(rows, key=lambda row: (row.distance, row.variant)))

    @property
    def conclusion(self) -> str:
        """Return the sentence that says which differences are larger than the spread over the seeds."""
        return conclusion(self.rows)

    @property
    def judge(self) -> str:
        """The judge in words, with its accuracy if it is a classifier."""
        accuracy = self.comparison.accuracy()
        given = self.comparison.plan.features
        kind = "a classifier trained on the training images" if given is None else f"the features {given}"
        return kind + ("" if accuracy is None else f" (test accuracy {100 * accuracy:.2f} %)")

    @property
    def conditions(self) -> str:
        """A sentence about the budget and the judge."""
        plan = self.comparison.plan
        unit = {"minutes": "minute", "cpu_minutes": "minute", "images": "image"}[plan.budget]
        unit += ("" if plan.amount == 1 else "s") + (" of the processor" if plan.budget == "cpu_minutes" else "")
        return (
            f"Budget of each run: {plan.amount:,g} {unit}. Judge: {self.judge}; {plan.samples:,} generated images "
            f"against the {'test' if plan.split == 'test' else 'training'} images."
        )

    def table(self) -> str:
        """Return the table as text to print."""
        header = ["variant", "seeds", *(SHORT.get(name, name) for name in COLUMNS)]
        lines = [[row.variant, str(row.seeds), *(cell(row, name) for name in COLUMNS)] for row in self.rows]
        widths = [max(len(line[at]) for line in [header, *lines]) for at in range(len(header))]
        texts = [
            "  ".join(
                [
                    line[0].ljust(widths[0]),
                    *(part.rjust(width) for part, width in zip(line[1:], widths[1:], strict=True)),
                ]
            )
            for line in [header, *lines]
        ]
        notes = [
            f"{row.variant}, seed {seed}: failed, {reason}"
            for row in self.rows
            for seed, reason in row.failures.items()
        ]
        notes += [f"{row.variant}, seed {seed}: not finished" for row in self.rows for seed in row.unfinished]
        return "\n".join([self.conditions, "", *texts, *([""] if notes else []), *notes, "", self.conclusion])

    def as_json(self) -> dict:
        """Return the results in the form of compare.json."""
        plan = self.comparison.plan
        return {
            "version": __version__,
            "budget": {plan.budget: plan.amount},
            "split": plan.split,
            "samples": plan.samples,
            "judge": {"features": str(self.comparison.judge), "test_accuracy": self.comparison.accuracy()},
            "conclusion": self.conclusion,
            "variants": [
                {
                    "variant": row.variant,
                    "seeds": row.seeds,
                    "mean": row.means,
                    "standard_deviation": row.spreads,
                    "failed": {str(seed): reason for seed, reason in row.failures.items()},
                    "runs": {str(seed): record for seed, record in row.runs.items()},
                }
                for row in self.rows
            ],
        }

    def as_csv(self) -> str:
        """Return a line for each run in the form of compare.csv."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["variant", "seed", *COLUMNS, "failed"])
        for row in self.rows:
            for seed, record in row.runs.items():
                figures = figures_of(record)
                values = ["" if name not in figures else f"{figures[name]:.8g}" for name in COLUMNS]
                writer.writerow([row.variant, seed, *values, row.failures.get(seed, "")])
        return text.getvalue()

    def write(self) -> None:
        """Write compare.json and compare.csv into the folder of the comparison."""
        path = self.comparison.path
        write_json(path / "compare.json", self.as_json())
        write_text(path / "compare.csv", self.as_csv())

    def __repr__(self) -> str:
        return self.table()

    def _repr_html_(self) -> str:
        header = ["variant", "seeds", *(SHORT.get(name, name) for name in COLUMNS)]
        lines = [[row.variant, str(row.seeds), *(cell(row, name) for name in COLUMNS)] for row in self.rows]
        lines += [
            [row.variant, f"seed {seed} failed: {why}"] for row in self.rows for seed, why in row.failures.items()
        ]
        table = "".join(
            f"<tr>{''.join(f'<{tag}>{html.escape(text)}</{tag}>' for text in line)}</tr>"
            for tag, line in [("th", header), *(("td", line) for line in lines)]
        )
        below = "".join(f"<p>{html.escape(text)}</p>" for text in (self.conclusion, self.conditions))
        return f"<div><table>{table}</table>{below}</div>"


def row_of(variant: str, runs: dict[int, dict]) -> Row:
    """Return the row of a variant from the records of its runs, by seed."""
    found = [figures for record in runs.values() if (figures := figures_of(record))]
    columns = {name: np.array([figures[name] for figures in found]) for name in COLUMNS}
    means = {name: float(np.mean(values)) for name, values in columns.items()} if found else {}
    spreads = {name: float(np.std(values, ddof=1)) for name, values in columns.items()} if len(found) > 1 else {}
    failures = {seed: record["failed"] for seed, record in runs.items() if "failed" in record}
    unfinished = [seed for seed, record in runs.items() if "figures" not in record and "failed" not in record]
    return Row(variant, dict(sorted(runs.items())), failures, means, spreads, unfinished)


def cell(row: Row, name: str) -> str:
    """Return a cell of the table: the mean, and the standard deviation if there are several seeds."""
    if math.isnan(row.means.get(name, math.nan)):
        return "-"
    if name == "images":
        return f"{row.means[name]:,.0f}"
    spread = row.spreads.get(name)
    mean = f"{row.means[name]:.3f}"
    return mean if spread is None or name in ("seconds_per_step", "memory_gb") else f"{mean} ± {spread:.3f}"


def row_text(name: str, record: dict) -> str:
    """Return the result of a run as a line to print when the run ends."""
    if figures := figures_of(record):
        shown = [
            f"{SHORT.get(column, column)} {figures[column]:.3f}" for column in ("frechet", "frechet_raw", "recall")
        ]
        return f"{name}: {', '.join(shown)}, {figures['images']:,.0f} images"
    return f"{name}: failed, {record.get('failed', 'without a reason')}"


def clear(first: Row, second: Row) -> bool | None:
    """Return whether the difference of two distances is larger than the spread over the seeds of both together.

    The spread of a variant is its standard deviation. None if a variant has only one seed.
    """
    spreads = [row.spreads.get("frechet") for row in (first, second)]
    if None in spreads:
        return None
    return abs(first.distance - second.distance) > sum(spreads)


def conclusion(rows: Sequence[Row]) -> str:
    """Return sentences that say which differences are larger than the spread over the seeds."""
    judged = [row for row in rows if row.seeds]
    if not judged:
        return "No run is judged yet."
    best, *others = judged
    if not others:
        return f"Only {best.variant} is judged: there is nothing to compare it with."
    by_verdict: dict[bool | None, list[str]] = {True: [], False: [], None: []}
    for row in others:
        by_verdict[clear(best, row)].append(row.variant)
    sentences = [f"{best.variant} has the smallest distance, {best.distance:.3f}."]
    if names := by_verdict[True]:
        sentences.append(f"Its lead over {listed(names)} is larger than the spread over the seeds.")
    if names := by_verdict[False]:
        sentences.append(
            f"Its lead over {listed(names)} is not larger than the spread: these seeds cannot tell which is better."
        )
    if names := by_verdict[None]:
        sentences.append(
            f"With one seed the comparison cannot tell how much of its lead over {listed(names)} is chance: add seeds "
            "with --resume and --seeds."
        )
    pairs = [
        f"{first.variant} and {second.variant}" for first, second in pairwise(others) if clear(first, second) is False
    ]
    if pairs:
        sentences.append(f"Nor can these seeds tell apart the neighbours {'; '.join(pairs)}.")
    return " ".join(sentences)


def listed(names: Sequence[str]) -> str:
    """Return names as words: `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
