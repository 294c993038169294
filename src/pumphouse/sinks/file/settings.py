"""The section of a file sink in the configuration."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from pumphouse.config.settings import CursorSinkSettings

__all__ = ["FileSettings"]


class FileSettings(CursorSinkSettings):
    """Files, one for each day, with one line for each reading."""

    type: Literal["file"]
    folder: Annotated[Path, AfterValidator(Path.expanduser)] = Field(
        description="Where the files go; it is made where it does not exist.",
        examples=["~/pumphouse-readings"],
    )
    format: Literal["jsonl", "csv"] = Field(
        default="jsonl",
        description="JSON lines or CSV, with the keys or columns of `pumphouse export`.",
    )
