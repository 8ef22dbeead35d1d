"""The tables of who may use the API: accounts, what was issued to them, and the keys that sign it.

Secrets that we make ourselves are 256 bits of chance: their SHA-256 is kept (``…_hash``). People's passwords are hashed
with scrypt. ``scopes`` are separated by spaces (RFC 6749 §3.3).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, String, Table, Text

from csms_reference.sealing.columns import Sealed
from csms_reference.store.tables import Identity, Serial, metadata

Hash = String(64)

owners = Table(
    "owners",
    metadata,
    Column("owner", Identity, primary_key=True),
    Column("name", String(255)),
    Column("created_ms", BigInteger, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("username", Identity, primary_key=True),
    Column("password_hash", String(255), nullable=False),
    Column("email", Sealed("users.email")),
    Column("scopes", Text, nullable=False),
    Column("owner", Identity),  # None: everybody's stations
    Column("active", Boolean, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("mark", Hash, nullable=False),  # what tokens issued to it have, until that is revoked
)

clients = Table(
    "clients",
    metadata,
    Column("client", Identity, primary_key=True),
    Column("secret_hash", Hash),  # None: a public client, which acts for people only
    Column("former_hash", Hash),  # of the secret before, and until when that counts, too
    Column("former_until_ms", BigInteger),
    Column("scopes", Text, nullable=False),
    Column("owner", Identity),
    Column("redirect_uris", Text, nullable=False),  # JSON list; empty: it never acts for people
    Column("active", Boolean, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("mark", Hash, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("session_hash", Hash, primary_key=True),
    Column("username", Identity),  # None: who came with the API key
    Column("created_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Index(None, "expires_ms"),
)

authorization_codes = Table(
    "authorization_codes",
    metadata,
    Column("code_hash", Hash, primary_key=True),
    Column("family", Hash, nullable=False),  # of the tokens that it is exchanged for
    Column("client", Identity, nullable=False),
    Column("username", Identity, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("challenge", String(128), nullable=False),  # S256 (RFC 7636 §4.2)
    Column("expires_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
    Index(None, "expires_ms"),
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("token_hash", Hash, primary_key=True),
    Column("family", Hash, nullable=False),  # all that came of one login
    Column("client", Identity, nullable=False),
    Column("username", Identity, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),  # exchanged for its successor, or revoked
    Index(None, "family"),
    Index(None, "expires_ms"),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("kid", Hash, primary_key=True),
    Column("private_key", Sealed("signing_keys.private_key"), nullable=False),  # a JWK as JSON
    Column("created_ms", BigInteger, nullable=False),
    Column("ends_ms", BigInteger),  # it was replaced early: from then on it counts for nothing
)

revocations = Table(
    "revocations",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("mark", Hash, nullable=False),  # of whatever tokens came of: see access.revocation
    Column("since_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),  # then nothing that has it counts anyway
    Index(None, "expires_ms"),
)
