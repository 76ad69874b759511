import codecs

import pytest

from tfgan_course.config.files import read_options
from tfgan_course.config.parser import from_file
from tfgan_course.errors import UserError

TEXT = "# größer\nepochs: 3\ncritic:\n  class_path: SimpleCritic\n  init_args:\n    width: wide\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_files_with_a_byte_order_mark_are_read(encoding, tmp_path):
    (tmp_path / "mine.yaml").write_bytes(TEXT.encode(encoding))
    assert read_options(tmp_path / "mine.yaml")[0]["epochs"] == 3


@pytest.mark.parametrize(
    ("content", "received"),
    [
        (TEXT.encode("utf-16-le"), "UTF-16"),
        (TEXT.encode("latin-1"), "UTF-8"),
        (codecs.BOM_UTF16_LE + b"a", "UTF-16"),
        (b"epochs: 3\ncritic:\n\tdepth: 3\n", "line 3"),
        (b"epochs: [3\n", "line"),
        (b"", "none"),
        (b"3", "3"),
        (bytes(range(1, 256)), "UTF-8"),
    ],
)
def test_what_is_no_yaml_is_refused_with_what_was_found(content, received, tmp_path):
    (tmp_path / "mine.yaml").write_bytes(content)
    with pytest.raises(UserError) as error:
        read_options(tmp_path / "mine.yaml")
    assert "mine.yaml" in error.value.expected
    assert received in error.value.received


@pytest.mark.parametrize(
    ("text", "expected", "received", "remedy"),
    [
        (TEXT, "mine.yaml, line 6: critic.width a whole number", "wide", "256"),
        ("epochs: 3\nlos: Hinge\n", "option", "mine.yaml, line 2: los", "Did you mean loss?"),
        ("data:\n  size: 32\n  channels: 2\n", "mine.yaml, line 3: data.channels one of 1, 3", "2", ""),
        ("critic_terms:\n- R1\n- Penalty\n", "mine.yaml, line 1: critic_terms", "Penalty", "GradientPenalty"),
    ],
)
def test_an_error_names_the_file_and_the_line(text, expected, received, remedy, tmp_path):
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(UserError) as error:
        from_file(tmp_path / "mine.yaml")
    assert expected in error.value.expected
    assert received in error.value.received
    assert remedy in error.value.remedy
