from tests.report.directories import FACTS, made
from tfgan_course.cli.main import main
from tfgan_course.health.findings import Checkerboard
from tfgan_course.health.summary import table


def test_a_value_beyond_its_threshold_is_explained_by_how_long_it_must_last():
    (line,) = [line for line in table([{"step": 100, "health_checkerboard": 2.0}]).splitlines() if "checker" in line]
    assert line.endswith(
        f"2    above {Checkerboard.threshold:g} in {Checkerboard.patience} epochs in a row"
        + (f", from step {Checkerboard.first_step} on" if Checkerboard.first_step else "")
    )


def test_a_classifiers_run_has_no_players_to_watch(tmp_path, capsys):
    run = made(tmp_path / "run", [{"loss": 1.0}], images={**FACTS, "kind": "classifier"})
    assert main(["health", str(run.run.path)]) == 2
    assert "classifier's run" in capsys.readouterr().err
