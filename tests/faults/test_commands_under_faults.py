"""The program as a process, against clouds that break: exit codes, sentences, and no secret."""

import asyncio
import json
import os
import random
import signal
import sys
from pathlib import Path

import pytest

from pumphouse.core.ports import Host, SystemClock
from pumphouse.http.grants import FileGrantStore
from pumphouse.http.login import authorize_address
from pumphouse.simulator.faults import FaultKind
from pumphouse.simulator.server import Simulator, SimulatorOptions

from .cases import LISTS, VENDORS
from .conftest import consent, open_source, redirected
from .leaks import leaked

#: `poll` gives up at once instead of after a minute
IMPATIENT = "0.001s"


class Finished:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out.decode(), err.decode()

    def json(self):
        return json.loads(self.out)


class Program:
    """Calls the program in a home of its own; everything it writes is searched for secrets.

    The configuration and the folder of grants hold secrets by their nature, nothing else may.
    """

    def __init__(self, home: Path, simulator: Simulator) -> None:
        self.home, self.simulator = home, simulator
        self.config = home / "pumphouse.toml"
        self.grants = home / "data" / "grants"
        self.said: list[str] = []
        self._processes: list[asyncio.subprocess.Process] = []

    def configure(self, *vendors: str, host_and_port: str | None = None) -> None:
        told = self.simulator.announcement
        sections = [f'[store]\npath = "{self.home / "data" / "p.db"}"\n']
        for vendor in vendors:
            base = getattr(told, vendor)
            if host_and_port is not None:
                base = base.replace(told.url.removeprefix("http://"), host_and_port)
            sections.append(
                f'[sources.{vendor}]\ntype = "{vendor}"\nclient_id = "{told.client_id}"\n'
                f'client_secret = "{told.client_secret}"\nbase_url = "{base}"\n'
                'grant = "authorization_code"\ninterval_secs = 60\n'
            )
        self.config.write_text("\n".join(sections))

    async def log_in(self, *vendors: str) -> None:
        """Save grants as `login` does, without its process."""
        host = Host(FileGrantStore(self.grants), SystemClock(), random.Random(1), "tests")
        for vendor in vendors:
            source = open_source(self.simulator, vendor, host, name=vendor, write=False)
            await consent(source.registration(), host)

    async def start(self, *arguments: str, patience: str = IMPATIENT):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PUMPHOUSE_")}
        if arguments[0] == "poll":
            arguments = (*arguments, "--patience", patience)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "error", "-m", "pumphouse.cli.main"),
            *("--config", str(self.config), *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment | {"HOME": str(self.home), "COLUMNS": "160"},
            cwd=self.home,
        )
        self._processes.append(process)
        self.look_at_process_list(process)
        return process

    async def end(self) -> None:
        """Leave no process behind where a test failed half-way."""
        for process in self._processes:
            if process.returncode is None:
                process.kill()
                await process.communicate()

    def look_at_process_list(self, process) -> None:
        """What `ps` shows to every user of the machine."""
        self.said.append(Path(f"/proc/{process.pid}/cmdline").read_text())

    async def finish(self, process, given: str = "") -> Finished:
        out, err = await asyncio.wait_for(process.communicate(given.encode()), 240)
        self.said += [out.decode(), err.decode()]
        return Finished(process.returncode, out, err)

    async def __call__(
        self, *arguments: str, expect: int = 0, patience: str = IMPATIENT
    ) -> Finished:
        finished = await self.finish(await self.start(*arguments, patience=patience))
        assert finished.code == expect, finished.out + finished.err
        return finished

    async def log_in_by_paste(self, vendor: str) -> Finished:
        """`login --paste` with a browser on another machine."""
        process = await self.start("login", vendor, "--paste")
        address = await asyncio.wait_for(process.stdout.readline(), 240)
        answer = await redirected(address.decode().strip())
        self.look_at_process_list(process)
        return await self.finish(process, answer + "\n")

    def check(self) -> None:
        """No traceback and no secret in anything that was written."""
        assert not any("Traceback" in said for said in self.said)
        files = [path for path in self.home.rglob("*") if path.is_file() and path != self.config]
        written = [p.read_bytes().decode("latin-1") for p in files if self.grants not in p.parents]
        everything = "\n".join([*self.said, *written])
        assert leaked(everything, self.simulator.issued_secrets()) == []


@pytest.fixture
async def program(tmp_path):
    async with Simulator(SimulatorOptions(auto_consent=True, limited=False)) as simulator:
        program = Program(tmp_path, simulator)
        yield program
        await program.end()
    program.check()


def break_all(program, kind, *, count=99, path=None, seconds=None):
    for vendor in VENDORS:
        program.simulator.faults.add(vendor, kind, count, path or LISTS[vendor], seconds)


# what a command ends with: exit code, state in `status`, words of the sentence
LASTING = {
    FaultKind.RATE_LIMIT: (6, "retrying", ("slow down", "too many requests")),
    FaultKind.SERVER_ERROR: (6, "retrying", ("HTTP 500",)),
    FaultKind.HTML_ERROR: (6, "retrying", ("HTTP 502",)),
    FaultKind.MALFORMED_JSON: (6, "retrying", ("no JSON",)),
    FaultKind.TIMEOUT: (6, "retrying", ("HTTP 504",)),
    FaultKind.DISCONNECT: (6, "retrying", ("cut the connection",)),
    FaultKind.UNAUTHORIZED: (4, "login required", ("pumphouse login",)),
    FaultKind.EXPIRE_TOKENS: (4, "login required", ("pumphouse login",)),
    FaultKind.REVOKE_GRANTS: (4, "login required", ("pumphouse login",)),
    FaultKind.MAINTENANCE: (6, "retrying", ("HTTP 503",)),
}


#: one kind that passes and one that needs a person are followed until all is well
TO_THE_END = (FaultKind.HTML_ERROR, FaultKind.REVOKE_GRANTS)


@pytest.mark.parametrize("kind", sorted(set(FaultKind) - set(TO_THE_END)))
async def test_poll_says_what_is_wrong(program, kind):
    await _fails(program, kind)


@pytest.mark.parametrize("kind", TO_THE_END)
async def test_status_says_it_too_and_the_next_poll_recovers(program, kind):
    said = await _fails(program, kind)
    sources = (await program("status", "--json")).json()["sources"]
    assert {one["state"] for one in sources.values()} == {LASTING[kind][1]}
    assert {vendor: one["last_error"] for vendor, one in sources.items()} == said

    program.simulator.faults.clear()
    if kind is FaultKind.REVOKE_GRANTS:
        await program.log_in(*VENDORS)
    await program("poll")


async def _fails(program, kind):
    """Poll while a fault lasts; returns what each source says."""
    program.configure(*VENDORS)
    await program.log_in(*VENDORS)
    code, _, words = LASTING[kind]
    break_all(program, kind, seconds=0.01 if kind is FaultKind.TIMEOUT else None)
    failed = await program("poll", "--json", expect=code)
    said = {vendor: failed.json()[vendor]["error"] for vendor in VENDORS}
    for vendor, sentence in said.items():
        assert any(word in sentence for word in words), sentence
        assert f"{vendor}: {sentence}" in failed.err
    return said


async def test_poll_tries_again_what_passes(program):
    program.configure(*VENDORS)
    await program.log_in(*VENDORS)
    break_all(program, "server_error", count=1)
    document = (await program("poll", "--json", patience="30s")).json()
    assert all(document[vendor]["readings"] > 50 for vendor in VENDORS)


async def test_poll_of_a_machine_that_is_not_there(program, unused_tcp_port):
    program.configure(*VENDORS, host_and_port=f"127.0.0.1:{unused_tcp_port}")
    await program.log_in(*VENDORS)
    failed = await program("poll", expect=6)
    assert failed.err.count("refuses connections") == 2
    doctor = (await program("doctor")).out
    assert "cannot be reached" in doctor


async def test_poll_without_a_login(program):
    program.configure(*VENDORS)
    failed = await program("poll", expect=4)
    for vendor in VENDORS:
        assert f"pumphouse login {vendor}" in failed.err
    assert "no login saved" in (await program("doctor")).out


async def test_poll_keeps_the_source_that_answers(program):
    program.configure(*VENDORS)
    await program.log_in(*VENDORS)
    program.simulator.faults.add("nibe_uplink", "maintenance", 99)
    document = (await program("poll", "--json", expect=6)).json()
    assert "HTTP 503" in document["nibe_uplink"]["error"]
    assert document["myuplink"]["error"] is None
    assert document["myuplink"]["stored"] > 50
    findings = (await program("doctor", "--json")).json()
    (polling,) = [f["text"] for f in findings if "never read" in f["text"]]
    assert "HTTP 503" in polling


@pytest.mark.parametrize(
    ("vendor", "kind", "code"),
    [
        ("nibe_uplink", "unauthorized", 4),
        ("myuplink", "rate_limit", 6),
        ("nibe_uplink", "disconnect", 6),
    ],
)
async def test_a_login_that_fails_can_be_repeated(program, vendor, kind, code):
    program.configure(vendor)
    program.simulator.faults.add(vendor, kind, 1, "/oauth/token")
    failed = await program.log_in_by_paste(vendor)
    assert failed.code == code, failed.err
    assert "logged in" not in failed.err
    assert list(program.grants.glob("*.json")) == []
    done = await program.log_in_by_paste(vendor)
    assert done.code == 0, done.err
    assert "is logged in" in done.err


async def test_an_answer_to_another_login_is_refused(program):
    program.configure("myuplink")
    process = await program.start("login", "myuplink", "--paste")
    await asyncio.wait_for(process.stdout.readline(), 240)
    host = Host(FileGrantStore(program.grants), SystemClock(), random.Random(1), "tests")
    other = open_source(program.simulator, "myuplink", host, write=False)
    stolen = await redirected(authorize_address(other.registration()).address)
    failed = await program.finish(process, stolen + "\n")
    assert failed.code == 4
    assert "state differs" in failed.err


@pytest.mark.parametrize(
    ("vendor", "kind", "code"),
    [
        ("nibe_uplink", "server_error", 6),
        ("myuplink", "revoke_grants", 4),
        ("nibe_uplink", "expire_tokens", 0),
    ],
)
async def test_record_writes_all_or_nothing(program, vendor, kind, code):
    program.configure(vendor)
    await program.log_in(vendor)
    path = "*/points" if vendor == "myuplink" else "*/categories"
    program.simulator.faults.add(vendor, kind, 1, path)
    out = program.home / "recording.json"
    finished = await program("record", vendor, "--out", str(out), expect=code)
    assert finished.out == ""
    assert out.exists() == (code == 0)
    assert finished.err.strip()


async def test_run_lives_on_and_tells_no_secret(program):
    """An expired token and a cut connection, with the log at its most talkative."""
    program.configure(*VENDORS)
    await program.log_in(*VENDORS)
    break_all(program, "expire_tokens", count=1)
    break_all(program, "disconnect", count=1)
    process = await program.start("--debug", "run")
    while not _values_came(program.simulator.requests):
        await asyncio.sleep(0.05)
        assert process.returncode is None
    program.look_at_process_list(process)
    process.send_signal(signal.SIGTERM)
    finished = await program.finish(process)
    assert finished.code == 0, finished.err
    assert finished.err.count("grant renewed") == 2


def _values_came(requests):
    served = {request.path.rpartition("/")[2] for request in requests if request.status == 200}
    return {"points", "categories"} <= served
