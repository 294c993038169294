"""Thermostats that a vendor has to be told of again and again, as long as they measure."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from pumphouse.config.schedules import ThermostatSettings
from pumphouse.core.errors import SourceError, TransientError, UsageError
from pumphouse.core.model import Batch, Event, EventKind, PointKey, Reading
from pumphouse.core.ports import Outcome, Purpose, SupportsThermostats
from pumphouse.runtime.installation import Installation

__all__ = ["Thermostats"]

log = structlog.get_logger()

#: the vendor forgets a thermostat after 30 minutes; clients settled on half of that
RENEW_AFTER: Final = timedelta(minutes=15)
#: the same after a vendor did not answer: the thermostat is to live on meanwhile
AGAIN_AFTER: Final = timedelta(minutes=1)
#: what was measured longer ago is not told: without it the pump goes by its own sensor
LATEST: Final = timedelta(minutes=30)


class Thermostats:
    """Tells the configured thermostats; each stands once in the log, with how often it was told."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._clock = installation.host.clock
        self._log = installation.store.write_log
        self._noted: dict[str, int] = {}
        self._next: dict[str, datetime] = {}

    async def round(self) -> None:
        """Tell those whose time has come.

        Raises:
            StoreError: the store cannot be used; nothing was sent.
            UsageError: the configuration names what does not exist; the other ones were told.
        """
        now = self._clock.now()
        mistakes: list[str] = []
        for name, section in self._installation.settings.thermostats.items():
            if now < self._next.get(name, now):
                continue
            try:
                reading = await self._measured(name, section)
                if now - reading.time <= LATEST:
                    await self._tell(name, section, reading)
            except UsageError as mistake:
                mistakes.append(str(mistake))
        if mistakes:
            raise UsageError("; ".join(mistakes))

    async def _tell(self, name: str, section: ThermostatSettings, reading: Reading) -> None:
        installation = self._installation
        source_name = await self._source_of(name, section)
        source = installation.sources[source_name]
        if not installation.control.rules.open(source_name):
            raise UsageError(
                f"thermostats.{name}: write = true is missing in [sources.{source_name}]"
            )
        if not isinstance(source, SupportsThermostats):
            raise UsageError(f"thermostats.{name}: {source_name} knows no thermostats")
        assert reading.value is not None
        if name in self._noted:
            await self._log.renew(self._noted[name], self._clock.now())
        else:
            await self._begin(
                name, section, PointKey(source_name, section.device, f"thermostat {name}")
            )
        self._next[name] = self._clock.now() + RENEW_AFTER
        try:
            await source.renew_thermostat(
                section.device,
                name,
                actual=reading.value,
                target=section.target,
                climate_systems=section.climate_systems,
            )
        except SourceError as problem:
            log.warning("thermostat not told", thermostat=name, why=str(problem))
            if isinstance(problem, TransientError):
                self._next[name] = self._clock.now() + AGAIN_AFTER

    async def _begin(self, name: str, section: ThermostatSettings, key: PointKey) -> None:
        """Put a thermostat into the log, before it is told for the first time."""
        now = self._clock.now()
        detail = "It is told again every 15 minutes while Pumphouse runs, and forgotten after that."
        draft = self._installation.control.draft(
            key, section.target, "configuration", None, Purpose.RENEWAL
        )
        noted = await self._log.begin(
            replace(draft, outcome=Outcome.ACCEPTED, ended_at=now, detail=detail), None
        )
        assert not isinstance(noted, str), "without limits, and complete, nothing stands against it"
        self._noted[name] = noted.id
        event = Event(
            id=f"write {noted.id}",
            time=now,
            kind=EventKind.WRITE,
            title=f"Thermostat {name} set to {section.target:g} °C by the configuration",
            source=key.source,
            device=key.device,
            ended=now,
            detail={"by": "configuration", "write": str(noted.id), "detail": detail},
        )
        await self._installation.store.append(Batch(key.source, events=(event,)))

    async def _measured(self, name: str, section: ThermostatSettings) -> Reading:
        """The newest reading of a thermostat's sensor."""
        device = section.sensor_device or section.device
        for point, reading in await self._installation.store.latest(device):
            if section.sensor in (point.key.point, point.metric) and reading.value is not None:
                return reading
        raise UsageError(f"thermostats.{name}: device {device} has no reading of {section.sensor}")

    async def _source_of(self, name: str, section: ThermostatSettings) -> str:
        for device in await self._installation.store.devices():
            if device.id == section.device and device.source in self._installation.sources:
                return device.source
        raise UsageError(f"thermostats.{name}: there is no device {section.device}")
