import pytest
from jsonargparse import ArgumentParser

from tfgan_course.data import DataConfig
from tfgan_course.errors import UserError


@pytest.mark.parametrize("size", [0, 27, 257])
def test_size_out_of_range(size):
    with pytest.raises(UserError) as error:
        DataConfig(size=size)
    assert "28 to 256" in error.value.expected
    assert error.value.received == f"{size}"


@pytest.mark.parametrize("fraction", [-0.1, 0.0, 1.0])
def test_held_out_out_of_range(fraction):
    with pytest.raises(UserError, match="held_out"):
        DataConfig(held_out=fraction)


def test_command_line():
    parser = ArgumentParser(exit_on_error=False)
    parser.add_argument("--data", type=DataConfig, default=DataConfig())
    arguments = ["--data.folder", "cats", "--data.channels", "3", "--data.classes", "dog,cat", "--data.download=false"]
    config = parser.instantiate(parser.parse_args(arguments)).data
    assert config == DataConfig(folder="cats", channels=3, classes="dog,cat", download=False)
    assert "center-cropped" in parser.format_help()
