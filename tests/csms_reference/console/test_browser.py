"""The console in a real browser, before a real CSMS with a simulated station that charges."""

import json
import os
import subprocess
import sys
from concurrent.futures import Future
from datetime import UTC, datetime
from threading import Thread

import pytest
import yaml
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from sqlalchemy import insert

from csms_reference.services import authorization
from csms_reference.services.authorization import Token
from csms_reference.store import Store
from csms_reference.store.alert_tables import alerts
from csms_reference.store.certificate_tables import security_events
from csms_reference.store.tables import connectors, events, stations, transactions, variables
from tests.csms_reference.console.hostile import HOSTILE, LONG, UNSEEN

FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-sync "
    "--disable-component-update --disable-dev-shm-usage --proxy-server=direct://"
)
PHONE, DESK = (390, 844), (1280, 900)
SPELL = [*HOSTILE, LONG]


def haunted(database):
    """Stations whose every word is hostile."""
    for number, words in enumerate(SPELL):
        name = f"CP-{number:02}"
        make = dict.fromkeys(("vendor", "model", "serial", "firmware", "boot_reason"), words)
        database.execute(
            insert(stations).values(station=name, registration="Accepted", created_ms=0, version="2.0.1", **make)
        )
        place = {"station": name, "evse": 1, "connector": 1}
        database.execute(insert(connectors).values(**place, status=words, error_code=words, received_ms=0))
        running = {"transaction_id": words[:64], "version": "2.0.1", "state": "Active", "evse": 1, "complete": False}
        database.execute(insert(transactions).values(
            station=name, **running, holder=words, id_token=words, charging_state=words, stop_reason=words,
            started_ms=0, offline=False, has_start=True, has_end=False, seen="[]", gaps="[]", flags="[]", ranks="{}",
            received_ms=0, last_ms=round(datetime.now(UTC).timestamp() * 1000),  # or it is over soon
        ))  # fmt: skip
        told = {"type": words, "tech_info": words, "from_station": True, "received_ms": 0}
        database.execute(insert(security_events).values(station=name, **told))
        named = {"component": words, "component_instance": words, "evse": 1, "connector": 0}
        variable = {"variable": words, "variable_instance": words, "attribute": "Actual", "mutability": "ReadWrite"}
        database.execute(insert(variables).values(
            station=name, **named, **variable, value=words, data_type="OptionList", values_list=f"{words},x",
            request_id=0, reported_ms=0,
        ))  # fmt: skip
        database.execute(insert(events).values(
            station=name, **named, variable=words, variable_instance="", event_id=1, said_at="", received_ms=0,
            trigger=words, notification_type=words, value=words, cleared=False, tech_info=words,
        ))  # fmt: skip
        authorization.put(database, Token(words, group_id=words))
        about = {"key": name, "kind": "Fault", "reason": words[:50], "severity": "Major", "state": "Acknowledged"}
        said = {
            "acknowledged_by": words[:255],
            "acknowledged_ms": 0,
            "note": words,
            "details": json.dumps({words: words}),
        }
        times = {"since_ms": 0, "raised_ms": 0, "last_ms": 0, "times": 2}
        database.execute(
            insert(alerts).values(station=name, evse=1, transaction_id=words[:64], **about, **said, **times)
        )


@pytest.fixture(scope="module")
def csms(tmp_path_factory):
    """The ports of a CSMS that is a process of its own."""
    folder = tmp_path_factory.mktemp("csms")
    database = f"sqlite:///{folder}/csms.sqlite"
    store = Store.open(database)
    with store.engine.begin() as connection:
        haunted(connection)
    store.close()
    chosen = {"port": 0, "api_port": 0, "database": database, "files_folder": f"{folder}/files"}
    (folder / "csms.yaml").write_text(yaml.safe_dump({**chosen, "accept_unknown_tokens": True}))
    with running([sys.executable, "-m", "csms_reference", str(folder / "csms.yaml")]) as process:
        yield json.loads(process.stdout.readline())


class running(subprocess.Popen):  # noqa: N801 -- read as a word
    """A program that ends with the block."""

    def __init__(self, command):
        super().__init__(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ)

    def say(self, *lines):
        self.stdin.write("".join(f"{line}\n" for line in lines))
        self.stdin.flush()

    def told(self, word):
        """Wait for a line with this word, and have the rest read by somebody else."""
        found = Future()

        def read():
            for line in self.stdout:
                if word in line and not found.done():
                    found.set_result(line)

        Thread(target=read, daemon=True).start()
        return found.result(30)

    def __exit__(self, *problem):
        self.terminate()
        self.wait(20)
        super().__exit__(*problem)


@pytest.fixture(scope="module")
def chrome(require_service, tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = str(require_service("chromium"))
    for flag in (*FLAGS.split(), f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(require_service("chromedriver"))))
    yield driver
    driver.quit()


class Screen:
    """A browser at one console."""

    def __init__(self, driver, port):
        self.driver, self.base = driver, f"http://127.0.0.1:{port}/console"

    def open(self, path, size=DESK):
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 700}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.driver.get(self.base + path)
        self.until(lambda: self.run("return document.documentElement.dataset.ready") == "yes")

    def run(self, script):
        return self.driver.execute_script(script)

    def until(self, condition):
        return WebDriverWait(self.driver, 30, 0.05).until(lambda _: condition())

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.run(f"return document.querySelector({selector!r})?.innerText ?? ''")

    def complaints(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]


@pytest.fixture
def screen(chrome, csms):
    return Screen(chrome, csms["api"])


@pytest.fixture
def station(csms):
    """A simulated station that is registered."""
    url = f"ws://127.0.0.1:{csms['ocpp']}/"
    command = ["-m", "chargebench", "station", url, "--id", "LIVE-1", "--profile", "lab-dc", "--no-frames"]
    with running([sys.executable, *command]) as process:
        process.told("Registered")
        yield process


@pytest.mark.timeout(120)
def test_a_station_charges_before_ones_eyes(screen, station):
    screen.open("/stations/LIVE-1")
    screen.until(lambda: screen.text("#pulse") == "Live")
    screen.run("window.marker = 'still the same page'")
    station.say("plug", "present CARD-1")
    screen.until(lambda: "Occupied" in screen.text(".evses"))
    screen.until(lambda: "CARD-1" in screen.text(".evses"))
    assert screen.run("return window.marker") == "still the same page"

    screen.open("/stations/LIVE-1/commands?command=set_variables")
    screen.find("[name=values]").send_keys("SampledDataCtrlr.TxUpdatedInterval = 1")
    screen.find("button.main").click()
    screen.until(lambda: "Accepted" in screen.text(".orders li"))

    screen.open("/stations/LIVE-1")
    screen.run("window.marker = 'still the same page'")
    first = screen.until(lambda: screen.text(".power .value"))
    screen.until(lambda: screen.text(".power .value") not in ("", first))
    screen.find(".evse button.danger").click()
    screen.until(lambda: "Remote stop" in screen.text(".orders"))
    screen.until(lambda: "CARD-1" not in screen.text(".evses"))
    assert screen.complaints() == []


def check(screen, path, size):
    """Nothing ran, nothing is there that we did not make, and nothing is wider than the screen."""
    screen.open(path, size)
    assert screen.run("return window.alarmed") is None, path
    found = "img, iframe, object, style, [style], script:not([src]), [onerror], [onload], [onfocus], [autofocus]"
    assert screen.run(f"return document.querySelectorAll({found!r}).length") == 0, path
    assert screen.run("return document.documentElement.scrollWidth") <= size[0], (path, size)
    assert not set(screen.run("return document.documentElement.outerHTML")) & set(UNSEEN), path
    outside = "return [...document.links].filter(each => each.origin !== location.origin).length"
    assert screen.run(outside) == 0, path


@pytest.mark.timeout(120)
def test_hostile_words_do_nothing_but_stand_there(screen):
    screen.driver.execute_cdp_cmd("Page.enable", {})
    screen.driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})  # only the escaping is left to rely on
    names = [f"/stations/CP-{number:02}" for number in range(len(SPELL))]
    for path in ("/", "/transactions", "/sessions", "/tokens", "/alerts", *names):
        check(screen, path, DESK)
    for path in (
        "/",
        "/transactions",
        "/sessions",
        "/sessions/t1",
        "/tokens",
        "/alerts",
        *(f"{names[-1]}{rest}" for rest in ("", "/device", "/security")),
    ):
        check(screen, path, PHONE)
    for path in (f"{name}{rest}" for name in names[:4] for rest in ("/device", "/security")):
        check(screen, path, DESK)
    screen.open(f"{names[0]}/device")
    assert HOSTILE[0] in screen.text(".variables")
    screen.driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": False})
    assert screen.complaints() == []


@pytest.mark.timeout(60)
def test_an_alert_is_acknowledged_and_the_number_beside_its_link_goes_down(screen):
    screen.open("/alerts?state=Raised&station=CP-03&kind=Fault")
    screen.until(lambda: screen.text("tr.row"))
    badge = "return Number(document.querySelector('.badge')?.textContent)"
    before = screen.run(badge)
    screen.find("tr.row summary").click()
    note = screen.find("tr.row input[name=note]")
    note.send_keys("on my way")
    note.submit()
    screen.until(lambda: "No alert fits" in screen.text("main"))
    assert screen.run(badge) == before - 1
    screen.open("/alerts?state=Acknowledged&station=CP-03")
    assert "on my way" in screen.text("main")


@pytest.mark.timeout(60)
def test_what_somebody_is_typing_stays_when_the_page_is_looked_at_again(screen):
    screen.open("/alerts?state=Raised&station=CP-04&kind=Fault")
    screen.until(lambda: screen.text("tr.row"))
    screen.run("document.querySelector('footer time').setAttribute('datetime', '')")
    screen.find("tr.row summary").click()
    note = screen.find("tr.row input[name=note]")
    note.send_keys("half a ")
    screen.run("dispatchEvent(new Event('pagehide')); dispatchEvent(new Event('pageshow'))")  # it looks anew
    screen.until(lambda: screen.run("return document.querySelector('footer time').getAttribute('datetime')"))
    note.send_keys("note")
    assert screen.run("return document.querySelector('tr.row input[name=note]').value") == "half a note"


@pytest.mark.timeout(60)
def test_a_campaign_goes_on_before_ones_eyes(screen, station):
    screen.open("/campaigns")
    for name, given in (("name", "<b>Caches</b>"), ("stations", "LIVE-1"), ("command", "Clear cache")):
        screen.find(f"form[method=post] [name={name}]").send_keys(given)
    screen.find("button.main").click()
    screen.until(lambda: "Draft" in screen.text(".head"))
    assert "<b>Caches</b>" in screen.text("h1")
    screen.find("#move-start button").click()
    screen.until(lambda: "Completed" in screen.text(".head"))
    screen.until(lambda: "Succeeded" in screen.text("[data-region=stations]"))
    assert screen.run("return document.querySelectorAll('.bar rect.t-good').length") == 1
    assert screen.complaints() == []
    for path in ("/campaigns", "/campaigns/1"):
        check(screen, path, PHONE)


@pytest.mark.timeout(60)
def test_everything_can_be_reached_by_keyboard_and_read_without_a_script(screen):
    screen.open("/")
    screen.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    screen.driver.get(f"{screen.base}/?text=CP-00")
    screen.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    assert [each.text for each in screen.driver.find_elements(By.CSS_SELECTOR, ".who a")] == ["CP-00"]
    reached = []
    for _ in range(20):
        screen.driver.switch_to.active_element.send_keys("\ue004")
        reached.append(screen.run("return document.activeElement.name || document.activeElement.innerText"))
    assert reached[0] == "To the content"
    for wanted in ("Fleet", "Transactions", "Tokens", "text", "link", "state", "version", "Filter", "CP-00"):
        assert any(wanted in each for each in reached), (wanted, reached)
