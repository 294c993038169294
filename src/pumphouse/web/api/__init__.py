"""The API: what the command line prints, over HTTP."""

from fastapi import APIRouter

from pumphouse.web.api import alarms, docs, efficiency, house, live, sensors, series, writes

__all__ = ["router"]

router = APIRouter()
for _part in (house, alarms, sensors, writes, series, efficiency, live, docs):
    router.include_router(_part.router)
