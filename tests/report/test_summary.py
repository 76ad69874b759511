from tests.report.directories import CONFIG, FACTS, made
from tfgan_course.report.page import page
from tfgan_course.report.summary import MOST_SETTINGS, duration, summary

NAN = float("nan")


def rows(runs) -> dict[str, dict[str, list]]:
    return {section.title: {row.name: row.cells for row in section.rows} for section in summary(runs)}


def record(step, distance, features="judge", images=100) -> dict:
    return {
        "generated": {"run": "a", "step": step, "images": images},
        "real": {"split": "train", "images": 50, "checksum": "12ab"},
        "without_features": {"sliced_wasserstein": 7.0},
        "features": {"name": features, "kind": "classifier", "checksum": "34cd"},
        "with_features": {"frechet": distance},
    }


def test_the_better_figure_is_marked_and_the_best_epoch_named(tmp_path):
    one = made(tmp_path / "one", [{"sliced_wasserstein": value, "critic_loss": 1.0} for value in (5.0, 2.0, 3.0)])
    two = made(tmp_path / "two", [{"sliced_wasserstein": value, "critic_loss": 0.5} for value in (9.0, 5.0, 4.0)])
    found = rows([one, two])["Figures after the last epoch"]
    assert [(cell.text, cell.best) for cell in found["sliced_wasserstein"]] == [("3", True), ("4", False)]
    assert [cell.note for cell in found["sliced_wasserstein"]] == ["lowest 2 in epoch 2", ""]
    # Losses of different objectives: neither is the better one.
    assert [(cell.text, cell.best) for cell in found["critic_loss"]] == [("1", False), ("0.5", False)]


def test_figures_against_other_images_are_not_ranked(tmp_path):
    row = [{"sliced_wasserstein": 5.0}]
    one, other = made(tmp_path / "one", row), made(tmp_path / "other", row, images={**FACTS, "checksum": 3})
    fewer = made(tmp_path / "fewer", row, config=f"{CONFIG}metrics: {{samples: 100}}\n")
    for runs in ([one, other], [one, fewer]):
        assert not any(cell.best for cell in rows(runs)["Figures after the last epoch"]["sliced_wasserstein"])


def test_figures_after_trainings_of_different_length_are_not_ranked(tmp_path):
    many = made(tmp_path / "many", [{"sliced_wasserstein": 2.0}] * 4)
    few = made(tmp_path / "few", [{"sliced_wasserstein": 1.0}] * 2)
    large = made(tmp_path / "large", [{"sliced_wasserstein": 1.0}] * 2, config=f"{CONFIG}batch_size: 2\n")

    def best(*runs) -> list[bool]:
        return [cell.best for cell in rows(runs)["Figures after the last epoch"]["sliced_wasserstein"]]

    assert best(many, few) == [False, False]
    assert best(many, large) == [False, True]  # half the steps with batches of twice the size


def test_settings_are_compared_within_a_kind(tmp_path):
    gans = [made(tmp_path / name, config=f"{CONFIG}batch_size: {name}\nlatents: n\n") for name in ("8", "16")]
    judge = made(tmp_path / "judge", config="epochs: 1\nbatch_size: 32\n", images={**FACTS, "kind": "classifier"})
    found = rows([*gans, judge])["Settings that differ"]
    assert {name: [cell.text for cell in cells] for name, cells in found.items()} == {"batch_size": ["8", "16", "32"]}


def test_what_was_not_computed_in_the_last_epoch_says_of_which_it_is(tmp_path):
    run = made(tmp_path / "run", [{"sliced_wasserstein": value} for value in (NAN, 4.0, NAN)])
    (cell,) = rows([run])["Figures after the last epoch"]["sliced_wasserstein"]
    assert (cell.text, cell.note) == ("4", "of epoch 2")
    never = made(tmp_path / "never", [{"sliced_wasserstein": NAN}])
    assert rows([never])["Figures after the last epoch"]["sliced_wasserstein"][0].text == "-"


def test_settings_that_differ_costs_and_parameters(tmp_path):
    networks = {"generator": {"parameters": 12345}, "critic": {"parameters": 7}}
    one = made(tmp_path / "one", [{"loss": 1.0}] * 2, seconds=(60, 130), networks=networks)
    two = made(tmp_path / "two", config=CONFIG.replace("seed: 0", "seed: 5"))
    found = rows([one, two])
    assert [cell.text for cell in found["Settings that differ"]["seed"]] == ["0", "5"]
    assert list(found["Settings that differ"]) == ["seed"]
    training = found["Training"]
    assert [cell.text for cell in training["parameters of the generator"]] == ["12,345", "-"]
    assert [cell.text for cell in training["wall time"]] == ["3 min 10 s", "-"]
    assert "Settings that differ" not in rows([one])


def test_settings_are_folded_away_where_they_are_too_many_to_look_past(tmp_path):
    def runs(count: int) -> list:
        names = [f"option_{index}" for index in range(count)]
        return [
            made(tmp_path / f"{count}-{value}", [{"critic_loss": 1.0}], "".join(f"{name}: {value}\n" for name in names))
            for value in (1, 2)
        ]

    few, many = (page(runs(count)) for count in (MOST_SETTINGS, MOST_SETTINGS + 1))
    title = "<span>Settings that differ</span>"
    assert title in few
    assert '<details class="differing">' not in few
    assert title not in many
    folded = many.partition('<details class="differing">')[2].partition("</details>")[0]
    assert f"Settings that differ ({MOST_SETTINGS + 1})" in folded
    assert folded.count("<tr><th") == MOST_SETTINGS + 1
    assert "wall time" not in folded


def test_figures_of_different_features_or_numbers_of_images_share_no_row(tmp_path):
    one = made(tmp_path / "one", evaluation=[record(10, 3.0), record(20, 2.0), record(20, 9.0, features="other")])
    two = made(tmp_path / "two", evaluation=[record(20, 1.0), record(30, 0.5, images=5000), {"damaged": 1}])
    found = {title: part for title, part in rows([one, two]).items() if "by the features" in title}
    assert len(found) == 3
    shared = next(part for title, part in found.items() if "judge" in title and "100 images" in title)
    assert [cell.text for cell in shared["step"]] == ["20", "20"]  # the latest of each
    assert [(cell.text, cell.best) for cell in shared["frechet"]] == [("2", False), ("1", True)]
    other = next(part for title, part in found.items() if "other" in title)
    assert [cell.text for cell in other["frechet"]] == ["9", "-"]


def test_durations():
    assert [duration(seconds) for seconds in (1.25, 100, 3599.7, 11340)] == [
        "1.2 s",
        "1 min 40 s",
        "60 min 00 s",
        "3 h 09 min",
    ]
