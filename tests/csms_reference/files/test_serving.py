"""Files on real ports: over HTTP, HTTPS and FTPS, by one process and by several."""

import asyncio
import ftplib
import ssl

import httpx
import pytest

from csms_reference.server import lead, start
from csms_reference.settings import Settings, SettingsError
from tests.certificates import Authority

FILE = bytes(range(256)) * 1000


@pytest.mark.parametrize("workers", [1, 2])
async def test_everywhere_at_once(tmp_path, workers):
    authority = Authority(tmp_path)
    pair = authority.issue()
    settings = Settings(
        port=0, api_port=0, public_port=0, public_tls_port=0, ftp_port=0, ftp_password="p/ss",
        tls_cert=str(pair.cert), tls_key=str(pair.key), workers=workers,
        database=f"sqlite:///{tmp_path / 'csms.sqlite'}", files_folder=str(tmp_path / "files"),
    )  # fmt: skip
    serving = await (start(settings) if workers == 1 else lead(settings))
    trusting = ssl.create_default_context(cafile=str(authority.cert))
    try:
        async with httpx.AsyncClient(verify=trusting, trust_env=False) as client:
            api = f"http://127.0.0.1:{serving.api_port}/v1"
            image = (await client.put(f"{api}/firmware/a.bin", content=FILE, params={"sign_with": "ec"})).json()
            assert image["url"].startswith("https://127.0.0.1:")
            assert (await client.get(image["url"])).content == FILE
            assert (await client.get(f"http://127.0.0.1:{serving.public_port}/firmware/a.bin")).content == FILE
            assert (await client.get(f"http://127.0.0.1:{serving.public_port}/stations")).status_code == 404
            offered = (await client.post(f"{api}/uploads", json={"address": "log"})).json()
            assert (await client.put(f"{offered['url']}log.zip", content=FILE)).status_code == 201
            assert (await client.get(f"{api}/uploads/log/content")).content == FILE
    finally:
        await serving.close()


async def test_ftp_with_tls(tmp_path):
    authority = Authority(tmp_path)
    pair = authority.issue()
    settings = Settings(
        port=0, api_port=0, ftp_port=0, tls_cert=str(pair.cert), tls_key=str(pair.key), database="sqlite://",
        ftp_password="p/ss", files_folder=str(tmp_path / "files"),
    )  # fmt: skip
    running = await start(settings)
    try:
        base = running.csms.settings.ftp_base
        assert base.startswith("ftps://station:p%2Fss@127.0.0.1:")
        async with httpx.AsyncClient(trust_env=False) as client:
            await client.put(f"http://127.0.0.1:{running.api_port}/v1/firmware/a.bin", content=FILE)

        def fetch():
            got = []
            with ftplib.FTP_TLS(context=ssl.create_default_context(cafile=str(authority.cert))) as ftp:
                ftp.connect("127.0.0.1", int(base.rpartition(":")[2]), timeout=10)
                ftp.login("station", "p/ss")
                ftp.prot_p()
                ftp.retrbinary("RETR firmware/a.bin", got.append)
            return b"".join(got)

        assert await asyncio.to_thread(fetch) == FILE
    finally:
        await running.close()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"public_tls_port": 0}, "tls_cert"), ({"files_url": "ftp://x"}, "files_url"), ({"files_most_bytes": 0}, "zero")],
)
def test_settings_that_cannot_be(wrong, words):
    with pytest.raises(SettingsError, match=words):
        Settings(**wrong)
