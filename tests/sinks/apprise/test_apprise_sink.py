"""Apprise as a sink: one message, handed to every service, and no address told to anybody."""

import logging

import pytest
from structlog.testing import capture_logs

from pumphouse.config.load import parse
from pumphouse.core.errors import BadResponse, ConfigurationError, RequestRefused, Unreachable
from pumphouse.core.ports import Message, MessageSink, MessageTone
from pumphouse.runtime.installation import build_host
from pumphouse.sinks.apprise import PLUGIN, AppriseSettings, messenger
from pumphouse.sinks.apprise import sink as module
from pumphouse.sinks.apprise.settings import service_of
from pumphouse.sinks.apprise.sink import AppriseSink

SECRET = "a-secret-nobody-may-read"
NOBODY = f"ntfy://user:{SECRET}@127.0.0.1:9/{SECRET}"
UNKNOWN = f"rubbish://{SECRET}/{SECRET}"
MESSAGE = Message("Home: error", "Error: x", MessageTone.FAILURE)
TYPES = {"apprise": AppriseSettings}


def sink(*urls):
    return AppriseSink("phone", AppriseSettings(urls=urls))


def test_it_is_a_sink_of_messages(tmp_path):
    settings = parse(f'[store]\npath = "{tmp_path}/p.db"', {}, TYPES)
    opened = PLUGIN.open("phone", AppriseSettings(urls=(NOBODY,)), build_host(settings))
    assert isinstance(opened, MessageSink)
    assert opened.name == "phone"


async def test_a_service_that_is_not_there_is_unreachable_and_its_address_stays_secret(caplog):
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        async with sink(NOBODY) as phone:
            with pytest.raises(Unreachable, match=r"phone: urls\[0\] \(ntfy\)") as failure:
                await phone.send(MESSAGE)
    told = f"{failure.value}{failure.value.__context__}{logs}{caplog.text}"
    assert SECRET not in told


async def test_an_address_that_apprise_does_not_know_needs_a_person():
    async with sink(UNKNOWN) as phone:
        with pytest.raises(RequestRefused, match="rubbish") as failure:
            await phone.send(MESSAGE)
    assert SECRET not in str(failure.value)


@pytest.mark.parametrize("program", [("python3", "-c", "import sys; sys.exit(3)"), ("echo", "[]")])
async def test_a_process_that_dies_is_a_sentence_without_its_words(monkeypatch, program):
    monkeypatch.setattr(module, "_PROGRAM", program)
    async with sink(NOBODY) as phone:
        with pytest.raises(BadResponse, match="process that sends messages") as failure:
            await phone.send(MESSAGE)
    assert SECRET not in str(failure.value)


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # by Apprise
async def test_a_service_may_take_its_time_before_it_is_sent_the_same_again(monkeypatch):
    patience: list[tuple[float, float]] = []

    async def notify(services, **_message):
        patience.extend((one.socket_connect_timeout, one.socket_read_timeout) for one in services)
        return True

    monkeypatch.setattr("apprise.Apprise.async_notify", notify)
    urls = ["json://127.0.0.1", "mailto://127.0.0.1?from=a@b.org&to=c@d.org"]
    request = messenger.Request(urls=urls, title="t", body="b", tone="info")
    assert await messenger._sent(request) == {"unknown": [], "failed": []}
    assert patience == [(messenger.PATIENCE_SECS,) * 2] * 2
    assert messenger.PATIENCE_SECS < module.DEADLINE_SECS


async def test_a_process_that_hangs_is_killed(monkeypatch):
    monkeypatch.setattr(module, "_PROGRAM", ("sleep", "60"))
    monkeypatch.setattr(module, "DEADLINE_SECS", 0.05)
    async with sink(NOBODY) as phone:
        with pytest.raises(Unreachable, match="within"):
            await phone.send(MESSAGE)


@pytest.mark.parametrize(
    ("url", "service"),
    [
        ("ntfy://ntfy.sh/topic", "ntfy"),
        ("MailTos://user:pass@example.org", "mailtos"),
        (SECRET, "?"),
        ("", "?"),
    ],
)
def test_of_an_address_only_the_service_may_be_told(url, service):
    assert service_of(url) == service


@pytest.mark.parametrize(
    "section",
    [
        "urls = []",
        "",
        f'urls = ["{SECRET}"]',
        f'urls = ["ntfy:/{SECRET}"]',
        f'urls = ["ntfy://{SECRET} x"]',
        f'urls = ["ntfy://{SECRET}"]\nquiet_hours = "22-7"',
        f'urls = ["ntfy://{SECRET}"]\nquiet_hours = "22:00-22:00"',
        f'urls = ["ntfy://{SECRET}"]\nminimum_severity = "terrible"',
    ],
)
def test_a_wrong_section_is_explained_without_its_secrets(section):
    with pytest.raises(ConfigurationError, match=r"sinks\.phone") as failure:
        parse(f'[sinks.phone]\ntype = "apprise"\n{section}', {}, TYPES)
    assert SECRET not in str(failure.value)


def test_a_secret_may_come_from_the_environment_and_is_never_shown(monkeypatch):
    monkeypatch.setenv("PHONE_URL", NOBODY)
    text = '[sinks.phone]\ntype = "apprise"\nurls = [{ env = "PHONE_URL" }]'
    settings = parse(text, {}, TYPES).sinks["phone"]
    assert isinstance(settings, AppriseSettings)
    assert settings.urls[0].get_secret_value() == NOBODY
    assert SECRET not in repr(settings)
