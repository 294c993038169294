"""The section of an InfluxDB sink in the configuration."""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from pumphouse.config.settings import CursorSinkSettings, HttpAddress, Secret

__all__ = ["InfluxDbSettings"]

_Name = Annotated[str, StringConstraints(min_length=1)]
_Measurement = Annotated[str, StringConstraints(pattern=re.compile(r"^[A-Za-z][A-Za-z0-9_.-]*$"))]


class InfluxDbSettings(CursorSinkSettings):
    """InfluxDB 1.x, 2.x or 3, and whatever takes its line protocol, such as VictoriaMetrics."""

    type: Literal["influxdb"] = Field(
        default="influxdb", description="InfluxDB or another server that takes line protocol."
    )
    url: HttpAddress = Field(
        default="http://localhost:8086",
        description="Where the server is, without the path that belongs to its version.",
    )
    version: Literal[1, 2, 3] = Field(
        default=1,
        description="Whose way of writing it takes: InfluxDB 1, 2 or 3. VictoriaMetrics, QuestDB "
        "and Telegraf take that of 1.",
    )
    database: _Name = Field(
        default="pumphouse", description="The database; for version 2 the bucket."
    )
    org: _Name | None = Field(default=None, description="The organization, for version 2.")
    retention_policy: _Name | None = Field(
        default=None, description="For version 1; the database's default policy if left out."
    )
    token: Secret | None = Field(
        default=None, description="An API token, where the server wants one."
    )
    user: _Name | None = Field(default=None, description="A user's name, for version 1.")
    password: Secret | None = Field(default=None, description="The user's password.")
    measurement: _Measurement = Field(
        default="heatpump",
        description="The measurement that has one field per metric.",
    )
    point_measurement: _Measurement = Field(
        default="heatpump_point",
        description="The measurement of points without a metric: tag `point`, field `value`.",
    )
    batch_size: int = Field(
        default=5000, ge=1, le=50_000, description="How many readings one request holds at most."
    )
    timeout_secs: float = Field(
        default=30, ge=1, le=600, description="How long to wait for the server's answer."
    )
    gzip: bool = Field(default=True, description="Whether requests are compressed.")
    settling_secs: float | None = Field(
        default=None,
        ge=0,
        le=3600,
        description="For how many seconds the server may lose what it has confirmed, should it "
        "crash; known by itself of InfluxDB (0) and VictoriaMetrics (20).",
        examples=[20],
    )

    @model_validator(mode="after")
    def _fits_the_version(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("`user` and `password` go together; write both or none")
        if self.user is not None and self.token is not None:
            raise ValueError("write either `token` or `user` and `password`")
        if self.user is not None and self.version != 1:
            raise ValueError(
                f"InfluxDB {self.version} takes a `token`, no `user` and `password`; InfluxDB "
                '1.8 asked in the way of version 2 takes token = "user:password"'
            )
        if self.version == 2 and self.org is None:  # noqa: PLR2004  (the version's number)
            raise ValueError("InfluxDB 2 needs `org`; write the name of the organization")
        if self.version != 2 and self.org is not None:  # noqa: PLR2004
            raise ValueError(f"InfluxDB {self.version} knows no `org`; take it out")
        if self.version != 1 and self.retention_policy is not None:
            raise ValueError("only InfluxDB 1 has `retention_policy`; take it out")
        if self.measurement == self.point_measurement:
            raise ValueError("`measurement` and `point_measurement` must differ")
        return self

    @model_validator(mode="after")
    def _fits_a_header(self) -> Self:
        for name, secret in (("token", self.token), ("password", self.password)):
            text = secret.get_secret_value() if secret else ""
            if not text.isprintable() or (name == "token" and not text.isascii()):
                raise ValueError(f"`{name}` holds characters that no {name} has")
        if ":" in (self.user or ""):
            raise ValueError("`user` must not hold a colon")
        return self
