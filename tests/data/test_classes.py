import pytest

from tfgan_course.data import labels_of
from tfgan_course.data.classes import kept_classes, listed
from tfgan_course.errors import UserError


def test_classes_are_named_or_numbered():
    names = ["cat", "7", "dog"]
    # A name that looks like a number is a name first.
    assert labels_of(["dog", "0", "7", "2"], names).tolist() == [2, 0, 1, 2]
    assert labels_of(["Dog"], names).tolist() == [2]
    assert labels_of(["Cat", "cat", "CAT"], ["Cat", "cat"]).tolist() == [0, 1, 0]
    for wrong in ("horse", "3", "-1", "²"):
        with pytest.raises(UserError) as error:
            labels_of([wrong], names)
        assert "0 cat, 1 7, 2 dog" in error.value.expected
        assert error.value.received == f"'{wrong}'"


def test_chosen_classes_are_named_in_any_capitals():
    assert kept_classes("dress,COAT", ["Coat", "Dress"]) == ("Dress", "Coat")
    assert kept_classes(["cat", "Cat"], ["Cat", "cat"]) == ("cat", "Cat")
    with pytest.raises(UserError) as error:
        kept_classes("Coat,coat", ["Coat", "Dress"])
    assert "Coat, Coat" in error.value.received


def test_a_name_with_a_comma_stands_in_double_quotes():
    names = ("a", "a,b", "nan")
    assert listed('"a,b", nan') == ["a,b", "nan"]
    assert listed("") == [""]
    assert kept_classes('nan,"a,b"', names) == ("nan", "a,b")
    with pytest.raises(UserError) as error:
        labels_of(["b"], names)
    assert "double quotes" in error.value.remedy
    with pytest.raises(UserError) as error:
        labels_of(["b"], ("a", "nan"))
    assert "double quotes" not in error.value.remedy
