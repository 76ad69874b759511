import json
import sys

from tfgan_course.cli.main import main


def test_without_gradio_the_extra_is_named_before_a_run_is_opened(tmp_path, monkeypatch, capsys):
    (tmp_path / "config.yaml").write_text("epochs: 1")
    (tmp_path / "data.json").write_text(json.dumps({"image_shape": [28, 28, 1], "class_names": None}))
    monkeypatch.setitem(sys.modules, "gradio", None)
    monkeypatch.delitem(sys.modules, "tfgan_course.demo.server", raising=False)
    assert main(["demo", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert ".[demo]" in said
