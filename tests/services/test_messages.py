"""Messages by real Apprise: an HTTP receiver such as ntfy has, and a mail server."""

import asyncio
import email
import email.policy
import json
import random
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiosmtpd.smtp import SMTP

from pumphouse.config.load import parse
from pumphouse.core.errors import UsageError
from pumphouse.core.model import Batch, Device, Event, EventKind, Severity, Site
from pumphouse.core.ports import Message, MessageTone
from pumphouse.runtime.alarms.trial import message_sinks, try_messages
from pumphouse.runtime.delivery import Delivery
from pumphouse.runtime.installation import Installation, build_host, build_sinks
from pumphouse.runtime.message_feed import Telling
from pumphouse.runtime.plugins import sink_types
from pumphouse.sinks.apprise import AppriseSettings
from pumphouse.sinks.apprise.sink import AppriseSink
from pumphouse.stores.sqlite import open_store
from pumphouse.testing.clock import FakeClock

SECRET = "token-that-nobody-may-read"


@dataclass
class Receiver:
    """What has arrived; `status` is what the HTTP side answers."""

    http: int = 0
    smtp: int = 0
    status: int = 200
    posts: list[dict[str, str]] = field(default_factory=list)
    mails: list[email.message.EmailMessage] = field(default_factory=list)

    @property
    def ntfy(self) -> str:
        return f"ntfy://user:{SECRET}@127.0.0.1:{self.http}/pump"

    @property
    def mailto(self) -> str:
        ends = "from=pump@example.org&to=owner@example.org"
        return f"mailto://127.0.0.1:{self.smtp}?{ends}&mode=insecure"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802  (aiosmtpd's name)
        policy = email.policy.default
        self.mails.append(email.message_from_bytes(envelope.content, policy=policy))
        return "250 OK"

    async def take(self, request):
        if self.status == 200:
            self.posts.append(json.loads(await request.text()))
        return web.json_response({"id": "1"}, status=self.status)


@pytest.fixture
async def receiver():
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    loop = asyncio.get_running_loop()
    mail = await loop.create_server(lambda: SMTP(receiver), "127.0.0.1", 0)
    receiver.http = runner.addresses[0][1]
    receiver.smtp = mail.sockets[0].getsockname()[1]
    yield receiver
    mail.close()
    await mail.wait_closed()
    await runner.cleanup()


async def test_a_message_arrives_by_http_and_by_mail(receiver):
    settings = AppriseSettings(urls=(receiver.ntfy, receiver.mailto))
    async with AppriseSink("phone", settings) as sink:
        said = Message("Villa Å: error", "Error: <b>ice</b> & brine\nOver: ü", MessageTone.FAILURE)
        assert await sink.send(said) == []
    (post,), (mail,) = receiver.posts, receiver.mails
    assert post == {"topic": "pump", "title": said.title, "message": said.body}
    assert (mail["subject"], mail["to"]) == (said.title, "owner@example.org")
    assert mail.get_content().splitlines() == said.body.splitlines()


async def test_one_service_that_fails_does_not_keep_the_message_from_the_other(receiver):
    receiver.status = 500
    settings = AppriseSettings(urls=(receiver.ntfy, receiver.mailto))
    async with AppriseSink("phone", settings) as sink:
        problems = await sink.send(Message("a", "b"))
    assert problems == ["urls[0] (ntfy) has not taken the message"]
    assert len(receiver.mails) == 1


@asynccontextmanager
async def telling(receiver, store, clock, **settings):
    section = AppriseSettings(urls=(receiver.ntfy,), **settings)
    delivery = Delivery(
        AppriseSink("phone", section),
        store,
        sources=("pump",),
        telling=Telling(section, Site("Home")),
        clock=clock,
        rng=random.Random(1),
    )
    task = asyncio.create_task(delivery.run())
    await passes(clock, 1)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def passes(clock, seconds):
    """Let simulated time pass, from one sleep of the feed to its next."""
    until = clock.monotonic() + seconds
    while clock.monotonic() < until:
        async with asyncio.timeout(300):
            pause = await clock.until_asleep()
        await clock.advance(min(max(pause, 0.001), until - clock.monotonic()))


async def test_alarms_arrive_grouped_and_so_does_their_end_and_warnings_wait_while_it_is_quiet(
    receiver, tmp_path
):
    clock = FakeClock(datetime(2026, 1, 15, 21, 40, tzinfo=UTC))
    async with open_store(tmp_path / "p.db", site=Site(), clock=clock) as store:

        async def happens(*events):
            devices = (Device("pump", "d1", "Cellar"),)
            await store.append(Batch("pump", devices, events=events))

        def alarm(number, severity=Severity.ERROR):
            name, time = f"n{number}", clock.now()
            detail = {"alarm_number": str(number)}
            title = f"Alarm of kind {number}"
            return Event(name, time, EventKind.ALARM, title, "pump", "d1", severity, detail=detail)

        async with telling(receiver, store, clock, quiet_hours="22:00-23:00"):
            first, second = alarm(1), alarm(2, Severity.WARNING)
            await happens(first)
            await passes(clock, 30)
            await happens(second)
            await passes(clock, 80)
            assert len(receiver.posts) == 1
            await happens(replace(first, ended=clock.now()))
            await passes(clock, 110)
            assert len(receiver.posts) == 2
            await passes(clock, 1200)  # past ten at night
            await happens(alarm(3, Severity.WARNING))
            await passes(clock, 1800)
            assert len(receiver.posts) == 2
            await passes(clock, 1800)
            assert len(receiver.posts) == 3
    grouped, over, later = receiver.posts
    assert [line[: len("Warning")] for line in grouped["message"].splitlines()] == [
        "Error: ",
        "Warning",
    ]
    assert over["message"].startswith("Over: Cellar: Alarm of kind 1")
    assert "Alarm of kind 3" in later["message"]


async def test_a_trial_says_what_has_arrived_and_what_has_not(receiver, tmp_path):
    text = f"""
[store]
path = "{tmp_path / "p.db"}"
[sinks.both]
type = "apprise"
urls = ["ntfy://{SECRET}@127.0.0.1:9/x", "{receiver.ntfy}"]
[sinks.good]
type = "apprise"
urls = ["{receiver.ntfy}"]
[sinks.bad]
type = "apprise"
urls = ["ntfy://{SECRET}@127.0.0.1:9/x"]
[sinks.days]
type = "file"
folder = "{tmp_path}"
"""
    settings = parse(text, {}, sink_types())
    host = build_host(settings)
    async with open_store(settings.store.path, site=host.site, clock=host.clock) as store:
        house = Installation(settings, store, host, {}, build_sinks(settings, host))
        assert message_sinks(house) == ["bad", "both", "good"]
        bad, both, good = await try_messages(house)
        assert both.problems == ["both: urls[0] (ntfy) has not taken the message"]
        assert (good.sink, good.problems) == ("good", [])
        (problem,) = bad.problems
        assert problem.startswith("bad: urls[0] (ntfy) has not taken the message")
        assert SECRET not in problem
        with pytest.raises(UsageError, match="days"):
            await try_messages(house, "days")
    assert [one["title"] for one in receiver.posts] == ["Home: test"] * 2


def test_a_running_house_does_not_load_apprise():
    check = (
        "import sys; from pumphouse.runtime import daemon; from pumphouse.runtime.plugins import"
        " sink_plugins; sink_plugins(); import pumphouse.web.serve, pumphouse.cli.polling;"
        " loaded = {'apprise', 'numpy', 'requests'} & set(sys.modules); sys.exit(str(loaded) if"
        " loaded else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
