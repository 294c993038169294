"""The dashboards as files: one folder per kind of database, one file per dashboard."""

import json
from collections.abc import Mapping
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from generator.boards import BOARDS
from generator.drawing import draw
from generator.languages import LANGUAGES
from pumphouse.catalogue.catalogue import load_catalogue

__all__ = ["outdated", "render", "write"]


def render() -> Mapping[str, str]:
    """Every file's path below the folder of the dashboards, and what it holds."""
    catalogue = load_catalogue()
    files: dict[str, str] = {}
    for make in LANGUAGES:
        language = make(catalogue)
        for board in BOARDS:
            text = json.dumps(
                draw(board, language),
                cls=JSONEncoder,
                indent=2,
                sort_keys=True,
                ensure_ascii=False,
            )
            files[f"{language.datasource}/{board.name}.json"] = f"{text}\n"
    return files


def write(folder: Path) -> None:
    """Write all files and delete those of dashboards that there are no more."""
    for name in _present(folder) - set(render()):
        (folder / name).unlink()
    for name, text in render().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def outdated(folder: Path) -> list[str]:
    """The files that are missing, too many or different from what would be written."""
    wanted = render()
    different = {
        name
        for name, text in wanted.items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    }
    return sorted(different | (_present(folder) - set(wanted)))


def _present(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.glob("*/*.json")}
