"""Rig files: what is read, and that every mistake names its line and what would be right."""

from pathlib import Path

import pytest

from conformance import rigfile
from conformance.rigfile import BUILT_IN, Kind, Request, Task
from conformance.rigs.responder import OPERATIONS as RESPONDER
from conformance.vocabulary import CSMS, STATION

SOUND = """\
kind: http
url: http://lab:7000/api
headers: {X-Lab: "${LAB}"}
auth: {user: me, password: "${SECRET}"}
timeout_s: 3
operations:
  plug: {method: put, url: "/arm/{evse}", json: {on: true, plug: "{connector}"}, status: [200, 204], result: a.0}
  present: {url: "https://cards/{token}", timeout_s: 9, headers: {X-Lab: other}}
  power_*: {url: /relay, text: "{operation}"}
  unplug: prompt
  fault: [{url: /1}, {url: /2}]
  mend: nobody
others: prompt
prompt: {terminal: no, page: "[::1]:0"}
"""
ENVIRONMENT = {"LAB": "7", "SECRET": "s3cret"}


def parse(text, role=STATION):
    return rigfile.parse(text, role, ENVIRONMENT, "r")


def test_a_sound_rig():
    rig = parse(SOUND)
    assert (rig.kind, rig.asks, rig.ask.terminal, rig.ask.page) == (Kind.HTTP, True, False, ("::1", 0))
    (plug,), (present,) = rig.task("plug"), rig.task("present")
    assert isinstance(plug, Request)
    assert plug.url.text({"evse": 2}) == "http://lab:7000/api/arm/2"
    assert (plug.method, plug.status, plug.result, plug.timeout_s) == ("PUT", {200, 204}, "a.0", 3)
    assert (plug.user, plug.where) == (("me", "s3cret"), "r:7")
    assert (present.url.text({"token": "T"}), present.timeout_s) == ("https://cards/T", 9)
    assert [request.headers["X-Lab"].text({}) for request in (plug, present)] == ["7", "other"]
    assert len(rig.task("power_off")) == 1
    assert [each.url.text({}) for each in rig.task("fault")] == ["http://lab:7000/api/1", "http://lab:7000/api/2"]
    assert [rig.task(name) for name in ("unplug", "mend", "suspend")] == [Task.PROMPT, Task.NOBODY, Task.PROMPT]


def test_what_is_named_most_exactly_counts():
    rig = parse(
        "kind: http\nurl: http://x\noperations:\n  '*': nobody\n  command.*: {url: /any}\n  command.reset: prompt", CSMS
    )
    assert rig.task("command.reset") is Task.PROMPT
    assert len(rig.task("command.unlock")) == 1
    assert rig.task("provision.token") is Task.NOBODY


HTTP = "kind: http\nurl: http://x\noperations:\n  plug: "


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[]", "r: expected a mapping"),
        ("profile: x", "r:1: kind is missing; for a station there are simulated, http, prompt"),
        ("kind: reference", "r:1: kind 'reference'; for a station there are simulated, http, prompt"),
        ("kind: prompt\nurl: x", "r:2: 'url' is unknown; expected one of kind, prompt"),
        ("kind: prompt\nprompt: {terminal: maybe}", "r:2: 'maybe'; expected yes or no"),
        ("kind: prompt\nprompt: {terminal: no}", "r:2: nobody is asked"),
        ("kind: prompt\nprompt: {page: here}", "r:2: 'here' is no place to listen at; expected HOST:PORT"),
        ("kind: simulated\nprofile: ac-99kw", "r:2: profile 'ac-99kw'; expected one of"),
        ("kind: simulated\nsecurity_profile: 4", "r:2: expected a security profile from 0 to 3"),
        ("kind: simulated\nkept: always", "r:2: 'always'; expected yes or no"),
        ("kind: http\nurl: http://x", "r:1: operations is missing"),
        ("kind: http\noperations:\n  plugg: prompt", "r:3: 'plugg' is no operation of a station; did you mean plug?"),
        ("kind: http\noperations:\n  fly.*: prompt", "r:3: 'fly.*' covers no operation of a station"),
        ("kind: http\noperations:\n  plug: prompt\n  plug: prompt", "r:4: 'plug' stands here twice"),
        (HTTP + "somebody", "r:4: 'somebody'; expected a request such as {url: /plug}, a list of them, prompt or nobo"),
        (HTTP + "[]", "r:4: []; expected a request"),
        (HTTP + "[prompt]", "r:4: ['prompt']; expected a request"),
        (HTTP + "{method: PUT}", "r:4: plug has no url"),
        (HTTP + "{url: /x, colour: red}", "r:4: 'colour' is unknown"),
        (HTTP + '{url: "/{token}"}', "r:4: plug has no field token; there are command, connector, evse, fields"),
        (HTTP + '{url: /x, json: {a: ["{card}"]}}', "r:4: plug has no field card"),
        (HTTP + '{url: "/${NONE}"}', "r:4: the environment variable NONE is not set; set it"),
        (HTTP + "{url: /x, method: FLY}", "r:4: method 'FLY'; expected one of GET, POST"),
        (HTTP + "{url: /x, status: ok}", "r:4: 'ok'; expected a status such as 204"),
        (HTTP + "{url: /x, timeout_s: 0}", "r:4: 0; expected seconds"),
        (HTTP + "{url: /x, retries: -1}", "r:4: -1; expected a whole number"),
        (HTTP + "{url: /x, json: {}, text: a}", "r:4: json and text; expected only one"),
        (HTTP + "{url: /x, text: [a]}", "r:4: expected a text"),
        (HTTP + "{url: /x, auth: {user: me}}", "r:4: expected bearer"),
        (HTTP + "{url: /x, ca: none.pem}", "r:4: none.pem: no such file"),
        (HTTP + "{url: ftp://x/}", "r:4: 'ftp://x/' is no HTTP address"),
        ("kind: http\noperations:\n  plug: {url: /x}", "r:3: expected an address such as"),
        ('kind: http\nurl: "http://{evse}"\noperations:\n  plug: {url: /x}', "r:2: there is no field evse"),
        ("kind: [", "r: "),
    ],
)
def test_errors_name_the_line(text, error):
    with pytest.raises(rigfile.RigError) as caught:
        parse(text)
    assert str(caught.value).startswith(error)


@pytest.mark.parametrize(
    ("name", "role"),
    [("reference-api", CSMS), ("by-hand", CSMS), ("by-hand", STATION), ("lab", STATION)],
)
def test_the_rigs_that_come_along_can_be_read(name, role, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert rigfile.load(Path(name), role, {}).kind in Kind
    assert (BUILT_IN / f"{name}.yaml").is_file()


BEYOND = {"provision.contract", "provision.contract_root"}
"""What our CSMS's API cannot do; the rig says so by name."""


def test_every_operation_of_a_csms_goes_through_our_own_api():
    rig = rigfile.load(Path("reference-api"), CSMS, {})
    names = {each.name for each in rigfile.of_role(CSMS)} - set(RESPONDER)
    assert {name for name in names if isinstance(rig.task(name), Task)} == BEYOND <= rig.tasks.keys()


def test_a_missing_file(tmp_path):
    with pytest.raises(rigfile.RigError, match="No such file"):
        rigfile.load(tmp_path / "none.yaml", STATION, {})
