"""The API: what the command line prints, over HTTP."""

from fastapi import APIRouter

from pumphouse.web.api import docs, efficiency, house, live, series

__all__ = ["router"]

router = APIRouter()
for _part in (house, series, efficiency, live, docs):
    router.include_router(_part.router)
