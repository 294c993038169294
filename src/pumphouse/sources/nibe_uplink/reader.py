"""Reading one system of NIBE Uplink with as few requests as its answers allow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pumphouse.core.ports import Clock
from pumphouse.sources.nibe_uplink.api import MAX_PARAMETERS, NibeUplinkApi
from pumphouse.sources.nibe_uplink.manage import asked_by_id
from pumphouse.sources.nibe_uplink.wire import Category, Parameter, System, SystemUnit
from pumphouse.sources.progress import Progress

__all__ = ["SystemReader", "UnitValues"]

#: how long the units of a system, and the ids it answers, are taken for granted
RELEARN_AFTER: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class UnitValues:
    """All parameters of one unit."""

    unit: SystemUnit
    parameters: Sequence[Parameter]


class SystemReader:
    """Reads systems, and remembers what need not be asked again.

    A system costs one request per unit, which brings all its categories, and one for each 15
    settings that stand in no category. Its units, and which settings it answers, are learnt at the
    first read and again after a day: ids that a system does not know are silently missing from the
    answer, so that asking tells. The known ones are read each time: they mostly fit one request.

    Args:
        clock: time.
        further: ids of settings that the owner wants to be read too.
    """

    def __init__(self, clock: Clock, further: Sequence[str] = ()) -> None:
        self._clock = clock
        self._further = further
        self._units: dict[int, tuple[datetime, Sequence[SystemUnit]]] = {}
        self._by_id: dict[int, tuple[datetime, Sequence[str]]] = {}

    async def read(
        self, api: NibeUplinkApi, system: System, progress: Progress
    ) -> list[UnitValues]:
        """The values of each unit that could be read.

        Raises:
            SourceError: not even the units of the system are known.
        """
        values: list[UnitValues] = []
        for unit in await self._known_units(api, system.system_id):
            if progress.held_back:
                break
            with progress.part(f"system {system.system_id}, unit {unit.system_unit_id}"):
                parameters = await self._read_unit(api, system.system_id, unit, progress)
                values.append(UnitValues(unit, parameters))
        return values

    async def _known_units(self, api: NibeUplinkApi, system: int) -> Sequence[SystemUnit]:
        known = self._units.get(system)
        if known is None or self._is_old(known[0]):
            known = (self._clock.now(), await api.units(system))
            self._units[system] = known
        return known[1]

    async def _read_unit(
        self, api: NibeUplinkApi, system: int, unit: SystemUnit, progress: Progress
    ) -> list[Parameter]:
        number = unit.system_unit_id
        categories = await api.categories(system, unit=number, parameters=True)
        parameters = [p for category in categories for p in category.parameters or ()]
        if number == 0:
            with progress.part(f"the settings of system {system}", optional=True):
                parameters += await self._settings(api, system, categories, parameters)
        return parameters

    async def _settings(
        self,
        api: NibeUplinkApi,
        system: int,
        categories: Sequence[Category],
        present: Sequence[Parameter],
    ) -> list[Parameter]:
        """What the main unit answers by id only."""
        known = self._by_id.get(system)
        learning = known is None or self._is_old(known[0])
        if known is None or learning:
            ids = asked_by_id(
                (category.category_id for category in categories),
                (str(parameter.parameter_id) for parameter in present),
                self._further,
            )
        else:
            ids = known[1]
        found: list[Parameter] = []
        for start in range(0, len(ids), MAX_PARAMETERS):
            found += await api.parameters(system, ids[start : start + MAX_PARAMETERS])
            if not found:
                break  # the first ids are those that every known pump answers some of
        if learning:
            answered = tuple(str(parameter.parameter_id) for parameter in found)
            self._by_id[system] = (self._clock.now(), answered)
        return found

    def _is_old(self, learnt: datetime) -> bool:
        return self._clock.now() - learnt > RELEARN_AFTER
