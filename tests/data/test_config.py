import pytest

from tfgan_course.cli.help import topic_page
from tfgan_course.cli.parsing import Parser
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
    parser = Parser("command")
    parser.add("--data", DataConfig, "the images")
    words = ["--data.folder", "cats", "--data.channels", "3", "--data.classes", "dog,cat", "--data.download=false"]
    assert parser.parsed(words)[0].data == DataConfig(folder="cats", channels=3, classes="dog,cat", download=False)
    assert "center-cropped" in topic_page(parser, "data")
