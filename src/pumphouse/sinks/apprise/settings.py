"""The section of an Apprise sink in the configuration."""

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, SecretStr

from pumphouse.config.alarms import MessageSinkSettings
from pumphouse.config.settings import Secret

__all__ = ["AppriseSettings", "service_of"]

_ADDRESS: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,39})://\S+")


def service_of(url: str) -> str:
    """The name of the service in an address, which is all of it that is no secret."""
    found = _ADDRESS.fullmatch(url)
    return found[1].lower() if found is not None else "?"


def _checked(secret: SecretStr) -> SecretStr:
    if not _ADDRESS.fullmatch(secret.get_secret_value()):
        raise ValueError(
            "it is no address of Apprise; it begins with the name of a service and ://, such as"
            " ntfy://, mailtos:// or tgram://"
        )
    return secret


class AppriseSettings(MessageSinkSettings):
    """Messages about alarms, by ntfy, e-mail, Telegram or any other service of Apprise."""

    type: Literal["apprise"] = Field(
        default="apprise", description="Messages by any service that Apprise knows."
    )
    urls: tuple[Annotated[Secret, AfterValidator(_checked)], ...] = Field(
        min_length=1,
        description="Where messages go: addresses as Apprise has them. Each is a secret: a text,"
        ' { env = "NAME" } or { file = "/path" }.',
        examples=[("ntfy://ntfy.sh/a-name-nobody-guesses",)],
    )
