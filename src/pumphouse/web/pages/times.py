"""How instants and lengths of time are written for people, in the site's zone."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pumphouse.web.text import texts

__all__ = ["Times", "length"]

_STEPS = (("d", 86400.0), ("h", 3600.0), ("min", 60.0))


def length(span: timedelta) -> str:
    """A length of time in the one unit that suits it: `4 min`, `3 h`, `2 d`."""
    seconds = max(span.total_seconds(), 0.0)
    for unit, size in _STEPS:
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


@dataclass(frozen=True, slots=True)
class Times:
    """Writes instants in the site's zone, as seen at `now`.

    Attributes:
        zone: IANA name.
    """

    zone: str
    now: datetime

    def local(self, time: datetime) -> datetime:
        """The wall clock at the site, summer time included."""
        return time.astimezone(ZoneInfo(self.zone))

    def iso(self, time: datetime) -> str:
        """For the `datetime` attribute of a `<time>` element."""
        return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

    def clock(self, time: datetime) -> str:
        """`14:05` where it is today, else with the day; a repeated hour names its offset."""
        local = self.local(time)
        hour = local.strftime("%H:%M") + self._offset(local)
        if local.date() == self.local(self.now).date():
            return hour
        return f"{self.day(time)} {hour}"

    def day(self, time: datetime) -> str:
        """`2026-01-31`: the date at the site."""
        return self.local(time).date().isoformat()

    def minute(self, time: datetime) -> str:
        """`2026-01-31 14:05`: date and wall clock at the site."""
        return self.local(time).strftime("%Y-%m-%d %H:%M")

    def full(self, time: datetime) -> str:
        """Date, time and zone, beyond doubt."""
        return self.local(time).strftime("%Y-%m-%d %H:%M:%S %Z")

    def age(self, time: datetime) -> str:
        """How long ago it was, or how far ahead it lies: `4 min ago`, `in 4 min`."""
        t = texts()
        if time > self.now + timedelta(seconds=30):
            return t("time.ahead", length=length(time - self.now))
        if self.now - time < timedelta(minutes=1):
            return t("time.just_now")
        return t("time.ago", length=length(self.now - time))

    def span(self, time: datetime) -> str:
        """The length of time since `time`, for where there is little room: `4 min`."""
        return length(self.now - time)

    def _offset(self, local: datetime) -> str:
        """The name of the offset in the hour that the end of summer time repeats, else nothing."""
        if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
            return ""
        return local.strftime(" %Z")
