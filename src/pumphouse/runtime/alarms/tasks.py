"""Everything about alarms that goes on while the house runs, put together."""

from collections.abc import Coroutine, Mapping
from dataclasses import dataclass

from pumphouse.core.ports import SupportsNotifications
from pumphouse.runtime.alarms.examination import Examination
from pumphouse.runtime.alarms.notifications import Notifications
from pumphouse.runtime.alarms.watch import AlarmWatch
from pumphouse.runtime.analyst import Analyst
from pumphouse.runtime.installation import Installation

__all__ = ["AlarmTasks", "alarm_tasks"]

_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class AlarmTasks:
    """What to run beside polls and deliveries.

    Attributes:
        watch: to be woken when something was stored.
        notifications: of the sources whose vendors have alarms, by name.
    """

    watch: AlarmWatch
    examination: Examination | None
    notifications: Mapping[str, Notifications]

    def runs(self) -> list[Coroutine[object, object, None]]:
        """Each to be run in a task of its own, until cancelled; none ever fails."""
        examined = [] if self.examination is None else [self.examination.run()]
        return [self.watch.run(), *examined, *(one.run() for one in self.notifications.values())]

    async def ask_vendor(self, source: str) -> None:
        """Ask the vendor of an entered source for its alarms once, if it has any."""
        if source in self.notifications:
            await self.notifications[source].ask_if_affordable()


def alarm_tasks(installation: Installation) -> AlarmTasks:
    """The watch over an installation, whose sources are entered by whoever runs this."""
    settings, store, clock = installation.settings, installation.store, installation.host.clock
    analyst = Analyst(settings.store.path, settings.site.timezone, settings.hints)
    examination = Examination(store, clock, installation.sources, analyst.reports)
    watch = AlarmWatch(
        store,
        settings.alarms,
        sources=installation.sources,
        sinks=installation.sinks,
        examination=examination,
        clock=clock,
    )
    interval = settings.alarms.notifications_minutes * _SECONDS
    notifications = {
        name: Notifications(source, store, interval=interval, clock=clock)
        for name, source in installation.sources.items()
        if isinstance(source, SupportsNotifications)
    }
    return AlarmTasks(watch, examination if settings.alarms.verdicts else None, notifications)
