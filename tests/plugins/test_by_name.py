import subprocess
import sys
from abc import ABC, abstractmethod

import pytest

from tfgan_course.errors import UserError
from tfgan_course.plugins.by_name import all_subclasses, instance_of, named_classes


class Shape(ABC):
    @abstractmethod
    def area(self) -> float: ...


class Square(Shape):
    def __init__(self, side: float = 1.0):
        self.side = side

    def area(self):
        return self.side**2


class Unfinished(Shape):
    pass


class NamedSquare(Square):
    short_name = "tile"


class _Hidden(Square):
    pass


MODULE = """
from tests.plugins.test_by_name import Shape

class Circle(Shape):
    def __init__(self, radius=1.0):
        self.radius = radius

    def area(self):
        return 3 * self.radius**2

class NoShape:
    pass
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Write a user's module into the working directory, which is not on `sys.path`."""
    (tmp_path / "usershapes.py").write_text(MODULE)
    (tmp_path / "broken.py").write_text("import no_such_dependency\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry not in ("", str(tmp_path))])
    before = sys.path.copy()
    yield
    assert sys.path == before
    sys.modules.pop("usershapes", None)


def mistake(value: object, **init_args: object) -> UserError:
    with pytest.raises(UserError) as error:
        instance_of(Shape, value, argument="--shape", **init_args)
    assert error.value.expected
    assert error.value.received
    assert error.value.remedy
    assert "--shape" in str(error.value)
    return error.value


@pytest.mark.parametrize(
    "value",
    [
        "Square",
        "tests.plugins.test_by_name.Square",
        Square,
        {"class_path": "Square"},
        {"class_path": Square, "init_args": {"side": 3}},
    ],
)
def test_a_class_is_found_by_every_way_of_naming_it(value):
    made = instance_of(Shape, value, argument="--shape", side=2)
    assert type(made) is Square
    assert made.side == (3 if isinstance(value, dict) and "init_args" in value else 2)


def test_an_instance_is_taken_as_it_is():
    square = Square(5)
    assert instance_of(Shape, square, argument="shape") is square


def test_names_are_of_what_a_user_can_make_at_any_depth():
    assert list(named_classes(Shape)) == ["Square", "tile"]
    assert type(instance_of(Shape, "tile", argument="shape")) is NamedSquare
    assert all_subclasses(Shape)[:2] == [Square, NamedSquare]


def test_a_class_of_the_package_is_not_replaced_by_another_of_its_name():
    type("Square", (Square,), {"__module__": "elsewhere"})
    assert type(instance_of(Shape, "Square", argument="shape")) is Square


def test_a_dotted_path_leads_into_the_working_directory(module):
    made = instance_of(Shape, {"class_path": "usershapes.Circle", "init_args": {"radius": 2}}, argument="shape")
    assert made.area() == 12


@pytest.mark.parametrize(("value", "meant"), [("Sqare", "Square"), ("square", "Square"), ("Tile", "tile")])
def test_a_misspelled_name_is_answered_with_the_one_meant(value, meant):
    assert f"Did you mean {meant}?" in mistake(value).remedy


NO_SHAPES = ["NamedSquare", "_Hidden", "Shape", Shape, "nowhere.Circle", "usershapes.Cirle", "usershapes.NoShape"]
NO_SHAPES += ["json.dumps", "tests.plugins.test_by_name.Shape", "", "..", 7, None, {"class": "Square"}]


@pytest.mark.parametrize("value", NO_SHAPES)
def test_what_is_no_such_class_is_answered_with_the_names(value, module):
    error = mistake(value)
    assert "Square, tile" in error.expected
    assert repr(value) in error.received


def test_a_class_that_lacks_a_method_is_answered_with_the_method():
    assert "area" in mistake("tests.plugins.test_by_name.Unfinished").received


def test_arguments_that_a_constructor_does_not_take_are_named():
    error = mistake("Square", sides=3)
    assert "side: float = 1.0" in error.expected
    assert "sides" in error.received


def test_errors_of_the_users_own_module_are_not_hidden(module):
    with pytest.raises(ModuleNotFoundError, match="no_such_dependency"):
        instance_of(Shape, "broken.Circle", argument="shape")


def test_needs_no_tensorflow():
    code = "import sys, tfgan_course.plugins.by_name; assert 'tensorflow' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
