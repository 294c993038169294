"""The section of a tariff in the configuration."""

import re
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from pumphouse.config.settings import Section, SourceSettings
from pumphouse.sources.tariff.calendar import Hours, first_gap, parse_names, parse_time

__all__ = ["Period", "TariffSettings"]

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
_CURRENCY = re.compile(r"^[A-Z]{3}$")


def _day_names(text: str) -> str:
    parse_names(text, _DAYS)
    return text


def _month_names(text: str) -> str:
    parse_names(text, _MONTHS)
    return text


def _time_of_day(text: str) -> str:
    parse_time(text)
    return text


class Period(Section):
    """A price for some hours of some days."""

    from_: Annotated[str, AfterValidator(_time_of_day)] = Field(
        default="00:00", alias="from", description="When it begins, in the site's time."
    )
    to: Annotated[str, AfterValidator(_time_of_day)] = Field(
        default="24:00", description="When it ends; earlier than its begin: on the next morning."
    )
    days: Annotated[str, AfterValidator(_day_names)] = Field(
        default="mon-sun", description="Days of the week, such as mon-fri or sat,sun."
    )
    months: Annotated[str, AfterValidator(_month_names)] = Field(
        default="jan-dec", description="Months, such as nov-mar or jun,jul,aug."
    )
    price: float = Field(description="For one kilowatt-hour.")

    def hours(self) -> Hours:
        """The same as a domain value."""
        return Hours(
            parse_time(self.from_),
            parse_time(self.to),
            parse_names(self.days, _DAYS),
            parse_names(self.months, _MONTHS),
            self.price,
        )


class TariffSettings(SourceSettings):
    """What you pay for a kilowatt-hour, where no supplier's cloud tells it."""

    type: Literal["tariff"] = Field(
        default="tariff", description="A contract with fixed or time-of-use prices."
    )
    interval_secs: float = Field(
        default=300, ge=1, le=86400, description="Seconds between two looks at the calendar."
    )
    currency: Annotated[str, StringConstraints(pattern=_CURRENCY)] | None = Field(
        default=None,
        description="Currency of the prices, three letters; the site's without it.",
        examples=["SEK"],
    )
    since: date | None = Field(
        default=None,
        description="First day of the contract: what was used from then on has its price. Without"
        " it, that is so from 31 days before Pumphouse begins.",
        examples=["2026-01-01"],
    )
    price: float | None = Field(
        default=None,
        description="Price of the energy of one kilowatt-hour, at all times that `periods` does"
        " not name.",
        examples=[1.20],
    )
    periods: tuple[Period, ...] = Field(
        default=(),
        description="Prices of the energy by time of day, weekday and month; the first that fits"
        ' counts. Each such as { from = "06:00", to = "22:00", days = "mon-fri", price = 1.60 }.',
    )
    grid_fee: float = Field(
        default=0.0,
        description="What the grid company takes for a kilowatt-hour, at all times that"
        " `grid_periods` does not name.",
    )
    grid_periods: tuple[Period, ...] = Field(
        default=(), description="The grid company's fee by time, as `periods`."
    )
    energy_tax: float = Field(default=0.0, description="Tax on a kilowatt-hour, without VAT.")
    vat: float = Field(
        default=0.0,
        ge=0,
        le=100,
        description="Value added tax in per cent, put on everything; 0 where your prices hold it.",
    )

    @model_validator(mode="after")
    def _vat_is_in_per_cent(self) -> Self:
        if 0.0 < self.vat < 1.0:
            raise ValueError(
                f"vat is in per cent: write {self.vat * 100:g} instead of {self.vat:g}"
            )
        return self

    @model_validator(mode="after")
    def _priced_at_all_times(self) -> Self:
        if self.price is None:
            gap = first_gap([period.hours() for period in self.periods])
            if gap is not None:
                month, day, moment = gap
                raise ValueError(
                    f"there is no price on a {_DAYS[day].capitalize()} in"
                    f" {_MONTHS[month].capitalize()} at {moment:%H:%M}: set `price`, which counts"
                    " where no period does"
                )
        return self
