"""Trying whether messages arrive."""

from collections.abc import Sequence
from typing import NamedTuple

from pumphouse.core.errors import SourceError, UsageError
from pumphouse.core.ports import MessageSink
from pumphouse.runtime.alarms.wording import trial_message
from pumphouse.runtime.installation import Installation, build_sinks

__all__ = ["Trial", "message_sinks", "try_messages"]


class Trial(NamedTuple):
    """What came of a message to see whether it arrives.

    Attributes:
        problems: what has not taken it, one sentence each; empty where all is well.
    """

    sink: str
    problems: Sequence[str]


def message_sinks(installation: Installation) -> list[str]:
    """The names of the configured sinks that carry messages."""
    sinks = installation.sinks.items()
    return sorted(name for name, sink in sinks if isinstance(sink, MessageSink))


async def try_messages(installation: Installation, only: str | None = None) -> list[Trial]:
    """Send a message by every sink that carries some, or by one of them; alarms go on meanwhile.

    Raises:
        UsageError: there is no such sink.
    """
    names = message_sinks(installation)
    if not names:
        raise UsageError(
            'no sink carries messages yet; add one of type "apprise" to the configuration'
        )
    if only is not None and only not in names:
        raise UsageError(
            f'there is no sink "{only}" that carries messages; there are: {", ".join(names)}'
        )
    # The running ones are entered already, by whoever feeds them: these are others of the same.
    sinks = build_sinks(installation.settings, installation.host)
    message = trial_message(installation.host.site.name)
    trials: list[Trial] = []
    for name in names if only is None else [only]:
        sink = sinks[name]
        try:
            async with sink:
                assert isinstance(sink, MessageSink)
                refusals = await sink.send(message)
                trials.append(Trial(name, [f"{name}: {one}" for one in refusals]))
        except SourceError as error:
            trials.append(Trial(name, [str(error)]))
    return trials
