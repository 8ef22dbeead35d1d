"""For every room: services outside Python, garbage, errors that nobody took, and how property tests draw."""

import gc
import logging
import os
import shutil
from base64 import b64encode
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from hypothesis import settings

MUST_HAVE_SERVICES = "CHARGEBENCH_REQUIRE_SERVICES"
os.environ.setdefault("CHARGEBENCH_CSMS_KEYS", f"1:{b64encode(b'tests'.ljust(32)).decode()}")
"""For the databases of tests and of the processes that they start: a server's need keys that somebody gives."""


# --- services -------------------------------------------------------------------------------------------------


def find_postgres() -> str | None:
    """Debian keeps the server beside, not on, the PATH."""
    beside = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return shutil.which("postgres") or (str(beside[-1]) if beside else None)


# name: (how to find its program, the Debian package that brings it; .ci/run installs that)
SERVICES: dict[str, tuple[Callable[[], str | None], str]] = {
    "chromium": (lambda: shutil.which("chromium") or shutil.which("chromium-browser"), "chromium"),
    "chromedriver": (lambda: shutil.which("chromedriver"), "chromium-driver"),
    "postgresql": (find_postgres, "postgresql"),
    "certtool": (lambda: shutil.which("certtool"), "gnutls-bin"),
    "ocsptool": (lambda: shutil.which("ocsptool"), "gnutls-bin"),
    "openssl": (lambda: shutil.which("openssl"), "openssl"),
    "redis": (lambda: shutil.which("redis-server"), "redis-server"),
}


@pytest.fixture(scope="session")
def services() -> dict[str, tuple[Callable[[], str | None], str]]:
    """Every service that a test may ask for."""
    return SERVICES


@pytest.fixture(scope="session")
def require_service() -> Callable[[str], Path]:
    """The path of a service's program; where it is missing the test is skipped, or fails if services are a must."""

    def require(name: str) -> Path:
        find, package = SERVICES[name]
        if program := find():
            return Path(program)
        reason = f"{name} is not installed (Debian package {package})"
        if os.environ.get(MUST_HAVE_SERVICES) == "1":
            pytest.fail(f"{reason}, and {MUST_HAVE_SERVICES}=1 forbids to skip", pytrace=False)
        pytest.skip(reason)

    return require


@pytest.fixture(scope="session", autouse=True)
def unforced_disk() -> Generator[None]:
    """Force nothing to the disk: no test cuts the power, and each of 2,000 run directories would wait five times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


# --- garbage --------------------------------------------------------------------------------------------------

# By default the collector looks at 17,000 tests and all modules again and again: half of collecting, a sixth of a run.
gc.set_threshold(10_000, 20, 20)


def pytest_collection_finish() -> None:
    """Modules and tests are never garbage: take them out of the collector's sight."""
    gc.collect()
    gc.freeze()


# --- errors that nobody took ----------------------------------------------------------------------------------

NOBODY_TOOK = ("Task exception was never", "Future exception was never", "Task was destroyed", "Exception in callback")


class Untaken(logging.Handler):
    """Keeps what asyncio only logs: exceptions that no one awaited, tasks that no one ended."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if text.startswith(NOBODY_TOOK):
            error = record.exc_info[1] if record.exc_info else None
            self.texts.append(f"{text}\n{error!r}" if error else text)


UNTAKEN = Untaken()
logging.getLogger("asyncio").addHandler(UNTAKEN)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Fail the test during which asyncio logged such an error; its fixtures have ended by then."""
    result = yield
    texts, UNTAKEN.texts = UNTAKEN.texts, []
    if texts:
        pytest.fail("\n".join(texts), pytrace=False)
    return result


# --- property tests -------------------------------------------------------------------------------------------

# No deadlines: a busy machine is not a bug. On the build machine the same commit draws the same examples.
settings.register_profile("explore", deadline=None)
settings.register_profile("hunt", deadline=None, max_examples=20_000)  # pytest --hypothesis-profile=hunt
settings.register_profile("repeatable", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("repeatable" if os.environ.get("CI") or os.environ.get(MUST_HAVE_SERVICES) else "explore")
