"""Commands that need no heat pump: the demonstration, and the simulated clouds alone."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from pumphouse.cli.context import Context
from pumphouse.cli.data import latest
from pumphouse.cli.output import say, stderr
from pumphouse.cli.polling import poll_once
from pumphouse.cli.signals import until_signalled
from pumphouse.core.errors import UsageError
from pumphouse.runtime import daemon
from pumphouse.runtime.demo import Demo
from pumphouse.runtime.demo import demo as open_demo
from pumphouse.runtime.installation import open_installation, open_store
from pumphouse.simulator.server import Simulator, SimulatorOptions
from pumphouse.web.serve import web_front

__all__ = ["demo", "simulate"]

Port = Annotated[int, Parameter(validator=Number(gte=0, lte=65535))]
Days = Annotated[int, Parameter(validator=Number(gte=1, lte=3650))]
Positive = Annotated[float, Parameter(validator=Number(gt=0))]


async def demo(
    *,
    once: Annotated[bool, Parameter(negative=(), help="Show the table and end.")] = False,
    port: Annotated[Port, Parameter(help="Port of the web app and of the login callback.")] = 8400,
    days: Annotated[
        int, Parameter(validator=Number(gte=1, lte=3650), help="Days of history.")
    ] = 30,
    seed: Annotated[int, Parameter(help="Another number is another house.")] = 1,
    folder: Annotated[
        Path | None, Parameter(name="--dir", help="Keep everything in this folder.")
    ] = None,
) -> None:
    """Show everything at work against simulated clouds; no account is needed."""
    with _kept(folder) as place:
        async with open_demo(place, days=days, seed=seed, port=port) as running:
            await _poll(running)
            async with open_store(running.settings) as store:
                with _progress(f"{days} days of history") as show:
                    await running.tell_the_past(store, show)
            await _poll(running)
            context = Context(place / "pumphouse.toml")
            await latest(context=context)
            if not once:
                await _stay(running, context)


async def _poll(running: Demo) -> None:
    async with open_installation(running.settings) as installation:
        for outcome in await poll_once(installation, installation.sources):
            if outcome.error is not None:
                raise outcome.error


async def _stay(running: Demo, context: Context) -> None:
    say(
        f"Simulated clouds: {running.simulator.announcement.url}\n"
        f"Look around:      {sys.argv[0]} --config {context.config} latest\n"
        "Polling every minute until Ctrl-C."
    )
    async with until_signalled() as stop, context.installation() as installation:
        front = web_front(installation, lambda address: say(f"Web app:          {address}"))
        await daemon.run(installation, stop, front=front)


@contextmanager
def _kept(folder: Path | None) -> Iterator[Path]:
    """`folder`, or one that is gone at the end."""
    if folder is not None:
        yield folder.expanduser().absolute()
        return
    with tempfile.TemporaryDirectory(prefix="pumphouse-demo-") as temporary:
        yield Path(temporary)


@contextmanager
def _progress(title: str) -> Iterator[Callable[[float], None]]:
    """A bar on a terminal, nothing in a pipe."""
    console = stderr()
    columns = (TextColumn(title), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=1.0)

        def show(share: float) -> None:
            progress.update(task, completed=share)

        yield show


async def simulate(
    *,
    host: Annotated[str, Parameter(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[Port, Parameter(help="Port to listen on; 0 is any free one.")] = 0,
    auto_consent: Annotated[
        bool, Parameter(negative=(), help="Redirect at once, without login and consent page.")
    ] = False,
    recordings: Annotated[
        Path | None, Parameter(help="Serve recorded pumps of this folder instead of a house.")
    ] = None,
    seed: Annotated[int, Parameter(help="Another number is another house.")] = 1,
    speed: Annotated[Positive, Parameter(help="House seconds per second.")] = 1.0,
) -> None:
    """Serve the simulated clouds of NIBE Uplink, myUplink and Tibber until stopped."""
    options = SimulatorOptions(
        host=host,
        port=port,
        auto_consent=auto_consent,
        recordings=recordings,
        seed=seed,
        speed=speed,
    )
    async with until_signalled() as stop:
        try:
            async with Simulator(options) as simulator:
                sys.stdout.write(simulator.announcement.line() + "\n")
                sys.stdout.flush()
                await stop.wait()
        except OSError as problem:
            raise UsageError(f"cannot listen on {host}:{port}: {problem.strerror}") from None
