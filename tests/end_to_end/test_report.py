"""The report of three real runs, opened from disk in Chromium and used."""

import json
import shutil
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from tests.end_to_end.command import train
from tests.report.directories import HEALTH
from tfgan_course.cli.main import main

CHROMIUM, DRIVER = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
VARIANTS = ("lsgan", "cgan", "dcgan")
EVENT = '2,4,1,saturation,warning,0.9,0.5,"<b>pixels</b> at the ends",health.md\n'

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER),
    reason="no Chromium with its driver (Debian: apt-get install chromium chromium-driver). Not covered: that the "
    "report's curves are drawn, that legend, slider and keys work, that it asks nothing of a network and logs no error",
)


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    # So fast that each of the four steps shows in the samples.
    options = ("--epochs", "2", "--steps_per_epoch", "2", "--samples.every_steps", "1")
    options += ("--generator_optimizer.learning_rate", "0.05")
    runs = [train(folder, variant, *options) for variant in VARIANTS]
    (runs[0] / "health.csv").write_text(HEALTH + EVENT)
    assert main(["report", *map(str, runs), "--out", str(folder / "report.html")]) == 0
    return folder / "report.html"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (
        *("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking"),
        *("disable-component-update", "disable-sync", f"user-data-dir={tmp_path_factory.mktemp('chromium')}"),
    ):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options, Service(DRIVER))
    yield browser
    browser.quit()


@pytest.fixture
def page(browser, report):
    """Open the report in a browser. At the end, the browser must have no log entry and no network request."""
    for log in ("browser", "performance"):
        browser.get_log(log)
    browser.set_window_size(1200, 900)
    browser.get(report.as_uri())
    yield browser
    assert browser.get_log("browser") == []
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [
        message["params"]["request"]["url"] for message in messages if message["method"] == "Network.requestWillBeSent"
    ]
    assert report.as_uri() in asked
    assert [url for url in asked if url != report.as_uri() and not url.startswith("data:")] == []


def one(page, selector: str):
    return page.find_element(By.CSS_SELECTOR, selector)


def every(page, selector: str) -> list:
    return page.find_elements(By.CSS_SELECTOR, selector)


def curves(page, chart: str) -> list[str]:
    """Return the CSS classes of the groups that contain a chart's curves."""
    charts = {one(figure, "figcaption").text.split()[0]: figure for figure in every(page, ".panel") if figure.text}
    groups = every(charts[chart], "g[data-line]")
    return [group.get_attribute("class") for group in groups if every(group, ".curve")]


def test_a_run_is_switched_off_and_on_by_the_legend(page):
    assert curves(page, "critic_loss") == ["run-0", "run-0", "run-1", "run-1", "run-2", "run-2"]
    for button, left in (
        ("[data-run='1']", ["run-0", "run-0", "run-2", "run-2"]),
        ("[data-runs=none]", []),
        ("[data-run='2']", ["run-2", "run-2"]),
        ("[data-runs=all]", ["run-0", "run-0", "run-1", "run-1", "run-2", "run-2"]),
    ):
        one(page, button).click()
        assert curves(page, "critic_loss") == left
        pressed = [one.get_attribute("data-run") for one in every(page, "[data-run][aria-pressed=true]")]
        assert [f"run-{run}" for run in pressed] == left[::2]
        samples = [one.get_attribute("data-of-run") for one in every(page, ".grids figure") if one.is_displayed()]
        assert {f"run-{run}" for run in samples} == set(left)


def test_the_axes_are_those_of_the_runs_shown(page):
    def highest() -> float:
        return max(float(tick.text.replace(",", "")) for tick in every(one(page, ".panel"), "text.y"))

    one(page, "[data-runs=none]").click()
    found = set()
    for run in range(3):
        one(page, f"[data-run='{run}']").click()
        found.add(highest())
        one(page, f"[data-run='{run}']").click()
    assert len(found) > 1


def test_a_run_of_another_scale_does_not_flatten_the_others(page):
    def outlier(*ends: float) -> int | None:
        lines = [{"run": run, "points": [[0, 0], [1, end]]} for run, end in enumerate(ends)]
        return page.execute_script("return outlier(arguments[0], (y) => y)", lines)

    assert outlier(1, 2, 100) == 2
    assert outlier(1, -100, 2) == 1
    assert outlier(1, 2, 15) is None  # not even ten times the range of the others
    assert outlier(1, 100) is None  # either could be the outlier


def test_the_slider_turns_the_samples_back(page):
    slider, pictures = one(page, "#frame"), every(page, "[data-frames]")
    captions = every(page, "figure:has([data-frames]) .step")
    frames = page.execute_script("return data.runs.map((run) => run.frames.map((frame) => frame.uri))")

    def shown() -> list[int]:
        steps = [int(caption.text.split()[1]) for caption in captions]
        sources = [picture.get_attribute("src") for picture in pictures]
        assert sources == [of_run[step] for of_run, step in zip(frames, steps, strict=True)]
        return steps

    assert len(set(frames[0])) == 5
    assert shown() == [4] * 3
    ActionChains(page).move_to_element(slider).click().perform()  # its middle
    assert shown() == [2] * 3
    assert slider.get_attribute("aria-valuetext") == "step 2 of 4"
    slider.send_keys(Keys.HOME)
    assert shown() == [0] * 3
    slider.send_keys(Keys.END)
    assert shown() == [4] * 3


def test_play_goes_through_once(page):
    play, slider = one(page, "#play"), one(page, "#frame")
    play.click()
    assert play.text == "Pause"
    seen = set()

    def ended(_) -> bool:
        seen.add(slider.get_attribute("value"))
        return play.text == "Play"

    WebDriverWait(page, 30, poll_frequency=0.1).until(ended)
    assert slider.get_attribute("value") == "4"
    assert len(seen) > 1


def test_values_are_read_with_pointer_and_keys(page, report):
    chart, readout, keys = one(page, ".panel svg"), one(page, ".readout"), ActionChains(page)
    history = (report.parent / "lsgan" / "history.csv").read_text().splitlines()
    column = history[0].split(",").index("critic_loss")
    page.execute_script("arguments[0].focus()", chart)
    for epoch in (1, 2):
        keys.send_keys(Keys.ARROW_RIGHT).perform()
        lines = readout.text.splitlines()
        assert lines[0] == f"epoch {epoch}"
        name, value = lines[1].split()
        assert name == "lsgan"
        assert float(value.replace(",", "")) == pytest.approx(float(history[epoch].split(",")[column]), rel=1e-3)
    assert lines[-1] == "lsgan: <b>pixels</b> at the ends"  # the event, and no markup
    assert one(page, "#spoken").get_attribute("textContent").split() == readout.text.split()
    keys.send_keys(Keys.ESCAPE).perform()
    assert not readout.is_displayed()
    ActionChains(page).move_to_element(chart).perform()
    assert readout.is_displayed()


def test_events_stand_on_the_time_axis(page):
    marks = every(one(page, ".panel"), ".event-of-run title")
    assert [mark.get_attribute("textContent") for mark in marks] == ["lsgan, epoch 2: <b>pixels</b> at the ends"]
    assert "<b>pixels</b> at the ends" in one(page, "table.events").text


def test_controls_and_folded_charts(page):
    page.execute_script("document.getElementById('more').open = true")
    assert len(curves(page, "score_gap")) == 6
    one(page, "[name=validation]").click()
    assert len(curves(page, "score_gap")) == 3
    one(page, "[name=log]").click()
    for axis in ("step", "minutes"):
        Select(one(page, "[name=x]")).select_by_value(axis)
        assert len(curves(page, "critic_loss")) == 3


@pytest.mark.parametrize("width", [1200, 380])
def test_everything_fits_the_screen(page, width):
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500},
    )
    assert page.execute_script("return document.documentElement.scrollWidth") <= width
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
