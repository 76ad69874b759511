from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from annotated_types import Ge, Interval

from tfgan_course.plugins.types import OpenUnitInterval, PositiveFloat, PositiveInt, fitted, in_words


@pytest.mark.parametrize(
    ("hint", "value", "expected"),
    [
        (PositiveInt, "3", 3),
        (PositiveInt, np.int64(3), 3),
        (float, 3, 3.0),
        (float, "1e-3", 0.001),
        (float, np.float64(0.5), 0.5),
        (OpenUnitInterval | None, "null", None),
        (bool | Literal["auto"], "true", True),
        (bool | Literal["auto"], "auto", "auto"),
        (bool, np.bool_(True), True),
        (Literal[1, 3] | None, "3", 3),
        (Literal["latest", "best"] | Annotated[int, Ge(0)], "40", 40),
        (list[int] | None, "[1, 2]", [1, 2]),
        (list[str] | str | None, "[a, 7]", ["a", "7"]),
        (list[str] | str | None, "7", "7"),
        (list[str] | str | None, 7, "7"),
        (list[str], ("a", "b"), ["a", "b"]),
        (Sequence[Literal["x", "y"]], "[y, x]", ["y", "x"]),
        (tuple[float, float], "[1, 1e-3]", (1.0, 0.001)),
        (Literal["a"] | tuple[float, ...], [1, 2, 3], (1.0, 2.0, 3.0)),
        (dict[str, int], "{a: 1}", {"a": 1}),
        (str | None, "null", None),
        (str, "true", "true"),
        (str, "[not yaml", "[not yaml"),
        (str | None, Path("a/b"), "a/b"),
        (Path, "a/b", Path("a/b")),
        (str | dict | Any, "{class_path: X}", {"class_path": "X"}),
        (str | dict | Any, "X", "X"),
    ],
)
def test_values_become_what_their_hint_says(hint, value, expected):
    found = fitted(hint, value)
    assert (type(found), found) == (type(expected), expected)


def test_objects_reach_what_takes_anything():
    given = object()
    assert fitted(str | dict[str, Any] | Any, given) is given
    array = np.zeros(3)
    assert fitted(np.ndarray | None, array) is array  # only the class that declares it can check it


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        (int, True),
        (int, "true"),
        (int, 3.7),
        (int, 3.0),
        (int, "many"),
        (int, None),
        (PositiveInt, 0),
        (Annotated[int, Interval(ge=1, le=15)], 16),
        (float, True),
        (float, "fast"),
        (PositiveFloat, float("nan")),
        (OpenUnitInterval, 1.0),
        (bool, 1),
        (bool, "auto"),
        (Literal[1, 3] | None, True),
        (Literal["min", "max"], "middle"),
        (str, True),
        (list[str], "a"),
        (list[str], [True]),
        (tuple[float, float], [1]),
        (tuple[float, float], [1, "a"]),
        (dict[str, int], [1]),
        (int, object()),
        (np.ndarray, None),
        (list[int], [object()]),
    ],
)
def test_other_values_are_refused(hint, value):
    with pytest.raises(ValueError):  # noqa: PT011
        fitted(hint, value)


def test_hints_are_said_in_words():
    assert in_words(PositiveInt | None) == "a whole number of at least 1 or null"
    assert in_words(OpenUnitInterval) == "a number above 0 and below 1"
    assert in_words(bool | Literal["auto"]) == "one of true, false, auto"
    assert in_words(tuple[float, float] | list[str]) == "a list of 2 values or a list"
