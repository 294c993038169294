"""What myUplink's refusals mean, and who has to act."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from pumphouse.core.errors import AccessDenied, RequestRefused, SourceError, TransientError
from pumphouse.http.problems import Failure, printable

__all__ = ["explain"]

_SENTENCES: Final = {
    HTTPStatus.BAD_REQUEST: (
        "myUplink refuses this request. A changed value has to be in the unit people read (22, "
        "not 220), within its limits and on its step."
    ),
    HTTPStatus.NOT_FOUND: (
        "myUplink does not know this system or device, or it is not on this account any more."
    ),
}


def explain(failure: Failure) -> SourceError | None:
    """The error that a reply of the API stands for, None where its status says it all.

    The body has been `{httpStatusCode, errorCode, timestamp, details, data}`, empty, plain text and
    HTML, and its error codes are undocumented: only the status is relied on, the details are
    repeated for people. Cloudflare refuses unnamed programs with 1010 before myUplink sees them.
    """
    status, body = failure.status, failure.body if isinstance(failure.body, dict) else {}
    code = body.get("errorCode")
    number = code if isinstance(code, int) else None
    if status in _SENTENCES:
        said = _said(failure.body) if status == HTTPStatus.BAD_REQUEST else ""
        error = "" if number is None else f" (error {number})"
        return RequestRefused(_SENTENCES[HTTPStatus(status)] + said + error, code=number)
    if status == HTTPStatus.FORBIDDEN:
        return AccessDenied(
            "myUplink denies this: the consent does not cover it, the account's access level is "
            "too low, or a paid subscription (Premium Manage, for changes) is missing."
        )
    if status == HTTPStatus.CONFLICT:
        return TransientError("myUplink says that the device is offline or busy.")
    return None


def _said(body: object) -> str:
    """What a refusal says of the request, in the vendor's words."""
    details = body.get("details") if isinstance(body, Mapping) else None
    words = body if isinstance(body, str) else ""
    if isinstance(details, list):
        words = " ".join(map(str, details))
    words = printable(words)
    return f' It says: "{words}"' if words else ""
