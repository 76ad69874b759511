"""Conditions on figures, and verdicts from them, worked out by hand."""

import numpy as np
import pytest

from tfgan_course.errors import UserError
from tfgan_course.labs.conditions import Condition
from tfgan_course.labs.description import Finding, Table
from tfgan_course.labs.figures import summaries
from tfgan_course.labs.results import finding_result, table_result

FIGURES = {"a": {"recall": 0.5, "critic_loss.last": -2.0}, "b": {"recall": 0.2}}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("a.recall > b.recall", True),
        ("a.recall < b.recall", False),
        ("a.recall > 3 * b.recall", False),  # 0.5 and 0.6
        ("a.recall > 2.4 * b.recall", True),  # 0.5 and 0.48
        ("2 * a.recall > 4.9 * b.recall", True),  # 1.0 and 0.98
        ("a.critic_loss.last < -1.5", True),
        ("a.critic_loss.last > 0", False),
        ("b.critic_loss.last > 0", None),
        ("c.recall > 0", None),
        ("a.recall > a.recall", None),
    ],
)
def test_a_condition_compares_its_sides(text, holds):
    assert Condition.of(text).holds(FIGURES) is holds


@pytest.mark.parametrize("text", ["", "a.recall", "a.recall >= 1", "a.recall > b", "a.recall * 2 > 1", "a.b.c.d > 1"])
def test_a_condition_in_another_form_is_refused(text):
    with pytest.raises(UserError) as error:
        Condition.of(text)
    assert error.value.received == repr(text)


@pytest.mark.parametrize(
    ("check", "holds"),
    [
        ([], None),
        (["a.recall > 0", "b.recall > 0"], True),
        (["a.recall > 0", "b.recall > 1"], False),
        (["a.recall > 0", "c.recall > 0"], None),
        (["a.recall > 1", "c.recall > 0"], False),  # whatever the other one says
    ],
)
def test_a_finding_holds_if_all_its_conditions_do(check, holds):
    assert finding_result(Finding(says="x", text="y", check=check), FIGURES).holds is holds


def table(base: str | None, **values: float) -> Table:
    rows = {name: {"value": value, "text": ""} for name, value in values.items()}
    return Table.model_validate(
        {"title": "t", "unit": "u", "figure": "seconds", "ours": "o", "base": base, "rows": rows}
    )


def test_a_table_compares_ratios_and_orders():
    report = table("a", a=100.0, b=50.0, c=100.0, d=400.0)
    ours = {"a": {"seconds": 2.0}, "b": {"seconds": 3.0}, "c": {"seconds": 8.0}, "d": {"seconds": 10.0}}
    found = table_result(report, ours)
    assert [row.report_ratio for row in found.rows] == [1, 0.5, 1, 4]
    assert [row.our_ratio for row in found.rows] == [1, 1.5, 4, 5]
    assert [row.report_rank for row in found.rows] == [2, 1, 2, 4]
    assert [row.our_rank for row in found.rows] == [1, 2, 3, 4]
    assert [row.agrees for row in found.rows] == [False, False, False, True]
    # a and c are equal in the report; of the other pairs, only a and b have another order.
    assert (found.pairs, found.agreeing) == (5, 4)


def test_a_table_without_all_figures_compares_the_pairs_that_it_has():
    found = table_result(table(None, a=1.0, b=2.0, c=3.0), {"a": {"seconds": 5.0}, "c": {"seconds": 6.0}, "b": {}})
    assert (found.pairs, found.agreeing) == (1, 1)
    assert [row.agrees for row in found.rows] == [None] * 3
    assert [row.our_ratio for row in found.rows] == [None] * 3
    assert table_result(table("a", a=1.0), {}).pairs == 0


def test_summaries_of_a_column():
    found = summaries(np.array([-4.0, -2.0, 1.0, 3.0, 5.0, 9.0]))  # parts of two rows
    expected = {"first": -3.0, "last": 7.0, "mean": 2.0, "least": -4.0, "most": 9.0, "size": 4.0}
    assert found == pytest.approx(expected)
    assert set(summaries(np.array([2.0]))) == {"mean", "least", "most", "size"}
