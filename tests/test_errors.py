import math

import pytest

from tfgan_course.errors import UserError, require, require_at_least


def test_a_check_that_fails_raises_its_three_parts():
    require(True, "an even number", 2, "Use 2")
    with pytest.raises(UserError) as error:
        require(False, "an even number", 3, "Use 2")
    assert (error.value.expected, error.value.received, error.value.remedy) == ("an even number", "3", "Use 2")
    assert all(part in str(error.value) for part in ("an even number", "3", "Use 2"))


@pytest.mark.parametrize("number", [0, -1.5, math.nan])
def test_numbers_below_the_least_are_refused_by_name_and_none_passes(number):
    require_at_least(1, width=1, depth=None)
    with pytest.raises(UserError) as error:
        require_at_least(1, depth=None, width=number)
    assert "width" in error.value.expected
    assert error.value.received == str(number)
