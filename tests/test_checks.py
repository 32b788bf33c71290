"""System checks: each finds its mistake, and none finds one in a sound site."""

from __future__ import annotations

from datetime import timedelta
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from hyperkitty.checks import WORDS, check_app_order, check_distributions
from hyperkitty.models import Sync, SyncKind
from hyperkitty.search.upkeep import index_due
from tests.indexes import search_at


def ids() -> set[str]:
    return {str(found.id) for found in run_checks() if "hyperkitty." in str(found.id)}


def test_sound_site_has_nothing_to_say() -> None:
    assert ids() == set()


def test_search_that_cannot_work_is_named(tmp_path: Path) -> None:
    with search_at("simple://"):
        assert ids() == {"hyperkitty.W006"}
    with search_at(f"tantivy://{tmp_path}"):
        assert ids() == set()
        (tmp_path / "current").write_text("{")
        assert ids() == {"hyperkitty.W007"}


@pytest.mark.django_db
def test_index_of_other_languages_is_named(tmp_path: Path) -> None:
    with search_at(f"tantivy://{tmp_path}"):
        index_due()
        with override_settings(HYPERKITTY_SEARCH_LANGUAGE="de"):
            assert ids() == {"hyperkitty.W008"}
        with override_settings(HYPERKITTY_SEARCH_LANGUAGES={"a@b": "tlh"}):
            assert ids() == {"hyperkitty.W005", "hyperkitty.W008"}


@pytest.mark.parametrize(
    "names", [["hyperkitty"], ["haystack", "hyperkitty"]], ids=["missing", "above"]
)
def test_order_of_apps_is_demanded(
    names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    configs = [apps.app_configs[name] for name in names]
    monkeypatch.setattr(apps, "get_app_configs", lambda: configs)
    assert [found.id for found in check_app_order(None)] == ["hyperkitty.E004"]


@override_settings(HYPERKITTY_BATCH_MODE=True)
def test_retired_setting_is_named() -> None:
    assert ids() == {"hyperkitty.W001"}


@override_settings(HYPERKITTY_MBOX_EXPROT=True)
def test_misspelt_setting_is_named_with_the_right_one() -> None:
    (found,) = [m for m in run_checks() if m.id == "hyperkitty.W001"]
    assert found.hint == "Is it HYPERKITTY_MBOX_EXPORT?"


@override_settings(HYPERKITTY_ENABLE_GRAVATAR=True)
def test_setting_that_other_apps_read_is_not_warned_of() -> None:
    assert ids() == set()


@pytest.mark.parametrize("name", sorted(WORDS))
def test_unknown_word_is_an_error(name: str) -> None:
    with override_settings(**{f"HYPERKITTY_{name}": "evryone"}):
        assert ids() == {"hyperkitty.E001"}


@override_settings(HYPERKITTY_POSTING_FROM="site")
def test_site_that_writes_needs_an_address() -> None:
    assert ids() == {"hyperkitty.W009"}
    with override_settings(DEFAULT_FROM_EMAIL="Lists <lists@example.org>"):
        assert ids() == set()


def test_sqlite_without_immediate_transactions_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(
        connection.settings_dict, "ENGINE", "django.db.backends.sqlite3"
    )
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {})
    assert ids() == {"hyperkitty.E002"}


@override_settings(
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", {})]},
        }
    ]
)
def test_missing_templates_are_named() -> None:
    assert "hyperkitty.W003" in ids()


def test_gnu_hyperkitty_beside_us_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(PackageNotFoundError):
        distribution("hyperkitty")
    metadata = tmp_path / "hyperkitty-1.3.12.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Name: HyperKitty\nVersion: 1.3.12\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    (found,) = check_distributions(None)
    assert found.id == "hyperkitty.W002"


@pytest.mark.django_db
def test_work_that_nobody_does_is_named_where_it_is_asked_for() -> None:
    def found() -> set[str]:
        asked = {"include_deployment_checks": True, "databases": ["default"]}
        return {str(one.id) for one in run_checks(tags=["database"], **asked)}

    row = Sync.objects.create(kind=SyncKind.LISTS)
    assert "hyperkitty.W010" not in found()
    Sync.objects.filter(pk=row.pk).update(due_at=timezone.now() - timedelta(hours=1))
    assert "hyperkitty.W010" in found()
    assert "hyperkitty.W010" not in ids()


@pytest.mark.parametrize(
    "patterns",
    [
        {"*": [("(", "https://bugs.example.org/{}")]},
        {"*": [("#([0-9]+)", "javascript:{}")]},
        {"*": [("x*", "https://bugs.example.org/{}")]},
        ["#([0-9]+)"],
        {"*": ["#([0-9]+)"]},
    ],
)
def test_bug_pattern_that_cannot_work_is_an_error(patterns: object) -> None:
    with override_settings(HYPERKITTY_BUG_PATTERNS=patterns):
        assert ids() == {"hyperkitty.E003"}
