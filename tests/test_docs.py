"""The docs name what there is, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hyperkitty.conf import app_settings

ROOT = Path(__file__).resolve().parent.parent
DOCS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
SETTINGS = (ROOT / "docs" / "settings.md").read_text()
# The first cell of a table row: | `NAME` |
DOCUMENTED = set(re.findall(r"^\| `([A-Z_]+)` \|", SETTINGS, re.MULTILINE))


def test_every_setting_of_the_app_is_documented() -> None:
    documented = {name for name in DOCUMENTED if name.startswith("HYPERKITTY_")}
    assert documented == app_settings.known_names()


def test_every_variable_of_the_example_site_is_documented() -> None:
    source = (ROOT / "example_project" / "settings.py").read_text()
    read = set(re.findall(r'(?:\benv\.\w+|\bsecret)\(\s*"([A-Z_]+)"', source))
    assert "DATABASE_URL" in read
    assert read <= DOCUMENTED
    assert {name for name in DOCUMENTED - read if name[:11] != "HYPERKITTY_"} == set()


@pytest.mark.parametrize("page", DOCS, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_files_of_the_project_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text())
    missing = [name for name in targets if not (page.parent / name).exists()]
    assert missing == []
