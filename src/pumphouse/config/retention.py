"""`[retention]`: for how long single readings are kept; their sums stay for ever."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Annotated, Final

from pydantic import AfterValidator, Field, model_validator

from pumphouse.config.settings import Section

__all__ = ["RetentionSettings"]

_FOREVER: Final = "forever"
_DAYS: Final = {"d": 1, "w": 7, "y": 366}
_DURATION: Final = re.compile(r"([1-9]\d{0,4})([dwy])")


def _checked(text: str) -> str:
    if text != _FOREVER and not _DURATION.fullmatch(text):
        raise ValueError(f'"{text}" is no duration; write "90d", "52w", "10y" or "forever"')
    return text


Duration = Annotated[str, AfterValidator(_checked)]
"""Days, weeks or years: `90d`, `52w`, `10y`; or `forever`."""


class RetentionSettings(Section):
    """How long single readings are kept. Sums of hours and days stay for ever in any case."""

    default: Duration = Field(
        default=_FOREVER,
        description='How long readings are kept that nothing below names: "forever", or days, weeks'
        ' or years such as "90d", "52w", "10y".',
    )
    automatic: bool = Field(
        default=False,
        description="Whether `run` deletes once a day what is older; without it, nothing is ever"
        " deleted but by `pumphouse retention --apply`.",
    )
    keep: Mapping[str, Duration] = Field(
        default={},
        description="The same for some: by metric, native id or `device/point`, with wildcards;"
        ' the first that matches counts. "rssi*" = "90d" may stand in [retention] itself.',
        examples=[{"rssi*": "90d"}],
    )

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, given: object) -> object:
        """Take what stands in the section itself for a part of `keep`."""
        if not isinstance(given, dict):
            return given
        fields = {name: value for name, value in given.items() if name in cls.model_fields}
        named = {name: value for name, value in given.items() if name not in cls.model_fields}
        if not named:
            return given
        kept = fields.get("keep", {})
        return fields | {"keep": {**named, **kept} if isinstance(kept, dict) else kept}

    def unmatched(self, points: Iterable[tuple[str, ...]]) -> Sequence[str]:
        """The patterns that match no point: somebody may have mistyped what he wants to keep.

        Args:
            points: everything that each is called.
        """
        names = {name for named in points for name in named}
        return [one for one in self.keep if not any(fnmatchcase(name, one) for name in names)]

    def period(self, names: tuple[str, ...]) -> timedelta | None:
        """How long the readings of a point are kept, None where it is for ever.

        Args:
            names: everything that it is called.
        """
        for pattern, duration in self.keep.items():
            if any(fnmatchcase(name, pattern) for name in names):
                return _period(duration)
        return _period(self.default)


def _period(duration: str) -> timedelta | None:
    found = _DURATION.fullmatch(duration)
    return found and timedelta(days=int(found[1]) * _DAYS[found[2]])
