"""`pumphouse retention`: what [retention] would delete, and deleting it."""

from datetime import UTC, datetime
from typing import Annotated

from cyclopts import Parameter

from pumphouse.cli.context import AsJson, InContext
from pumphouse.cli.output import print_json, print_table, say
from pumphouse.core.errors import UsageError
from pumphouse.runtime.retention import delete_expired, expired, unmatched

__all__ = ["retention"]


async def retention(
    *,
    preview: Annotated[
        bool, Parameter(negative=(), help="Show what would be deleted: what it does by itself.")
    ] = False,
    apply: Annotated[
        bool, Parameter(negative=(), help="Delete it. Sums of hours and days stay.")
    ] = False,
    as_json: AsJson = False,
    context: InContext,
) -> None:
    """Show or delete the single readings that are older than [retention] keeps them."""
    if preview and apply:
        raise UsageError("choose one of --preview and --apply")
    async with context.store() as (settings, store):
        for pattern in await unmatched(store, settings.retention):
            say(f'[retention] "{pattern}" is the name of no point; `pumphouse points` lists all')
        look = delete_expired if apply else expired
        found = await look(store, settings.retention, datetime.now(UTC))
    if as_json:
        print_json(
            [
                {
                    "source": one.point.key.source,
                    "device": one.point.key.device,
                    "point": one.point.key.point,
                    "metric": one.point.metric,
                    "before": one.before.isoformat(),
                    "readings": one.readings,
                    "deleted": apply,
                }
                for one in found
            ]
        )
        return
    print_table(
        ("metric or point", "device", "older than", "readings>"),
        (
            (
                one.point.metric or one.point.key.point,
                one.point.key.device,
                f"{one.before:%Y-%m-%d}",
                str(one.readings),
            )
            for one in found
        ),
    )
    readings = sum(one.readings for one in found)
    if apply:
        say(f"{readings} readings were deleted; their sums by hours and days stay")
    else:
        say(f"{readings} readings are older than [retention] keeps them; --apply deletes them")
