"""Strings that stations and people may send to whoever looks at them."""

from tests.csms_reference.schemas import CHOSEN

NUL = "" if CHOSEN == "postgresql" else "\x00"
"""Which no text in PostgreSQL can hold."""

ALARM = "window.alarmed=1"

HOSTILE = (
    f"<script>{ALARM}</script>",
    f'"><img src=x onerror={ALARM}>',
    f"' autofocus onfocus='{ALARM}",
    f"</title><svg onload={ALARM}>",
    f"javascript:{ALARM}",
    "{{ 7*7 }}{% raw %}",
    "a\u202egnp.exe\u2066",
    f"bell\x07 null{NUL} del\x7f",
    "zero\u200bwidth\ufeff",
    "مرحبا שלום",
    "Z\u0351\u036b\u0343\u036a" * 8,
    "&lt;b&gt;",
    "../../../etc/passwd?a=1#b",
)

LONG = "W" * 2000
"""Without a place to break."""

UNSEEN = "\u202e\u2066\x07\x00\x7f\u200b\ufeff"
"""What must not reach a page as it is."""
