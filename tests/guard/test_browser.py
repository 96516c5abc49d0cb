"""The page in a real browser: by keyboard, in the dark, without a network; a picture is kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

ARTEFACTS = Path(
    os.environ.get("SCHEMAVER_TEST_ARTEFACTS", Path(__file__).parents[2] / "artefacts")
)


@pytest.fixture
def browser() -> Iterator[Any]:
    """Headless Chromium; skipped with the reason where it is missing, an error with CI=true."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        missing = "Chromium is missing: apt-get install chromium chromium-driver"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "window-size=900,1000"):
        options.add_argument(f"--{argument}")
    # Nothing but this machine can be reached: the page needs no network.
    options.add_argument("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    found = webdriver.Chrome(options, webdriver.ChromeService(driver))
    yield found
    found.quit()


@pytest.fixture
def address(behind: Callable[..., Flask]) -> Iterator[str]:
    """A server of the app that is behind."""
    server = make_server("127.0.0.1", 0, behind(), threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def pictured(browser: Any, name: str, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    ARTEFACTS.mkdir(exist_ok=True)
    assert browser.save_screenshot(str(ARTEFACTS / f"{name}-{scheme}.png"))


def brightness(browser: Any) -> float:
    script = "return getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g)"
    return sum(map(int, browser.execute_script(script)[:3])) / 3


def test_revisions_are_applied_by_keyboard(browser: Any, address: str) -> None:
    """Enter applies, Enter again leads to what was asked for; light and dark are readable."""
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.wait import WebDriverWait

    browser.get(f"{address}/goods")
    pictured(browser, "pending", "light")
    assert brightness(browser) > 200
    pictured(browser, "pending", "dark")
    assert brightness(browser) < 60
    assert browser.switch_to.active_element.text == "Apply 2 revisions"
    summary = browser.find_element("css selector", "summary")
    summary.send_keys(Keys.ENTER)
    assert "CREATE TABLE product" in browser.find_element("css selector", "pre").text
    pictured(browser, "sql", "light")
    browser.find_element("css selector", "button").send_keys(Keys.ENTER)
    wait = WebDriverWait(browser, 20)
    wait.until(lambda now: "Applied" in now.find_element("css selector", "[role=status]").text)
    pictured(browser, "applied", "light")
    pictured(browser, "applied", "dark")
    assert browser.find_element("css selector", "h1").text == "The database is up to date"
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    wait.until(lambda now: now.find_element("css selector", "body").text == "the goods")
    assert browser.current_url == f"{address}/goods"


def test_the_page_breaks_none_of_its_own_rules(browser: Any, address: str) -> None:
    """Nothing is blocked by its policy, it fits a narrow screen, and its parts have names."""
    browser.set_window_size(500, 800)
    browser.get(f"{address}/goods")
    wide = "return document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not browser.execute_script(wide)
    told = [line["message"] for line in browser.get_log("browser")]
    assert [line for line in told if "Content Security" in line] == []
    assert len(browser.find_elements("css selector", "h1")) == 1
    assert browser.find_element("css selector", "section").get_attribute("aria-labelledby")
