"""Every text is used, and every text that is used exists."""

import re
from pathlib import Path

import pytest

import pumphouse.web
from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.ports import Outcome, SinkState, SourceState
from pumphouse.web.pages.freshness import Contact
from pumphouse.web.pages.pump import Activity
from pumphouse.web.pages.rendering import NAVIGATION
from pumphouse.web.text import Texts, texts

WEB = Path(pumphouse.web.__file__).parent
SOURCES = {
    path.relative_to(WEB).as_posix(): path.read_text()
    for pattern in ("**/*.py", "templates/**/*.html")
    for path in WEB.glob(pattern)
}
#: `t("a.b." ~ x)`, `t(f"a.b.{x}")`, `t("a.b_" ~ x)`
BEGINNING = re.compile(r"""\bt(?:exts\(\))?\(\s*f?["']([a-z_.]+[._])(?:\{|["'] ~)""")
CALL = re.compile(r"""\bt(?:exts\(\))?\(\s*["']([a-z_]+(?:\.[a-z0-9_]+)*)["']\s*[,)]""")


def found(pattern: re.Pattern[str]) -> set[tuple[str, str]]:
    return {
        (name, match[1]) for name, source in SOURCES.items() for match in pattern.finditer(source)
    }


def test_every_text_that_is_asked_for_exists():
    asked = found(CALL)
    assert len(asked) > 100
    assert sorted(one for one in asked if one[1] not in texts()) == []


def test_every_text_is_used_somewhere():
    beginnings = {key for _, key in found(BEGINNING)}
    everything = "\n".join(SOURCES.values())
    unused = [
        key
        for key in texts().keys
        if f'"{key}"' not in everything and not key.startswith(tuple(beginnings))
    ]
    assert unused == []


#: states of a change on the page of settings that are no outcome
UNENDED = ("sending", "unneeded")


def test_texts_whose_key_is_put_together_exist():
    keys = [
        *(f"now.activity.{activity}" for activity in Activity),
        *(f"now.contact.{contact}" for contact in Contact if contact is not Contact.GOOD),
        *(f"sources.state.{state.name.lower()}" for state in SourceState),
        *(f"sources.sink_state.{state.name.lower()}" for state in SinkState),
        *(f"points.group.{one.group}" for one in load_catalogue().metrics.values()),
        "points.group.other",
        *(f"settings.outcome.{outcome.name.lower()}" for outcome in Outcome),
        *(f"settings.{part}.{state}" for part in ("outcome", "told") for state in UNENDED),
        *(f"nav.{place.key}" for place in NAVIGATION),
        *(f"welcome.{stage}.title" for stage in ("no_source", "not_connected", "waiting")),
    ]
    assert [key for key in keys if key not in texts()] == []


def test_a_number_chooses_the_form():
    t = Texts("en", {"found": {"one": "{n} point", "other": "{n} points"}})
    assert t("found", n=1) == "1 point"
    assert t("found", n=0) == "0 points"
    assert t.keys == {"found"}


def test_a_place_that_is_left_open_is_an_error():
    with pytest.raises(KeyError):
        texts()("time.ago", other="x")


def test_a_text_that_is_not_there_is_an_error():
    with pytest.raises(KeyError):
        texts()("no.such.text")
