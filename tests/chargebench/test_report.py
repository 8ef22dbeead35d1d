"""Signing and verifying a run from the command line."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chargebench.cli import app
from reports import render
from tests.reports.made_certification import made


def said(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["report", *map(str, words)], standalone_mode=False)
    code = done.return_value if isinstance(done.return_value, int) else done.exit_code
    return code, done.output + (str(done.exception) if done.exception else "")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    made(tmp_path / "run")
    render(tmp_path / "run")
    return tmp_path / "run"


def public(key: Path) -> Path:
    path = key.with_suffix(".pub")
    subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", path], check=True)
    return path


def test_a_run_is_signed_handed_over_and_verified(run: Path, tmp_path: Path) -> None:
    code, text = said("sign", run, "--key", tmp_path / "mine.pem", "--new")
    assert (code, "signed by" in text) == (0, True)
    code, text = said("verify", run)
    assert (code, "only you can tell" in text) == (0, True)
    code, text = said("verify", run, "--key", public(tmp_path / "mine.pem"))
    assert (code, text.splitlines()[-1]) == (0, "it is what was signed")


def test_a_run_that_was_changed_does_not_verify(run: Path, tmp_path: Path) -> None:
    said("sign", run, "--key", tmp_path / "mine.pem", "--new")
    (run / "run.json").write_text((run / "run.json").read_text().replace('"fail"', '"pass"'))
    (run / "events.jsonl").unlink()
    (run / "more.txt").write_text("mine")
    code, text = said("verify", run)
    assert code == 1
    assert text.splitlines()[1:] == ["changed since: run.json", "gone since: events.jsonl", "not signed: more.txt"]


def test_another_signer_does_not_verify(run: Path, tmp_path: Path) -> None:
    said("sign", run, "--key", tmp_path / "mine.pem", "--new")
    said("sign", run, "--key", tmp_path / "other.pem", "--new")
    code, text = said("verify", run, "--key", public(tmp_path / "mine.pem"))
    assert (code, "another key signed it" in text) == (1, True)


def test_a_key_is_never_overwritten(run: Path, tmp_path: Path) -> None:
    said("sign", run, "--key", tmp_path / "mine.pem", "--new")
    before = (tmp_path / "mine.pem").read_bytes()
    _, text = said("sign", run, "--key", tmp_path / "mine.pem", "--new")
    assert "File exists" in text
    assert (tmp_path / "mine.pem").read_bytes() == before


def test_the_word_write_may_be_left_out(run: Path) -> None:
    (run / "report.html").unlink()
    code, text = said(run)
    assert (code, str(run / "certificate.json") in text.replace("\n", "")) == (0, True)
    assert (run / "report.html").exists()
    assert said("write", run) == (code, text)
