"""`pumphouse archive`: old months as files that any tool opens."""

from datetime import UTC, datetime
from typing import Annotated

from cyclopts import Parameter, validators

from pumphouse.cli.context import AsJson, InContext
from pumphouse.cli.output import print_json, print_table, say
from pumphouse.core.errors import UsageError
from pumphouse.runtime.housekeeping import archive_months

__all__ = ["archive"]


async def archive(
    *,
    older_than: Annotated[
        int | None,
        Parameter(
            validator=validators.Number(gte=1, lte=1200),
            help="Months that stay in the database. Default: archive_after_months.",
        ),
    ] = None,
    show: Annotated[bool, Parameter(name="--list", negative=(), help="Only list them.")] = False,
    as_json: AsJson = False,
    context: InContext,
) -> None:
    """Move months that are over into Parquet files, and list these."""
    async with context.store() as (settings, store):
        keep = older_than if older_than is not None else settings.store.archive_after_months
        if not show:
            if keep is None:
                raise UsageError(
                    "say how many months stay in the database: --older-than 12, or set"
                    " archive_after_months in [store]"
                )
            await archive_months(store, datetime.now(UTC), keep)
        months = await store.archived()
    if as_json:
        print_json(
            [
                {
                    "source": one.source,
                    "device": one.device,
                    "month": one.month,
                    "file": one.file,
                    "readings": one.readings,
                    "bytes": one.bytes,
                }
                for one in months
            ]
        )
        return
    print_table(
        ("month", "device", "readings>", "bytes>", "file"),
        ((one.month, one.device, str(one.readings), str(one.bytes), one.file) for one in months),
    )
    readings, size = sum(one.readings for one in months), sum(one.bytes for one in months)
    if readings:
        say(f"{readings} readings in {size} bytes: {size / readings:.2f} bytes each")
