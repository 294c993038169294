"""What the refusals of Tibber's Data API mean, and who has to act."""

from http import HTTPStatus
from typing import Final

from pumphouse.core.errors import AccessDenied, RateLimited, RequestRefused, SourceError
from pumphouse.http.problems import Failure, printable

__all__ = ["explain"]

_SENTENCES: Final = {
    HTTPStatus.BAD_REQUEST: "Tibber refuses this request",
    HTTPStatus.NOT_FOUND: "Tibber does not know this home or device, or it is no longer yours",
}


def explain(failure: Failure) -> SourceError | None:
    """The error that a reply of the Data API stands for, None where its status says it all.

    Bodies are problem details or errors of OAuth 2 as a rule, and pages of a gateway now and then,
    so only the status is relied on. 412 is met where 429 would be expected.
    """
    status = failure.status
    if status in _SENTENCES:
        return RequestRefused(f"{_SENTENCES[HTTPStatus(status)]}{_said(failure.body)}.")
    if status == HTTPStatus.FORBIDDEN:
        return AccessDenied(
            "Tibber denies this: the consent does not cover it. After a change of `devices` or"
            " `live` a new login is needed."
        )
    if status == HTTPStatus.PRECONDITION_FAILED:
        return RateLimited("Tibber asks to slow down (HTTP 412).")
    return None


def _said(body: object) -> str:
    """What the body says of itself, as far as it is known to be meant for people."""
    if not isinstance(body, dict):
        return ""
    words = (body.get(name) for name in ("detail", "title", "error_description", "error"))
    said = next((word for word in words if isinstance(word, str) and word.strip()), "")
    return f": {printable(said).rstrip('.')}" if said else ""
