"""The answer of `/api/efficiency` as models; `runtime.efficiency_document` fills them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Efficiency", "Figure", "Verdict"]

_COP = {"value": 3.77, "error": 0.18, "provenance": "derived", "boundary": "H4"}
_KWH = {"value": 446.8, "error": 16.2, "provenance": "device meter", "boundary": "H4"}
_COST = {"value": 512.4, "error": 11.8, "provenance": "derived", "boundary": "H4"}
_COUNT = {"value": 433, "error": 5, "provenance": "device meter"}


class Answer(BaseModel):
    """What all of them have in common: a field more is a mistake."""

    model_config = ConfigDict(extra="forbid")


class Figure(Answer):
    """A number that says how far to trust it."""

    value: float = Field(description="In the unit that the name of the figure ends with.")
    error: float = Field(description="Half of the width of its 90 % interval, same unit.", ge=0)
    provenance: Literal["measured", "device meter", "derived", "estimated"] = Field(
        description="Where it comes from, from the best to the weakest.", examples=["derived"]
    )
    boundary: Literal["H1", "H2", "H3", "H4"] | None = Field(
        default=None,
        description="What is inside (SEPEMO): H1 the unit alone, H2 and the pump or fan of its"
        " source, H3 and the additional heat, H4 and the pumps that carry the heat. Absent where it"
        " has no meaning.",
        examples=["H4"],
    )


class Verdict(Answer):
    """What stands out, in words."""

    name: str = Field(description="Which finding it is.", examples=["short_cycling"])
    severity: Literal["information", "advice", "warning"] = Field(examples=["advice"])
    sentence: str = Field(description="What was found.")
    advice: str = Field(description="What people usually do about it.")
    evidence: dict[str, float] = Field(description="The numbers that say so.")


_Maybe = Figure | None
Energy = Annotated[
    _Maybe, Field(description="kWh; null without enough data.", examples=[_KWH, None])
]
Coefficient = Annotated[
    _Maybe,
    Field(
        description="Heat over electricity, dimensionless; null without enough data.",
        examples=[_COP, None],
    ),
]
Count = Annotated[
    _Maybe, Field(description="A number of times; null without enough data.", examples=[_COUNT])
]


Money = Annotated[
    _Maybe,
    Field(
        description="In `currency`, each kilowatt-hour at the price in force when it was used; null"
        " without a price for nine tenths of them.",
        examples=[_COST, None],
    ),
]


class Efficiency(Answer):
    """How well one device worked over a period: `report --json`."""

    model_config = ConfigDict(extra="forbid", validate_by_name=True)

    source: str = Field(description="Name of the source in the configuration.", examples=["house"])
    device: str = Field(description="The vendor's id of the device.", examples=["147463"])
    from_: datetime = Field(alias="from", description="Where the period begins.")
    to: datetime = Field(description="Where it ends.")
    coverage: float = Field(
        description="Share of the period for which there is data.", ge=0, le=1, examples=[0.99]
    )
    currency: str | None = Field(
        description="Of the costs, three letters (ISO 4217); null where nothing tells a price.",
        examples=["SEK"],
    )
    electricity_kwh: Energy
    heat_kwh: Energy
    heat_heating_kwh: Energy
    heat_hot_water_kwh: Energy
    cop: Coefficient
    cop_heating: Coefficient
    cop_hot_water: Coefficient
    compressor_starts: Count
    short_cycles: Count
    compressor_hours: _Maybe = Field(description="Hours; null without enough data.")
    defrosts: Count
    additional_heat_kwh: Energy
    heat_loss_w_per_k: _Maybe = Field(
        description="Heat loss of the house, W/K; null with too few days, or days too much alike."
    )
    balance_point_c: _Maybe = Field(
        description="Outdoor temperature above which the house needs no heating, °C."
    )
    cost: Money
    cost_heating: Money
    cost_hot_water: Money
    cost_cooling: Money
    cost_additional_heat: Money = Field(description="Part of heating and hot water, too.")
    cost_standby: Money
    price_paid: _Maybe = Field(description="Mean price of a kilowatt-hour that was used.")
    price_offered: _Maybe = Field(description="Mean price of the period, used or not.")
    verdicts: list[Verdict] = Field(description="What stands out, what matters most first.")
