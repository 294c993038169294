"""Apprise as a sink of messages."""

import asyncio
import json
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from pumphouse.core.errors import BadResponse, RequestRefused, Unreachable
from pumphouse.core.ports import Message
from pumphouse.sinks.apprise.messenger import Answer, Request
from pumphouse.sinks.apprise.settings import AppriseSettings, service_of

__all__ = ["AppriseSink"]

_PROGRAM: Final = (sys.executable, "-m", "pumphouse.sinks.apprise.messenger")
#: services answer within seconds; loading Apprise takes some on the smallest machine
DEADLINE_SECS: Final = 90.0


class AppriseSink:
    """Hands each message to every configured service, in a process of its own."""

    def __init__(self, name: str, settings: AppriseSettings) -> None:
        self._name = name
        self._urls = [url.get_secret_value() for url in settings.urls]

    @property
    def name(self) -> str:
        """The name it has in the configuration."""
        return self._name

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Nothing is open."""

    async def send(self, message: Message) -> Sequence[str]:
        """Hand over one message; see `core.ports.MessageSink.send`."""
        answer = await self._ask(
            Request(
                urls=self._urls, title=message.title, body=message.body, tone=message.tone.value
            )
        )
        unknown = [
            f"{self._place(one)} is no address that Apprise understands; see its documentation of"
            f" {service_of(self._urls[one])}"
            for one in answer["unknown"]
        ]
        failed = [f"{self._place(one)} has not taken the message" for one in answer["failed"]]
        problems = [*unknown, *failed]
        if len(problems) < len(self._urls):
            return problems
        sentence = "; ".join(problems)
        if failed:
            raise Unreachable(f"{self._name}: {sentence}; look at the address and the network")
        raise RequestRefused(f"{self._name}: {sentence}")

    def _place(self, place: int) -> str:
        """How a service is called where nobody may read its address."""
        return f"urls[{place}] ({service_of(self._urls[place])})"

    async def _ask(self, request: Request) -> Answer:
        process = await asyncio.create_subprocess_exec(
            *_PROGRAM,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # a traceback there could hold an address
        )
        try:
            async with asyncio.timeout(DEADLINE_SECS):
                answer, _ = await process.communicate(json.dumps(request).encode())
        except TimeoutError:
            raise Unreachable(
                f"{self._name}: the message was not taken within {DEADLINE_SECS:.0f} s"
            ) from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        try:
            told = json.loads(answer)
            return Answer(unknown=told["unknown"], failed=told["failed"])
        except (ValueError, KeyError, TypeError):
            raise BadResponse(
                f"{self._name}: the process that sends messages has failed (exit code"
                f" {process.returncode}); is there memory left?"
            ) from None
