"""The results of a search from the outcomes of trials, without training a trial."""

import re

from tfgan_course.tuning.objective import Objective
from tfgan_course.tuning.results import Result, best_first, draw_parallel_coordinates, latex, markdown, report_table
from tfgan_course.tuning.space import Space
from tfgan_course.tuning.trials import Outcome

SPACE = Space.of({"rate": {"choices": [0.1, 0.2]}, "a_b": {"choices": {"50% & {more}": 1, "x|y": 2}}}, "here")


def result(number: int, score: float | None, epochs: int = 6, budget: int = 0, run: int | None = None) -> Result:
    status = "failed" if score is None else "completed"
    outcome = Outcome(status, f"{number if run is None else run:04d}", "", score, epochs)
    outcome.average_accuracy, outcome.best_loss = 0.75, score
    return Result(f"{number:04d}", {"rate": "0.1", "a_b": "50% & {more}"}, outcome, budget)


def numbers(results: list[Result]) -> list[str]:
    return [result.number for result in results]


def test_the_best_trial_is_the_one_with_the_best_score_though_it_stopped_early():
    ended = [result(0, 2.0), result(1, 1.0, epochs=3), result(2, None), result(3, 3.0)]
    assert numbers(best_first(ended, Objective(mode="min"))) == ["0001", "0000", "0003"]
    assert numbers(best_first(ended, Objective(mode="max"))) == ["0003", "0000", "0001"]


def test_of_hyperbands_trials_the_finalists_come_first():
    ended = [result(0, 0.5, 2, 2), result(1, 0.1, 2, 2), result(2, 0.3, 2, 2)]
    ended += [result(3, 0.6, 6, 6, run=1), result(4, 0.4, 6, 6)]
    assert numbers(best_first(ended, Objective())) == ["0004", "0003", "0002", "0000"]


def test_tables_have_the_reports_columns_and_stand_whatever_a_label_holds():
    ended = [result(0, 2.0), result(1, None)]
    heading, rows = report_table(ended, SPACE, Objective("val_generator_loss"))
    assert heading == ["Rate", "A b", "Avg. Val (D) Accuracy", "Best Val G-Loss"]
    assert rows == [["0.1", "50% & {more}", "0.750", "2.000"], ["0.1", "50% & {more}", "0.750 (failed)", ""]]
    ended[0].outcome.figures = {"critic_loss": 1.0, "frechet@a": 3.0}
    more, measured = report_table(ended, SPACE, Objective("frechet@a"))
    assert more == [*heading, "best frechet@a (min)", "last frechet@a"]
    assert [row[4:] for row in measured] == [["2.000", "3.000"], ["", ""]]
    table = latex(heading, [*rows, ["a_b", "x|y^2 ~ \\n", "$1$", "<#>"]])
    # A LaTeX table: as many columns as it says in each row, and no special character that is not escaped.
    body = table.splitlines()[1:-1]
    assert table.splitlines()[0] == "\\begin{tabular}{llll}"
    assert table.splitlines()[-1] == "\\end{tabular}"
    lines = [line for line in body if line != "\\hline"]
    assert len(lines) == 4
    for line in lines:
        cells = line.removesuffix(" \\\\").split(" & ")
        assert len(cells) == 4
        for cell in cells:
            plain = re.sub(r"\\text\w+\{\}|\\[&%#_{}$]|\$[<>|]\$", "", cell)
            assert not set(plain) & set("&%#_{}$^~\\<>|")
    assert markdown(["a"], [["x|y"]]) == "| a |\n| --- |\n| x\\|y |\n"


def test_the_parallel_coordinates_mark_the_best_trial(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr("tfgan_course.tuning.results.save_figure", lambda figure, path: drawn.append(figure))
    ended = [result(0, 2.0), result(1, 1.0), result(2, None), result(3, 3.0)]
    for number, mode in ((1, "min"), (3, "max")):
        draw_parallel_coordinates(tmp_path / "parallel.png", ended, SPACE, Objective(mode=mode))
        (axes,) = drawn.pop().axes
        assert axes.get_title()
        (best,) = [line for line in axes.lines if line.get_linewidth() == 3]
        assert f"{number:04d}" in best.get_label()
        assert best.get_ydata()[-1] == {"min": 0, "max": 1}[mode]
