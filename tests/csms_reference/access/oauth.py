"""A CSMS with an issuer, and what programs and people do there."""

import base64
import hashlib
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from csms_reference.access import accounts
from csms_reference.access.scopes import Scope
from csms_reference.store.access_tables import clients, users
from protocol.security import hash_password

BASE = "http://127.0.0.1:9080"
CALLBACK = "https://app.example/back?tenant=1"
PASSWORD = "correct horse battery"
SECRET = "s" * 43
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
OWN = {"Origin": BASE}
SOME = (Scope.STATIONS_READ, Scope.STATIONS_WRITE, Scope.TOKENS_READ)


async def enrol_user(store, username="ada", scopes=SOME, owner=None):
    """Enter a person."""
    columns = {
        "password_hash": hash_password(PASSWORD, salt=bytes(16)),
        "scopes": accounts.written(scopes),
        "owner": owner,
        "active": True,
        "created_ms": 0,
    }
    await store.write(lambda database: accounts.add(database, users, username, **columns))


async def enrol_client(store, name="billing", scopes=SOME, owner=None, *, secret=SECRET, redirect_uris="[]"):
    """Enter a program."""
    columns = {
        "secret_hash": None if secret is None else accounts.digest(secret),
        "scopes": accounts.written(scopes),
        "owner": owner,
        "redirect_uris": redirect_uris,
        "active": True,
        "created_ms": 0,
    }
    await store.write(lambda database: accounts.add(database, clients, name, **columns))


@dataclass
class Program:
    """A client of the issuer."""

    http: object
    name: str = "billing"
    secret: str | None = SECRET

    async def post(self, path, **form):
        """Post a form, with the secret where there is one."""
        auth = None if self.secret is None else (self.name, self.secret)
        if self.secret is None:
            form = {"client_id": self.name, **form}
        return await self.http.post(f"{BASE}/oauth/{path}", data=form, auth=auth)

    async def own(self, **more):
        """A token for itself."""
        return await self.post("token", grant_type="client_credentials", **more)

    def request(self, **more):
        """The URL that a person's browser is sent to; parameters that are None are left out."""
        asked = {
            "response_type": "code",
            "client_id": self.name,
            "redirect_uri": CALLBACK,
            "state": "xyz",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **more,
        }
        return f"{BASE}/oauth/authorize?{urlencode({k: v for k, v in asked.items() if v is not None})}"

    async def login(self, username="ada", password=PASSWORD, headers=None, form=None, **more):
        """What a person's browser is answered."""
        form = {"username": username, "password": password} if form is None else form
        return await self.http.post(self.request(**more), data=form, headers=OWN if headers is None else headers)

    async def code(self, **more):
        """A code."""
        return sent_back(await self.login(**more))["code"]

    async def exchange(self, code, **more):
        """Exchange a code."""
        form = {"code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER, **more}
        return await self.post("token", grant_type="authorization_code", **form)

    async def refresh(self, token, **more):
        """Exchange a refresh token."""
        return await self.post("token", grant_type="refresh_token", refresh_token=token, **more)


def sent_back(answer):
    """What the client learns of a redirect."""
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith(f"{CALLBACK}&")
    told = {name: value for name, (value,) in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    assert told.pop("tenant") == "1"
    assert told.pop("iss") == BASE
    return told


def bearer(token):
    """The header of a token."""
    return {"Authorization": f"Bearer {token}"}
