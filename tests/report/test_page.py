import html
import json
import re

import pytest

from tests.report.directories import CONFIG, FACTS, HEALTH, made
from tfgan_course.cli.main import main
from tfgan_course.report.page import COLORS, MOST_POINTS, names, page, panels


def data(text: str) -> dict:
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1])


def test_nothing_is_asked_of_a_network(tmp_path):
    text = page([made(tmp_path / "run", [{"critic_loss": 1.0}], steps=(0, 10))])
    for address in re.findall(r'(?:src|href|action|data)="([^"]*)"|url\(([^)]*)\)|@import', text):
        assert "".join(address).startswith(("data:", "#")), address
    assert "default-src 'none'" in text


def test_names_and_settings_cannot_become_html(tmp_path):
    evil = "<img src=x onerror=alert(1)>\"&'</script><script>alert(2)"
    run = made(
        tmp_path / "run", [{"critic_loss": 1.0}], config=f"{CONFIG}# </pre>{evil}\nnote: |\n  {evil}\n", steps=(1,)
    )
    (run.run.path / "health.csv").write_text(f"{HEALTH}1,1,1,a,b,1,2,{evil[:27]},{evil[:27]}\n")
    run.name = evil
    other = made(tmp_path / "other", [{"critic_loss": 1.0}])
    text = page([run, other])
    assert data(text)["runs"][0]["name"] == evil
    assert "<img src=x" not in text
    assert text.count("<script") == text.count("</script>") == 2
    assert f"</svg>{html.escape(evil).replace('&quot;', '&#34;').replace('&#x27;', '&#39;')}</span>" in text


def test_what_is_no_number_is_a_gap(tmp_path):
    rows = [{"critic_loss": value} for value in (1.23456789, float("nan"), float("inf"))]
    (run,) = data(page([made(tmp_path / "run", rows)]))["runs"]
    assert run["figures"]["critic_loss"] == [1.23457, None, None]
    assert run["x"] == {"epoch": [1, 2, 3], "step": [10, 20, 30], "minutes": [None, None, None]}


def test_training_and_validation_share_a_chart_and_metrics_come_before_the_rest(tmp_path):
    row = dict.fromkeys(("score_gap", "val_critic_loss", "critic_loss", "frechet@judge-1", "ms_ssim_error"), 1.0)
    found = panels([made(tmp_path / "gan", [row]), made(tmp_path / "judge", [{"test_loss": 1.0, "loss": 1.0}])])
    assert [panel["title"] for panel in found] == [
        "critic_loss",
        "loss",
        "frechet@judge-1",
        "ms_ssim_error",
        "score_gap",
    ]
    assert [panel["main"] for panel in found] == [True, True, True, False, False]
    assert found[0]["series"] == {"training": "critic_loss", "validation": "val_critic_loss"}
    assert found[1]["series"] == {"training": "loss", "validation": "test_loss"}


def test_long_histories_are_thinned_with_the_last_epoch(tmp_path):
    run = made(tmp_path / "run", [{"loss": 1.0}])
    run.rows = [{"epoch": epoch, "step": epoch, "loss": 1.0} for epoch in range(1, 2 * MOST_POINTS + 1)]
    epochs = data(page([run]))["runs"][0]["x"]["epoch"]
    assert len(epochs) == MOST_POINTS + 1
    assert epochs[-1] == 2 * MOST_POINTS


def test_equal_latents_are_side_by_side_and_others_are_not(tmp_path):
    runs = [made(tmp_path / name, steps=(1,)) for name in ("one", "two")]
    runs.append(made(tmp_path / "other", config=CONFIG.replace("seed: 0", "seed: 1"), steps=(1,)))
    text = page(runs)
    assert text.count("images of equal latents") == 2
    assert "images of equal latents" not in page(runs[1:])
    given = [made(tmp_path / name, steps=(1,), images={**FACTS, "condition_shape": [4, 6, 1]}) for name in ("x", "y")]
    assert "images of equal latents" not in page(given)


def test_names_that_are_not_alone_are_paths(tmp_path):
    paths = [tmp_path / "a" / "run", tmp_path / "b" / "run", tmp_path / "c"]
    assert names(paths) == [str(paths[0]), str(paths[1]), "c"]


def luminance(color: str) -> float:
    """WCAG 2's."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("background", ["#ffffff", "#14171b", "#f6f7f9", "#1c2126"])
def test_colors_stand_out_from_the_page(background):
    assert len(set(COLORS)) == len(COLORS)
    for color in COLORS:
        dark, light = sorted((luminance(color), luminance(background)))
        assert (light + 0.05) / (dark + 0.05) >= 3, color


def test_a_report_is_called_what_it_is(tmp_path, capsys):
    made(tmp_path / "run", [{"critic_loss": 1.0}])
    assert main(["report", str(tmp_path / "run"), "--out", str(tmp_path / "report.pdf")]) == 2
    assert "report.html" in capsys.readouterr().err
    assert not (tmp_path / "report.pdf").exists()


def test_mistakes_are_answered(tmp_path, capsys):
    made(tmp_path / "run")
    for words, answer in (
        ([tmp_path / "none"], "which does not exist"),
        ([tmp_path / "run", "--out", tmp_path], ", a folder"),
        ([made(tmp_path / f"run{number}").run.path for number in range(len(COLORS) + 1)], "at most 15 runs"),
    ):
        assert main(["report", *map(str, words)]) == 2
        assert answer in capsys.readouterr().err
    assert not (tmp_path / "report.html").exists()
    once = ["report", str(tmp_path / "run"), str(tmp_path / "run"), "--out", str(tmp_path / "new" / "r.html")]
    assert main(once) == 0
    assert "1 run, " in capsys.readouterr().out
    assert len(data((tmp_path / "new" / "r.html").read_text())["runs"]) == 1
