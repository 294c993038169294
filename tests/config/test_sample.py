"""The sample file is true: it loads as it is, and with every setting switched on."""

import re
from typing import Literal

from pydantic import Field

from pumphouse.config.load import parse
from pumphouse.config.sample import sample
from pumphouse.config.settings import (
    CursorSinkSettings,
    OAuthSourceSettings,
    Secret,
    SinkSettings,
    SiteSettings,
    SourceSettings,
    StoreSettings,
    WebSettings,
)


class CloudSettings(OAuthSourceSettings):
    """A cloud."""

    type: Literal["cloud"]


class BusSettings(SourceSettings):
    """A bus."""

    type: Literal["bus"]


class BrokerSettings(CursorSinkSettings):
    """A broker."""

    type: Literal["broker"]
    address: str = Field(description="Where it is.", examples=["mqtt://localhost"])
    token: Secret | None = Field(default=None, description="Who we are.")
    names: dict[str, str] = Field(default={}, description="What to call devices.")


SINKS: dict[str, type[SinkSettings]] = {"broker": BrokerSettings}
TYPES: dict[str, type[SourceSettings]] = {"cloud": CloudSettings, "bus": BusSettings}


def test_the_sample_is_a_valid_configuration_as_written():
    assert parse(sample(TYPES, SINKS), TYPES, SINKS).sources == {}


def test_every_setting_of_the_sample_may_be_switched_on(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hush")
    text = sample(TYPES, SINKS).replace("/path/to/secret", str(secret))
    switched_on = re.sub(r"^# ", "", text, flags=re.MULTILINE)
    settings = parse(switched_on, TYPES, SINKS)
    assert set(settings.sources) == {"my-cloud", "my-bus"}
    (broker,) = settings.sinks.values()
    assert isinstance(broker, BrokerSettings)
    assert (broker.address, broker.names) == ("mqtt://localhost", {})
    assert (settings.web.port, settings.web.guarded) == (WebSettings().port, True)
    assert settings.store == StoreSettings(archive_after_months=12)


def test_every_field_is_explained():
    text = sample(TYPES, SINKS)
    models = (SiteSettings, StoreSettings, WebSettings, CloudSettings, BusSettings, BrokerSettings)
    for model in models:
        for name, field in model.model_fields.items():
            assert field.description or name == "type", (
                f"{model.__name__}.{name} has no description"
            )
            assert f"# {name} = " in text


def test_no_line_is_wider_than_a_terminal():
    assert max(len(line) for line in sample(TYPES, SINKS).splitlines()) <= 100
