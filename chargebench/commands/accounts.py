"""``chargebench csms client|user|owner|signing-key``: who may use a CSMS's API, straight in its database."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chargebench.errors import Unusable
from csms_reference.settings import Settings

if TYPE_CHECKING:
    from csms_reference.access.scopes import Scope

client = typer.Typer(name="client", help="Programs that may use the API.", no_args_is_help=True)
user = typer.Typer(name="user", help="People who may use the API and the console.", no_args_is_help=True)
owner = typer.Typer(name="owner", help="Whose stations there are.", no_args_is_help=True)
signing_key = typer.Typer(name="signing-key", help="What signs access tokens.", no_args_is_help=True)
GROUPS = (client, user, owner, signing_key)

MONTH_S = 30 * 24 * 3600

SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="YAML file with the CSMS's settings: database (default: none).")
]
Database = Annotated[
    str | None, typer.Option(help="Path of a SQLite file, or an SQLAlchemy URL (default: csms.sqlite).")
]
Scopes = Annotated[list[str], typer.Option("--scope", help="What it may do, such as stations:read; all: everything.")]
Owner = Annotated[
    str | None, typer.Option("--owner", help="Whose stations alone it may see and use (default: everybody's).")
]


@client.command("add")
def add_client(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its client_id.")],
    scope: Scopes,
    of: Owner = None,
    redirect_uri: Annotated[
        list[str], typer.Option(help="Where people are sent back to that it acts for (default: it acts for nobody).")
    ] = [],  # noqa: B006 -- Typer copies it
    public: Annotated[bool, typer.Option("--public", help="It can keep no secret, as an app cannot.")] = False,
    settings: SettingsFile = None,
    database: Database = None,
) -> None:
    """Enter a program that may use a CSMS's API, and show its secret this once. The CSMS may run meanwhile.

    [bold]Examples[/bold]

    chargebench csms client add billing --scope transactions:read --scope stations:read

    chargebench csms client add app --public --scope all --redirect-uri com.example.app:/back --owner north
    """
    from csms_reference.access.enrolment import CLIENT, of_client, redirect_fault
    from csms_reference.store.access_tables import clients

    if fault := next(filter(None, map(redirect_fault, redirect_uri)), None):
        raise Unusable(f"--redirect-uri: {fault}")
    _named("NAME", name, CLIENT)
    if public and not redirect_uri:
        raise Unusable("--public: it acts for people only, and they have to be sent back somewhere: --redirect-uri")
    columns, secret = of_client(_draw(), _scopes(scope), of, _now_ms(), redirect_uris=redirect_uri, public=public)
    _enter(clients, name, columns, settings, database)
    typer.echo(f"client_id: {name}")
    if secret is not None:
        typer.echo(f"client_secret: {secret}")


@user.command("add")
def add_user(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The user name.")],
    scope: Scopes,
    of: Owner = None,
    email: Annotated[str | None, typer.Option(help="The e-mail address (default: none).")] = None,
    settings: SettingsFile = None,
    database: Database = None,
) -> None:
    """Enter a person who may use a CSMS's API and console, and show the password this once. The CSMS may run meanwhile.

    [bold]Examples[/bold]

    chargebench csms user add ada --scope all

    chargebench csms user add bob --scope stations:read --owner north --email bob@example.org
    """
    from csms_reference.access.enrolment import USERNAME, of_user
    from csms_reference.store.access_tables import users

    _named("NAME", name, USERNAME)
    columns, password = of_user(_draw(), _scopes(scope), of, _now_ms(), email=email)
    _enter(users, name, columns, settings, database)
    typer.echo(f"user name: {name}")
    typer.echo(f"password: {password}")


@owner.command("add")
def add_owner(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the owner is called where it is referred to.")],
    full_name: Annotated[str | None, typer.Option(help="What people call it (default: none).")] = None,
    settings: SettingsFile = None,
    database: Database = None,
) -> None:
    """Enter an owner of stations. The CSMS may run meanwhile.

    [bold]Example[/bold]

    chargebench csms owner add north --full-name "Northern Charging Ltd"
    """
    from csms_reference.access.enrolment import OWNER
    from csms_reference.store.access_tables import owners

    _named("NAME", name, OWNER)
    _enter(owners, name, {"name": full_name, "created_ms": _now_ms()}, settings, database)
    typer.echo(f"owner: {name}")


@client.command("secret")
def replace_secret(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its client_id.")],
    overlap: Annotated[
        int, typer.Option(help="For how many seconds the old secret counts, too.", min=0, max=MONTH_S)
    ] = 0,
    settings: SettingsFile = None,
    database: Database = None,
) -> None:
    """Draw another secret for a program, and show it this once. The CSMS may run meanwhile.

    Without an overlap all that it got with the old one ends within a second.

    [bold]Example[/bold]

    chargebench csms client secret billing --overlap 86400
    """
    from csms_reference.access import accounts
    from csms_reference.store.access_tables import clients

    secret = _draw().secret()

    def write(connection: Any) -> None:
        row = _known(connection, clients, name)
        if row.secret_hash is None:
            raise Unusable(f"{name} is public and has no secret")
        accounts.replace_secret(connection, name, _now_ms(), accounts.digest(secret), overlap * 1000)

    _write(write, settings, database)
    typer.echo(f"client_secret: {secret}")


@user.command("password")
def replace_password(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The user name.")],
    settings: SettingsFile = None,
    database: Database = None,
) -> None:
    """Draw another password for a person, and show it this once. They are logged out everywhere within a second.

    [bold]Example[/bold]

    chargebench csms user password ada
    """
    from csms_reference.access import accounts, enrolment
    from csms_reference.store.access_tables import users

    password = _draw().secret()
    hashed = enrolment.hashed(_draw(), password)

    def write(connection: Any) -> None:
        _known(connection, users, name)
        accounts.change(connection, users, name, _now_ms(), password_hash=hashed)

    _write(write, settings, database)
    typer.echo(f"password: {password}")


def _remover(kind: str) -> Callable[..., None]:
    def remove(
        name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called.")],
        settings: SettingsFile = None,
        database: Database = None,
    ) -> None:
        from csms_reference.access import accounts
        from csms_reference.store import access_tables

        table = getattr(access_tables, kind)

        def write(connection: Any) -> None:
            _known(connection, table, name)
            accounts.remove(connection, table, name, _now_ms())

        _write(write, settings, database)
        typer.echo(f"removed: {name}")

    return remove


client.command("remove", help="Forget a program. Its tokens end within a second.")(_remover("clients"))
user.command("remove", help="Forget a person. Their tokens and sessions end within a second.")(_remover("users"))


@signing_key.command("rotate")
def rotate_signing_key(
    grace: Annotated[
        int, typer.Option(help="For how many seconds the old keys, and what they signed, count on.", min=0, max=3600)
    ] = 0,
    settings: SettingsFile = None,
    database: Database = None,
) -> None:
    """Have another key sign access tokens from now on, as after a leak. The CSMS may run meanwhile.

    Without a grace every access token so far ends within a second. Refresh tokens and sessions stay.

    [bold]Example[/bold]

    chargebench csms signing-key rotate --settings csms.yaml
    """
    from csms_reference.access import keys

    made: list[str] = []

    def write(connection: Any) -> None:
        made.append(str(keys.rotate(connection, _now_ms(), grace_ms=grace * 1000).kid))

    _write(write, settings, database)
    typer.echo(f"kid: {made[-1]}")


def _known(connection: Any, kind: Any, name: str) -> Any:
    """An account. Raises Unusable."""
    from csms_reference.access import accounts

    row = accounts.find(connection, kind, name)
    if row is None:
        raise Unusable(f"there is no {kind.name[:-1]} {name!r}")
    return row


def _enter(kind: Any, name: str, columns: Mapping[str, Any], settings: Path | None, database: str | None) -> None:
    from csms_reference.access import accounts
    from csms_reference.store.access_tables import owners

    def write(connection: Any) -> None:
        named = columns.get("owner")
        if named is not None and accounts.find(connection, owners, named) is None:
            raise Unusable(f"there is no owner {named!r}; chargebench csms owner add enters one")
        if not accounts.add(connection, kind, name, **columns):
            raise Unusable(f"there is a {kind.name[:-1]} {name!r} already")

    _write(write, settings, database)


def _write(write: Callable[[Any], None], settings: Path | None, database: str | None) -> None:
    """Change the database of a CSMS."""
    from chargebench.commands.csms import database_url
    from csms_reference.store import Store

    chosen: dict[str, Any] = {} if database is None else {"database": database_url(database)}
    effective = Settings.load(settings, **chosen) if settings else replace(Settings(), **chosen)
    store = Store.open(effective.database, keys_file=effective.keys_file)
    try:
        asyncio.run(store.write(write))
    finally:
        store.close()


def _scopes(words: list[str]) -> frozenset[Scope]:
    from csms_reference.access.scopes import EVERY_SCOPE, Scope

    if "all" in words:
        return EVERY_SCOPE
    known = {scope.value: scope for scope in Scope}
    if unknown := [word for word in words if word not in known]:
        raise Unusable(f"--scope: {unknown[0]!r} is none of all, {', '.join(known)}")
    return frozenset(known[word] for word in words)


def _named(what: str, name: str, pattern: str) -> None:
    if re.fullmatch(pattern, name) is None:
        raise Unusable(f"{what}: {name!r} does not look like {pattern}")


def _draw() -> Any:
    from csms_reference.access.enrolment import Draw
    from csms_reference.process import fresh_salt, fresh_secret

    return Draw(fresh_secret, fresh_salt)


def _now_ms() -> int:
    from csms_reference.instants import to_ms
    from csms_reference.process import wall

    return to_ms(wall())
