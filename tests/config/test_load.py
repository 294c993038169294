"""The configuration: layering, secrets, and every problem at once with its TOML path."""

from pathlib import Path
from typing import Literal

import pytest

from pumphouse.config.load import Settings, default_path, load, parse
from pumphouse.config.settings import (
    CursorSinkSettings,
    OAuthSourceSettings,
    SinkSettings,
    SourceSettings,
)
from pumphouse.core.errors import ConfigurationError


class CloudSettings(OAuthSourceSettings):
    type: Literal["cloud"]


class BusSettings(SourceSettings):
    type: Literal["bus"]
    address: str = "127.0.0.1:4304"


TYPES: dict[str, type[SourceSettings]] = {"cloud": CloudSettings, "bus": BusSettings}

HOUSE = """
[site]
name = "Home"
timezone = "Europe/Stockholm"
currency = "SEK"

[sources.house]
type = "cloud"
client_id = "abc"
client_secret = "sesame-open"

[sources.attic]
type = "bus"
"""


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        parse(text, TYPES)
    return caught.value.problems


def test_a_complete_file_becomes_settings_of_each_source_s_own_type():
    settings = parse(HOUSE, TYPES)
    house = settings.sources["house"]
    assert isinstance(house, CloudSettings)
    assert house.client_secret.get_secret_value() == "sesame-open"
    assert house.interval_secs == 300
    assert isinstance(settings.sources["attic"], BusSettings)
    assert settings.site.site().currency == "SEK"


def test_an_empty_file_is_a_valid_configuration_without_sources():
    settings = parse("", TYPES)
    assert settings.sources == {}
    assert settings.web.port == 8400
    assert settings.store.path.name == "pumphouse.db"


def test_one_known_type_needs_no_choice_between_types():
    settings = parse('[sources.a]\ntype = "bus"\n', {"bus": BusSettings})
    assert isinstance(settings.sources["a"], BusSettings)


def test_the_environment_wins_over_the_file(monkeypatch):
    monkeypatch.setenv("PUMPHOUSE_WEB__PORT", "8500")
    monkeypatch.setenv("PUMPHOUSE_SITE__NAME", "Cabin")
    monkeypatch.setenv("PUMPHOUSE_SOURCES__house__INTERVAL_SECS", "60")
    settings = parse(HOUSE, TYPES)
    assert settings.web.port == 8500
    assert settings.site.name == "Cabin"
    assert settings.site.timezone == "Europe/Stockholm"
    assert settings.sources["house"].interval_secs == 60


def test_all_problems_come_at_once_each_with_its_path():
    found = problems("""
[site]
timezone = "Stockholm"
[web]
port = 70000
prt = 1
[sources.house]
type = "cloud"
client_id = "abc"
intervall_secs = 5
[sources.attic]
type = "buss"
[sources.cellar]
address = "x"
""")
    text = "\n".join(found)
    assert 'site.timezone: "Stockholm" is no time zone' in text
    assert "web.port: " in text
    assert "web.prt: no such setting; did you mean port?" in text
    assert "sources.house.client_secret: missing" in text
    assert "sources.house.intervall_secs: no such setting; did you mean interval_secs?" in text
    assert 'sources.attic: `type` is unknown; write one of "bus", "cloud"' in text
    assert 'sources.cellar: `type` is missing; write one of "bus", "cloud"' in text
    assert len(found) == 7


@pytest.mark.parametrize("number", ["nan", "inf"])
def test_what_is_no_finite_number_is_told(number):
    section = '[sources.cellar]\ntype = "bus"\naddress = "x"'
    (found,) = problems(f"{section}\ninterval_secs = {number}\n")
    assert "finite number" in found


class BrokerSettings(SinkSettings):
    type: Literal["broker"]
    url: str


class LinesSettings(CursorSinkSettings):
    type: Literal["lines"]


SINKS: dict[str, type[SinkSettings]] = {"broker": BrokerSettings, "lines": LinesSettings}


def test_sinks_become_settings_of_their_own_types():
    settings = parse('[sinks.log]\ntype = "lines"\nbackfill = true\n', TYPES, SINKS)
    assert settings.sinks == {"log": LinesSettings(type="lines", backfill=True)}
    assert parse(HOUSE, TYPES, SINKS).sinks == {}


def test_problems_of_sinks_come_with_those_of_sources():
    text = """
[sources.attic]
type = "buss"
[sinks.log]
type = "linse"
[sinks.cellar]
[sinks.one]
type = "broker"
ulr = "x"
[sinks."a/b"]
type = "lines"
"""
    with pytest.raises(ConfigurationError) as caught:
        parse(text, TYPES, SINKS)
    assert caught.value.problems == (
        "sinks.a/b: a name holds letters, digits, - and _ only",
        'sinks.cellar: `type` is missing; write one of "broker", "lines"',
        'sinks.log: `type` is unknown; write one of "broker", "lines"',
        "sinks.one.ulr: no such setting; did you mean url?",
        "sinks.one.url: missing; write url = …",
        'sources.attic: `type` is unknown; write one of "bus", "cloud"',
    )


def test_a_name_that_could_not_be_a_topic_or_file_is_refused():
    (problem,) = problems('[sources."a/b"]\ntype = "bus"\n')
    assert problem == "sources.a/b: a name holds letters, digits, - and _ only"


def test_secrets_come_from_the_environment_or_a_file(monkeypatch, tmp_path):
    monkeypatch.setenv("HOUSE_SECRET", "from-env")
    text = HOUSE.replace('"sesame-open"', '{ env = "HOUSE_SECRET" }')
    house = parse(text, TYPES).sources["house"]
    assert isinstance(house, CloudSettings)
    assert house.client_secret.get_secret_value() == "from-env"

    secret = tmp_path / "secret"
    secret.write_text("from-file\n")
    text = HOUSE.replace('"sesame-open"', f'{{ file = "{secret}" }}')
    house = parse(text, TYPES).sources["house"]
    assert isinstance(house, CloudSettings)
    assert house.client_secret.get_secret_value() == "from-file"


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (
            '{ env = "NO_SUCH_VARIABLE" }',
            "variable NO_SUCH_VARIABLE is not set, or empty",
        ),
        ('{ file = "/nowhere/secret" }', "/nowhere/secret cannot be read: No such file"),
        ('{ vault = "x" }', 'write a text, { env = "NAME" } or { file = "/path" }'),
        ('""', "it is empty"),
    ],
)
def test_a_secret_that_cannot_be_had_says_why(written, says):
    (problem,) = problems(HOUSE.replace('"sesame-open"', written))
    assert problem.startswith("sources.house.client_secret: ")
    assert says in problem


def test_no_problem_ever_shows_a_secret():
    text = HOUSE.replace('client_id = "abc"', 'base_url = "ftp://x"').replace(
        'type = "bus"', "type = 7"
    )
    assert "sesame-open" not in "\n".join(problems(text))
    assert "sesame-open" not in repr(parse(HOUSE, TYPES))


@pytest.mark.parametrize(
    "address", ["localhost:8400", "ftp://host", "http://u:p@host/", "http://["]
)
def test_an_address_must_be_http(address):
    (problem,) = problems(
        HOUSE.replace('client_id = "abc"', f'client_id="a"\nbase_url="{address}"')
    )
    assert problem.startswith("sources.house.base_url: ")


def test_a_redirect_uri_keeps_its_trailing_slash_and_a_base_url_does_not():
    text = HOUSE.replace(
        'client_id = "abc"',
        'client_id = "a"\nredirect_uri = "http://localhost:1/cb/"\nbase_url = "http://h/x/"',
    )
    house = parse(text, TYPES).sources["house"]
    assert isinstance(house, CloudSettings)
    assert house.redirect_uri == "http://localhost:1/cb/"
    assert house.base_url == "http://h/x"


def test_toml_that_cannot_be_parsed_says_where():
    (problem,) = problems("[site\n")
    assert "is not valid TOML" in problem
    assert "line 1" in problem


def test_a_missing_file_says_how_to_make_one(tmp_path):
    with pytest.raises(ConfigurationError, match="pumphouse init"):
        load(tmp_path / "none.toml", TYPES)


def test_an_unreadable_file_is_a_sentence(tmp_path):
    binary = tmp_path / "bad.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="not a UTF-8 text file"):
        load(binary, TYPES)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(tmp_path, TYPES)


def test_a_loaded_file_remembers_where_it_came_from(tmp_path):
    path = tmp_path / "pumphouse.toml"
    path.write_text(HOUSE)
    settings = load(path, TYPES)
    assert isinstance(settings, Settings)
    assert settings.path == path


def test_the_default_path_follows_the_environment():
    assert default_path({"PUMPHOUSE_CONFIG": "/etc/p.toml"}) == Path("/etc/p.toml")
    assert default_path({}).name == "pumphouse.toml"
