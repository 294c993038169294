"""The sample file is true: it loads as it is, and with every setting switched on."""

import re
from typing import Literal

from pumphouse.config.load import parse
from pumphouse.config.sample import sample
from pumphouse.config.settings import (
    OAuthSourceSettings,
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


TYPES: dict[str, type[SourceSettings]] = {"cloud": CloudSettings, "bus": BusSettings}


def test_the_sample_is_a_valid_configuration_as_written():
    assert parse(sample(TYPES), TYPES).sources == {}


def test_every_setting_of_the_sample_may_be_switched_on(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hush")
    text = sample(TYPES).replace("/path/to/secret", str(secret))
    switched_on = re.sub(r"^# ", "", text, flags=re.MULTILINE)
    settings = parse(switched_on, TYPES)
    assert set(settings.sources) == {"my-cloud", "my-bus"}
    assert settings.web == WebSettings()
    assert settings.store == StoreSettings()


def test_every_field_is_explained():
    text = sample(TYPES)
    for model in (SiteSettings, StoreSettings, WebSettings, CloudSettings, BusSettings):
        for name, field in model.model_fields.items():
            assert field.description or name == "type", (
                f"{model.__name__}.{name} has no description"
            )
            assert f"# {name} = " in text


def test_no_line_is_wider_than_a_terminal():
    assert max(len(line) for line in sample(TYPES).splitlines()) <= 100
