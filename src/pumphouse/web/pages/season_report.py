"""The season report: one file that shows everything to somebody who has no Pumphouse."""

from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from importlib.resources import files

from markupsafe import Markup

from pumphouse.web.efficiency_pages import Season
from pumphouse.web.pages.rendering import html_of
from pumphouse.web.pages.season_view import season_view
from pumphouse.web.pages.times import Times

__all__ = ["file_name", "season_report"]


def season_report(seasons: Sequence[Season], *, site: str, timezone: str, now: datetime) -> str:
    """One HTML document for these devices: styles and charts are in it, scripts are not.

    Args:
        seasons: one per device.
        site: name of the home.
        timezone: of the site, IANA name.
        now: when it was made.
    """
    static = files("pumphouse.web") / "static"
    styles = "\n".join(
        static.joinpath(name).read_text("utf-8") for name in ("charts.css", "season_report.css")
    )
    return html_of(
        "season_report.html",
        views=[season_view(season) for season in seasons],
        site=site,
        times=Times(timezone, now),
        now=now,
        program=f"Pumphouse {version('pumphouse')}",
        styles=Markup(styles),  # noqa: S704  (a file of ours)
    )


def file_name(season: Season) -> str:
    """A name for the file, of letters that every system takes."""
    device = "".join(one if one.isascii() and one.isalnum() else "-" for one in season.device)
    return f"pumphouse-{device}-{season.from_:%Y-%m-%d}-{season.to:%Y-%m-%d}.html"
