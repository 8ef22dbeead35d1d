"""Settings come from YAML, and a wrong one is named."""

import pytest

from csms_reference.settings import ClockKind, Settings, SettingsError, UnknownStations


def test_a_file(tmp_path):
    file = tmp_path / "csms.yaml"
    file.write_text("port: 0\nclock: simulated\nversions: ['2.0.1']\nunknown_stations: refuse\ncall_timeout_s: 5\n")
    settings = Settings.load(file, api_port=1)
    assert (settings.port, settings.api_port, settings.clock) == (0, 1, ClockKind.SIMULATED)
    assert (settings.spoken[0].name, settings.unknown_stations) == ("2.0.1", UnknownStations.REFUSE)


def test_an_empty_file_is_the_defaults(tmp_path):
    (tmp_path / "csms.yaml").write_text("")
    assert Settings.load(tmp_path / "csms.yaml") == Settings()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("prot: 1", "unknown setting 'prot'"),
        ("port: many", "port: 'many' is not of the kind int"),
        ("port: true", "port: True is not of the kind int"),
        ("clock: lunar", "clock: 'lunar' is none of real, simulated"),
        ("versions: ['3.0']", "'3.0' is no OCPP version"),
        ("versions: 1.6", "versions: 1.6 is no list"),
        ("tls_cert: a.pem", "tls_cert and tls_key belong together"),
        ("heartbeat_s: 0", "heartbeat_s: 0 is not above zero"),
        ("workers: 0", "workers: 0 is not above zero"),
        ("connections_max: 0", "connections_max: 0 is not above zero"),
        ("transport: fat", "transport: 'fat' is none of auto, websockets, lean"),
        ("workers: 2\nclock: simulated", "needs workers: 1"),
        ("- 1", "expected a mapping"),
        ("a: [", "while parsing"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, why):
    file = tmp_path / "csms.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        Settings.load(file)
    assert str(file) in str(caught.value)
    assert why in str(caught.value)


def test_a_missing_file(tmp_path):
    with pytest.raises(SettingsError, match="No such file"):
        Settings.load(tmp_path / "none.yaml")


def test_secrets_are_not_shown():
    assert "hush" not in repr(Settings(api_key="hush", transaction_secret="hush"))


def test_what_workers_keep_to_is_what_was_set_for_all():
    whole = Settings(
        workers=4, accepts_per_s=500, accepts_burst=2000, failed_logins_per_minute=6, failed_logins_burst=5, port=7
    )
    share = whole.share
    assert (share.accepts_per_s, share.accepts_burst) == (125, 500)
    assert (share.failed_logins_per_minute, share.failed_logins_burst) == (1.5, 1)
    assert (share.short_links_per_minute, share.short_links_burst) == (3, 5)
    assert Settings(workers=4, short_links_burst=0).share.short_links_burst == 0
    assert [Settings(workers=4, short_links_burst=few).share.short_links_burst for few in (3, 12, 40)] == [3, 5, 10]
    assert (share.workers, share.port, share.calls_per_s) == (4, 7, whole.calls_per_s)
    assert Settings(workers=4, accepts_per_s=0, accepts_burst=0, failed_logins_burst=1).share.accepts_per_s == 0
    assert Settings().share == Settings()


def test_a_queue_of_the_largest_fleet_has_a_turn_for_everybody():
    assert Settings().retry_max_s * Settings().accepts_per_s >= 250_000
