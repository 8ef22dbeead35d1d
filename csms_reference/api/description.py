"""What the API says of itself in its OpenAPI document, beside what its endpoints say."""

from __future__ import annotations

from typing import Any

from fastapi.routing import APIRoute

SUMMARY = """Start at `GET /v1/` and follow links and forms: docs/api.md says how. Instants are RFC 3339 in UTC,
energy is in Wh, errors are problem details (RFC 9457)."""

TAGS: dict[str, str] = {
    "root": "Where everything begins.",
    "stations": "Charging stations: registered, looked for, changed, removed.",
    "device model": "What 2.x stations told of their variables, monitors, events and customers.",
    "arrangements": "Reservations, remote starts, availability.",
    "smart charging": "Charging profiles, limits of others, what EVs need.",
    "commands": "What stations are asked to do: a resource each, with an end.",
    "campaigns": "One thing at many stations: in waves, at the right time, each station once.",
    "transactions": "Transactions and their meter readings.",
    "sessions": "What people have charged, and where they may; totals, tables.",
    "tokens": "Who may charge, where and when; what stations are told of it.",
    "tariffs": "Prices, whom they are for, what transactions cost.",
    "certificates": "Authorities, certificates, contracts, security events.",
    "files": "Firmware images and updates, logs, uploads.",
    "display and data transfer": "Messages on displays; what vendors' messages are answered.",
    "alerts": "What somebody has to look at, and who does.",
    "events": "Live events, described by `/v1/asyncapi.json`.",
    "accounts": "Owners, people and programs, and what they may do.",
    "figures": "What every process has done and takes; the nodes.",
    "health": "For those who watch over it.",
    "conductor": "A simulation sets the time.",
}


def operation_id(route: APIRoute) -> str:
    """What generated clients call an operation: as the code does."""
    return route.name


def described() -> dict[str, Any]:
    """Arguments of the application that describe it."""
    tags = [{"name": name, "description": text} for name, text in TAGS.items()]
    return {"description": SUMMARY, "openapi_tags": tags, "generate_unique_id_function": operation_id}
