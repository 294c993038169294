"""The papers are true: generated pages are fresh, links lead somewhere, commands exist."""

import re
from pathlib import Path

import pytest

from pumphouse.cli.main import app
from pumphouse.cli.reference import PAGES
from pumphouse.core import errors

ROOT = Path(__file__).parents[2]
PAPERS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_fresh(name, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert written == PAGES[name](), "run `make docs` and commit what it writes"


def test_every_error_is_on_the_page_of_errors():
    page = PAGES["errors.md"]()
    assert [name for name in errors.__all__ if name not in page] == []


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(paper):
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", paper.read_text(encoding="utf-8"))
    assert [link for link in links if not (paper.parent / link).exists()] == []


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_a_paper_names_exists(paper):
    known = set(app) | {"COMMAND", "NAME", "pumphouse"}  # the last: a service of that name
    text = paper.read_text(encoding="utf-8")
    named = re.findall(r"(?:^|[`/ ])pumphouse(?: --config \S+)? ([a-z]+)\b", text, re.MULTILINE)
    code = re.findall(r"`[^`]*`|^ *\.venv.*$|^ExecStart.*$", text, re.MULTILINE)
    inside = {word for word in named if any(f"pumphouse {word}" in one for one in code)}
    assert inside <= known
