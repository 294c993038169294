"""A client for one connection to a broker, and its failures as our own errors."""

import asyncio
import logging
import ssl
from typing import Final

import aiomqtt
from aiomqtt.exceptions import MqttConnectError

from pumphouse.core.errors import CredentialsRefused, SourceError, Unreachable
from pumphouse.mqtt.settings import Address, BrokerSettings

__all__ = ["TIMEOUT_SECS", "explained", "made_client"]

TIMEOUT_SECS: Final = 10.0
#: how many messages may wait for the broker's word at once
IN_FLIGHT: Final = 10
#: bad user name or password, not authorized
_REFUSALS: Final = frozenset({134, 135})
_VERSIONS: Final = {"3.1.1": aiomqtt.ProtocolVersion.V311, "5": aiomqtt.ProtocolVersion.V5}

_QUIET: Final = logging.getLogger("pumphouse.mqtt.wire")
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False


async def made_client(
    settings: BrokerSettings,
    *,
    will: aiomqtt.Will | None = None,
    role: str = "",
    queue_type: type[asyncio.Queue[aiomqtt.Message]] | None = None,
) -> aiomqtt.Client:
    """A client that connects when it is entered.

    Args:
        will: what the broker publishes if the connection breaks.
        role: is added to the client id, if the settings name one.
        queue_type: what messages are put into on their way in.
    """
    address = settings.address()
    context = await asyncio.to_thread(_tls, settings) if address.encrypted else None
    own = settings.client_id
    return aiomqtt.Client(
        address.host,
        address.port,
        username=address.user,
        password=settings.password.get_secret_value() if settings.password else None,
        logger=_QUIET,
        identifier=f"{own}{role}" if own else None,
        queue_type=queue_type,
        protocol=_VERSIONS[settings.protocol],
        will=will,
        timeout=TIMEOUT_SECS,
        keepalive=settings.keepalive_secs,
        max_concurrent_outgoing_calls=IN_FLIGHT,
        tls_context=context,
    )


def explained(error: aiomqtt.MqttError, address: Address) -> SourceError:
    """What a failure means: whether the broker turned the user away, or does not answer."""
    if _is_refusal(error):
        return CredentialsRefused(
            f"the broker {address} does not let this user in; "
            "check the user in `url` and `password`"
        )
    return Unreachable(f"the broker {address} does not answer: {error}")


def _is_refusal(error: aiomqtt.MqttError) -> bool:
    """Whether the broker turned the user away; it says so in MQTT 5's words for both versions."""
    return isinstance(error, MqttConnectError) and getattr(error.rc, "value", None) in _REFUSALS


def _tls(settings: BrokerSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.ca_file)
    if settings.certificate is not None:
        context.load_cert_chain(settings.certificate, settings.certificate_key)
    return context
