"""The pages for people: what they show is worked out here, how it looks stands in the templates."""

from fastapi import APIRouter

from pumphouse.web.pages import (
    alarms,
    cycles,
    efficiency,
    heating_curve,
    now,
    points,
    sensors,
    settings,
    sources,
)

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
for _page in (now, alarms, points, sensors, settings, sources, efficiency, cycles, heating_curve):
    router.include_router(_page.router)
