"""The page of two real runs, served by the command and used in Chromium."""

import importlib.util
import json
import shutil
import signal
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from tests.end_to_end.command import ENVIRONMENT, arguments, train
from tfgan_course.cli.main import main

CHROMIUM, DRIVER = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
SECONDS = 120
"""How long the page may take for an answer; a machine that is busy with other tests is slow."""

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER and importlib.util.find_spec("gradio")),
    reason="no Gradio (pip install '.[demo]'), or no Chromium with its driver (Debian: apt-get install chromium "
    "chromium-driver). Not covered: that the demo's page opens, that its buttons draw, walk and translate, that it "
    "asks nothing of another server, and that Ctrl-C ends it",
)


class Served(NamedTuple):
    """A page that is served: its address, its run, and the process."""

    address: str
    run: Path
    process: subprocess.Popen


@pytest.fixture(scope="module")
def serve(tmp_path_factory) -> Iterator[Callable[..., Served]]:
    """Serve the page of a variant; at the end Ctrl-C must end each page without a word of complaint."""
    folder, pages = tmp_path_factory.mktemp("runs"), []

    def serve(variant: str, *options: str) -> Served:
        run = train(folder, variant, "--epochs", "1", "--steps_per_epoch", "2", *options)
        errors = (folder / f"{variant}.errors").open("w")
        environment = ENVIRONMENT | {"TMPDIR": str(folder)}
        process = subprocess.Popen(
            arguments("demo", run), stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
        )
        address = process.stdout.readline().split()[-1]
        pages.append(Served(address, run, process))
        return pages[-1]

    yield serve
    for page in pages:
        page.process.send_signal(signal.SIGINT)
        said, _ = page.process.communicate(timeout=SECONDS)
        assert page.process.returncode == 0
        assert "closed" in said
        assert (folder / f"{page.run.name}.errors").read_text() == ""
    assert not list(folder.glob("tfgan-course-*"))


@pytest.fixture(scope="module")
def drawing(serve) -> Served:
    return serve("cgan")


@pytest.fixture(scope="module")
def translating(serve) -> Served:
    return serve("pix2pix", "--data.condition", "Grayscale", "--data.channels", "3")


@pytest.fixture
def browser(tmp_path_factory) -> Iterator[webdriver.Chrome]:
    """At the end, the page must have logged no error and asked no other server for anything."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (
        *("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking"),
        *("disable-component-update", "disable-sync", f"user-data-dir={tmp_path_factory.mktemp('chromium')}"),
    ):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options, Service(DRIVER))
    browser.set_window_size(1200, 900)
    yield browser
    errors = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = {
        message["params"]["request"]["url"] for message in messages if message["method"] == "Network.requestWillBeSent"
    }
    own = (browser.current_url, "data:", "blob:", "chrome:")
    browser.quit()
    assert errors == []
    assert [url for url in asked if not url.startswith(own)] == []


def until(browser: webdriver.Chrome, true: Callable[[], object]) -> object:
    wait = WebDriverWait(browser, SECONDS, 0.2, [StaleElementReferenceException])
    return wait.until(lambda browser: true())


def every(browser: webdriver.Chrome, selector: str) -> list:
    return [each for each in browser.find_elements(By.CSS_SELECTOR, selector) if each.is_displayed()]


def click(browser: webdriver.Chrome, text: str, kind: str = "button.lg") -> None:
    until(browser, lambda: [each for each in every(browser, kind) if each.text == text])[0].click()


def field(browser: webdriver.Chrome, label: str):
    return until(browser, lambda: every(browser, f"input[aria-label='{label}']"))[0]


def typed(browser: webdriver.Chrome, label: str, text: str) -> None:
    found = field(browser, label)
    found.clear()
    found.send_keys(text)


def pictures(browser: webdriver.Chrome, count: int, *others: str) -> list[str]:
    """Return the addresses of the pictures that are shown, when there are so many, and none of the others."""

    def shown() -> list[str]:
        found = [image.get_attribute("src") for image in every(browser, ".picture img")]
        return found if len(found) == count and not {*found} & {*others} else []

    return until(browser, shown)


def content(address: str) -> bytes:
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address) as file:
        return file.read()


def sample(run: Path, *options: object) -> bytes:
    out = run.parent / "grid.png"
    assert main(["sample", str(run), "--count", "36", *map(str, options), "--out", str(out)]) == 0
    return out.read_bytes()


def test_the_page_draws_what_sample_draws(drawing, browser):
    browser.get(drawing.address)
    (first,) = pictures(browser, 1)
    assert content(first) == sample(drawing.run, "--seed", 0)
    click(browser, "Draw from another seed")
    (other,) = pictures(browser, 1, first)
    seed = int(field(browser, "Seed of the first image").get_attribute("value"))
    assert content(other) == sample(drawing.run, "--seed", seed)
    assert content(other) != content(first)
    typed(browser, "Seed of the first image", "12345")
    field(browser, "Class").click()
    click(browser, "Coat", "[role=option]")
    click(browser, "Draw")
    wanted = sample(drawing.run, "--seed", 12345, "--classes", "Coat")
    until(browser, lambda: content(pictures(browser, 1)[0]) == wanted)


def test_a_walk_is_a_film_and_a_strip_and_a_mistake_is_a_message(drawing, browser):
    browser.get(drawing.address)
    pictures(browser, 1)
    assert [tab.text for tab in every(browser, "[role=tab]")] == ["Draw", "Walk"]
    click(browser, "Walk", "[role=tab]")
    click(browser, "Walk")
    film, strip = pictures(browser, 2)
    assert content(film).startswith(b"GIF89a")
    assert content(strip).startswith(b"\x89PNG")
    typed(browser, "Seed of the last image", "0")
    click(browser, "Walk")
    (said,) = until(browser, lambda: every(browser, "[data-testid=toast-body]"))
    assert "two different seeds" in said.text


def test_a_photo_is_translated_and_a_damaged_one_gives_a_message(translating, browser, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (28, 28, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    (tmp_path / "damaged.png").write_bytes(b"no photo")
    assert (
        main(["translate", str(translating.run), str(tmp_path / "photo.png"), "--out", str(tmp_path / "out.png")]) == 0
    )
    files = {name: str(tmp_path / name) for name in ("photo.png", "damaged.png")}
    browser.get(translating.address)
    until(browser, lambda: every(browser, "button"))
    assert not every(browser, "[role=tab]")
    browser.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(files["photo.png"])
    _, made = pictures(browser, 2)
    assert content(made) == (tmp_path / "out.png").read_bytes()
    browser.get(translating.address)
    until(browser, lambda: every(browser, "button"))
    browser.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(files["damaged.png"])
    (said,) = until(browser, lambda: every(browser, "[data-testid=toast-body]"))
    assert "damaged.png" in said.text
    assert str(translating.run.parent) not in said.text
