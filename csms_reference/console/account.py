"""Who is signed in, and another password for people."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from csms_reference.access.enrolment import PASSWORD_LEAST
from csms_reference.access.principal import username_of
from csms_reference.api.account import replace_password
from csms_reference.console.desk import Asked, Page

LONGEST = 255


async def _show(asked: Asked, wrong: str = "", status: int = 200) -> Response:
    return asked.page("account.html.j2", status, person=username_of(asked.who), least=PASSWORD_LEAST, wrong=wrong)


async def overview(asked: Asked) -> Response:
    """Who somebody is here, what they may do, and a form for another password."""
    return await _show(asked)


async def choose_password(asked: Asked) -> Response:
    """Another password; then everybody who has the old one has to sign in again, this browser too."""
    username, wanted = username_of(asked.who), asked.form.get("password", "")
    if username is None:
        raise HTTPException(403, "Only people who sign in with a name have a password here.")
    if not PASSWORD_LEAST <= len(wanted) <= LONGEST:
        return await _show(asked, f"A password has at least {PASSWORD_LEAST} characters, and at most {LONGEST}.", 422)
    if wanted != asked.form.get("again", ""):
        return await _show(asked, "The new password was not the same both times.", 422)
    try:
        await replace_password(asked.csms, asked.request, username, asked.form.get("current", ""), wanted)
    except HTTPException as problem:
        return await _show(asked, f"{problem.detail[:1].upper()}{problem.detail[1:]}.", problem.status_code)
    return asked.to("sign-in")


PAGES = (
    Page("/account", overview, None),
    Page("/account/password", choose_password, None, "POST"),
)
