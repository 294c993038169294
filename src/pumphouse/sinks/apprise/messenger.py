"""One message, sent by a process that ends with it.

Apprise takes 45 MB and a second to load, some of it only to be loaded again months later: the
daemon stays small. The request comes by stdin, so no address can be seen in the list of processes,
and only places in the list of addresses are answered, so none can get into a log.
"""

import asyncio
import json
import logging
import sys
import warnings
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import TypedDict

__all__ = ["PATIENCE_SECS", "Answer", "Request", "main"]

#: Apprise gives up after 4 s; a service that has taken a message and answers later would be sent
#: it again and again
PATIENCE_SECS = 60.0


class Request(TypedDict):
    """What is to be sent.

    Attributes:
        urls: where.
        tone: one of Apprise's kinds: info, success, warning, failure.
    """

    urls: Sequence[str]
    title: str
    body: str
    tone: str


class Answer(TypedDict):
    """What came of it, by place in `urls`: which were not understood, which did not take it."""

    unknown: Sequence[int]
    failed: Sequence[int]


async def _sent(request: Request) -> Answer:
    from apprise import Apprise, AppriseAsset  # noqa: PLC0415  (this process is there to load it)

    # Pumphouse signs its messages itself, and nobody fetches pictures from elsewhere.
    asset = AppriseAsset(app_id="Pumphouse", app_desc="Pumphouse", app_url="", image_url_mask="")
    unknown: list[int] = []
    sending: dict[int, Apprise] = {}
    for place, url in enumerate(request["urls"]):
        service = Apprise(asset=asset)
        if service.add(url):
            for one in service:
                one.socket_connect_timeout = one.socket_read_timeout = PATIENCE_SECS
            sending[place] = service
        else:
            unknown.append(place)
    took = await asyncio.gather(*(_took(service, request) for service in sending.values()))
    failed = [place for place, well in zip(sending, took, strict=True) if not well]
    return {"unknown": unknown, "failed": failed}


async def _took(service: object, request: Request) -> bool:
    """Whether a service has taken the message; a bug in it counts as no."""
    notify = service.async_notify  # type: ignore[attr-defined]  # an Apprise, see above
    try:
        return bool(
            await notify(
                body=request["body"],
                title=request["title"],
                notify_type=request["tone"],
                body_format="text",
            )
        )
    except Exception:  # noqa: BLE001  (a hundred services, any of which may have one)
        return False


def _answered(request: Mapping[str, object]) -> Answer:
    """The answer to a request, whatever Apprise and its services print meanwhile."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        return asyncio.run(_sent(request))  # type: ignore[arg-type]  # JSON that we have written


def main() -> None:
    """Answer one request."""
    answer = _answered(json.load(sys.stdin))
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
