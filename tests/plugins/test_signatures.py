from dataclasses import dataclass

from tfgan_course.plugins.signatures import REQUIRED, about, meanings, parameters


class Shape:
    """A shape.

    It has a size.

    Args:
        size: how large it is, in pixels,
            from side to side.
        name: its name: any text.

    Raises:
        ValueError: for a wrong size.
    """

    def __init__(self, size: int, name: str = "shape"):
        self.size, self.name = size, name


class Circle(Shape):
    """A round shape.

    Args:
        size: its diameter.
    """

    def __init__(self, filled=True, **kwargs):
        super().__init__(**kwargs)
        self.filled = filled


@dataclass
class Row:
    """Shapes in a row.

    Parameters
    ----------
    count
        NumPy's form, which is not ours.
    """

    count: "int" = 3
    other: "NotThere" = None  # noqa: F821


def test_a_docstring_says_what_a_class_is_and_what_its_arguments_mean():
    assert about(Shape) == "A shape.\n\nIt has a size."
    assert meanings(Shape) == {"size": "how large it is, in pixels, from side to side.", "name": "its name: any text."}
    assert meanings(Circle) == {"size": "its diameter.", "name": "its name: any text."}


def test_arguments_that_are_passed_on_are_those_of_the_base_class():
    found = parameters(Circle)
    assert list(found) == ["filled", "size", "name"]
    assert (found["size"].hint, found["size"].make_default()) == (int, REQUIRED)
    assert (found["name"].hint, found["name"].make_default()) == (str, "shape")


def test_docstrings_of_another_form_and_types_that_are_not_found_are_no_hindrance():
    assert about(Row).startswith("Shapes in a row.")
    assert parameters(Row)["count"].hint is int


def test_a_docstring_that_cannot_be_read_still_has_a_first_line():
    class Wrong:
        """A class.

        Args:
            an argument without its colon
        """

    assert about(Wrong) == "A class."
    assert meanings(Wrong) == {}
