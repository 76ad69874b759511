import pytest

from tests.report.directories import HEALTH, made
from tfgan_course.errors import UserError
from tfgan_course.report.facts import RunFacts


def again(facts: RunFacts) -> RunFacts:
    return RunFacts(facts.run, facts.name)


def test_time_and_speed_are_those_of_the_table(tmp_path):
    facts = made(tmp_path / "run", [{"loss": 1.0}] * 4, seconds=(20.0, 5.0, 4.0, 10.0))
    assert facts.wall_time == 39.0
    assert facts.steps == 40
    assert facts.steps_per_second == 2.0  # the median of 2, 2.5 and 1: the first epoch compiles
    assert facts.minutes == pytest.approx([20 / 60, 25 / 60, 29 / 60, 39 / 60])


def test_the_first_epoch_counts_where_it_is_the_only_one(tmp_path):
    assert made(tmp_path / "run", [{"loss": 1.0}], seconds=(4.0,)).steps_per_second == 2.5


def test_a_run_that_has_just_begun_has_nothing_yet(tmp_path):
    facts = made(tmp_path / "run")
    assert (facts.rows, facts.figures, facts.steps, facts.frames, facts.events) == ([], [], 0, {}, [])
    assert facts.wall_time is None
    assert facts.steps_per_second is None
    assert facts.state == "0 of 4 epochs so far"


def test_states(tmp_path):
    rows = [{"loss": 1.0}] * 2
    assert made(tmp_path / "going_on", rows).state == "2 of 4 epochs so far"
    assert made(tmp_path / "ended", rows, summary={"epochs": 2}).state == "stopped after 2 of 4 epochs"
    # Resumed after it had ended: summary.json is of then.
    assert made(tmp_path / "resumed", rows, summary={"epochs": 1}).state == "2 of 4 epochs so far"
    assert made(tmp_path / "finished", rows * 2).state == "finished"


def test_half_a_line_is_left_out_while_it_is_being_written(tmp_path):
    facts = made(tmp_path / "run", [{"loss": 1.0}, {"loss": 2.0}])
    with facts.run.history.open("a") as file:
        file.write("3,30,1.")
    assert [row["loss"] for row in again(facts).rows] == [1.0, 2.0]
    with facts.run.history.open("a") as file:
        file.write("x\n")
    with pytest.raises(UserError) as error:
        again(facts)
    assert str(facts.run.history) in error.value.expected


@pytest.mark.parametrize("name", ["history.csv", "timing.csv"])
def test_a_table_of_other_bytes_is_an_error(tmp_path, name):
    facts = made(tmp_path / "run", [{"loss": 1.0}], seconds=(1.0,))
    for content in (b"\x89PNG\xff\x00\n\x01", b"\xff" * 100, b"no,such,table\n1,2,3\n"):
        (facts.run.path / name).write_bytes(content)
        with pytest.raises(UserError) as error:
            again(facts)
        assert name in error.value.expected


def test_a_damaged_file_that_is_not_needed_is_left_out_with_a_warning(tmp_path):
    facts = made(tmp_path / "run", [{"loss": 1.0}])
    for damaged in ("[{", "[" * 100_000):
        (facts.run.path / "evaluation.json").write_text(damaged)
        with pytest.warns(match=r"evaluation\.json is left out"):
            assert again(facts).evaluations == []
    (facts.run.path / "evaluation.json").write_text("{}")
    with pytest.warns(match="a list was expected"):
        assert again(facts).evaluations == []


def test_events_are_read_where_there_are_any(tmp_path):
    facts = made(tmp_path / "run", [{"loss": 1.0}])
    table = facts.run.path / "health.csv"
    table.write_text(f'{HEALTH}2,20,1,copies,warning,0.1,0.5,"too alike, all",health.md\n3,x,wa')
    (event,) = facts.events
    assert (event.epoch, event.name, event.severity, event.sentence) == (2, "copies", "warning", "too alike, all")
    table.write_text("epoch,name\none,two\n")
    with pytest.warns(match=r"health\.csv is left out"):
        assert again(facts).events == []


def test_a_configuration_that_is_none_is_an_error(tmp_path):
    facts = made(tmp_path / "run")
    for damaged in ("a: [", "- 1", ""):
        facts.run.config.write_text(damaged)
        with pytest.raises(UserError, match=r"config\.yaml"):
            again(facts)
