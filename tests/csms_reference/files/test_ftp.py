"""The FTP server: images to read, one folder to leave files in, nothing else."""

import ftplib
import io
import ssl
import sys

import pytest

from csms_reference.files.ftp import Account, FtpServer, NoFtp
from tests.certificates import Authority

WHO = Account("station", "secret")


@pytest.fixture
def server(tmp_path):
    found = FtpServer(tmp_path / "shared", WHO, host="127.0.0.1", port=0)
    (tmp_path / "shared" / "firmware" / "a.bin").write_bytes(b"image")
    yield found
    found.stop()


def client(server):
    ftp = ftplib.FTP()
    ftp.connect("127.0.0.1", server.port, timeout=10)
    ftp.login(WHO.user, WHO.password)
    return ftp


def test_images_are_read_and_files_left(server, tmp_path):
    with client(server) as ftp:
        got = []
        ftp.retrbinary("RETR firmware/a.bin", got.append)
        assert b"".join(got) == b"image"
        ftp.storbinary("STOR left/log.zip", io.BytesIO(b"log"))
        with pytest.raises(ftplib.error_perm):  # all stations are one user: none reads what another has left
            ftp.retrbinary("RETR left/log.zip", got.append)
        for command in ("DELE firmware/a.bin", "DELE left/log.zip", "RNFR firmware/a.bin"):
            with pytest.raises(ftplib.error_perm):
                ftp.voidcmd(command)
        for name in ("firmware/b.bin", "../x", "x"):
            with pytest.raises(ftplib.error_perm):
                ftp.storbinary(f"STOR {name}", io.BytesIO(b"x"))
    assert (tmp_path / "shared" / "left" / "log.zip").read_bytes() == b"log"


def test_a_wrong_password(server, monkeypatch):
    monkeypatch.setattr("pyftpdlib.handlers.FTPHandler.auth_failed_timeout", 0)  # who guesses waits for 3 s
    ftp = ftplib.FTP()
    ftp.connect("127.0.0.1", server.port, timeout=10)
    with pytest.raises(ftplib.error_perm):
        ftp.login(WHO.user, "wrong")
    ftp.close()


def test_with_a_certificate_it_takes_tls(tmp_path):
    authority = Authority(tmp_path)
    pair = authority.issue()
    server = FtpServer(
        tmp_path / "shared", WHO, host="127.0.0.1", port=0, tls=(str(pair.cert), str(pair.key))
    )  # fmt: skip
    try:
        plain = ftplib.FTP()
        plain.connect("127.0.0.1", server.port, timeout=10)
        with pytest.raises(ftplib.error_perm):
            plain.login(WHO.user, WHO.password)
        plain.close()
        context = ssl.create_default_context(cafile=str(authority.cert))
        with ftplib.FTP_TLS(context=context) as ftp:
            ftp.connect("127.0.0.1", server.port, timeout=10)
            ftp.login(WHO.user, WHO.password)
            ftp.prot_p()
            ftp.storbinary("STOR left/log.zip", io.BytesIO(b"log"))
    finally:
        server.stop()
    assert (tmp_path / "shared" / "left" / "log.zip").read_bytes() == b"log"


def test_without_the_extra_it_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyftpdlib", None)
    with pytest.raises(NoFtp, match="ftp"):
        FtpServer(tmp_path, WHO, host="127.0.0.1", port=0)
