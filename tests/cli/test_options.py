import math

import pytest

from tfgan_course.cli.options import numbers, whole_numbers
from tfgan_course.errors import UserError


def test_numbers_and_ranges_are_listed_in_their_order():
    assert whole_numbers("3,0,8-11", "--seeds") == [3, 0, 8, 9, 10, 11]
    assert whole_numbers("5-5, 2", "--seeds") == [5, 2]
    assert whole_numbers("0-9", "--images", 10) == list(range(10))


@pytest.mark.parametrize("words", ["8-5", "", "1,", "a", "-1", "1-2-3", "1.5", "0-10", "10"])
def test_what_names_no_numbers_is_refused_with_the_option(words):
    with pytest.raises(UserError, match="--images"):
        whole_numbers(words, "--images", 10)


def test_a_range_that_runs_backwards_is_answered_with_the_right_one():
    with pytest.raises(UserError, match="5-8"):
        whole_numbers("8-5", "--seeds")


def test_a_huge_range_is_refused_before_it_is_listed():
    with pytest.raises(UserError):
        whole_numbers(f"0-{10**15}", "--images", 10)


def test_numbers_are_finite():
    assert numbers("0,0.5,-1e2", "--psi") == [0.0, 0.5, -100.0]
    for words in ("nan", "1,inf", "a", "", str(math.inf)):
        with pytest.raises(UserError, match="--psi"):
            numbers(words, "--psi")
