"""System checks: what a site's settings get wrong, said before it hurts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

from hyperkitty.conf import RETIRED, app_settings
from hyperkitty.models import Denied
from hyperkitty.rendering.links import bug_pattern
from hyperkitty.search.connection import archive_backend, has_index
from hyperkitty.search.languages import NO_STEMMER, STEMMERS, Languages
from hyperkitty.search.values import IndexState
from hyperkitty.selectors.due import waiting_work
from hyperkitty.threads.denial import strange_entries

#: Settings with our prefix that django-mailman3 and Postorius read.
READ_ELSEWHERE = {"HYPERKITTY_ENABLE_GRAVATAR"}
#: Settings that take one of a few words.
WORDS = {
    "RAW_ACCESS": ("everyone", "signed-in", "owners"),
    "POSTING_FROM": ("author", "site"),
    "POSTING_TRANSPORT": ("smtp", "rest"),
    "POSTING_REGISTER": ("member", "nonmember"),
    "FIRST_POSTS": ("accept", "hold"),
}


@register(Tags.compatibility)
def check_setting_names(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """Warn of settings that nothing reads: retired ones and misspelt ones."""
    known = app_settings.known_names() | READ_ELSEWHERE
    for name in sorted(dir(settings)):
        if not name.startswith(app_settings.prefix) or name in known:
            continue
        hint: str | None
        if name in RETIRED:
            hint, words = RETIRED[name], "means nothing any more"
        else:
            near = get_close_matches(name, known, n=1)
            hint, words = (f"Is it {near[0]}?" if near else None), "is unknown"
        yield Warning(f"The setting {name} {words}.", hint=hint, id="hyperkitty.W001")


@register(Tags.security)
def check_words(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """Refuse a word that would be read as another one."""
    for name, words in WORDS.items():
        value = getattr(app_settings, name.lower())
        if value not in words:
            yield Error(
                f"{app_settings.prefix}{name} is {value!r}.",
                hint=f"Use one of {', '.join(words)}.",
                id="hyperkitty.E001",
            )


@register(Tags.compatibility)
def check_sites_address(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """Warn when posts would go out from an address that nobody gave the site."""
    from_site = app_settings.posting_from == "site"
    if from_site and settings.DEFAULT_FROM_EMAIL.endswith("@localhost"):
        yield Warning(
            "Posts go out in the site's name, but DEFAULT_FROM_EMAIL is not set.",
            hint="Set it to an address of the site, or HYPERKITTY_POSTING_FROM to "
            '"author".',
            id="hyperkitty.W009",
        )


@register(Tags.compatibility)
def check_bug_patterns(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """Refuse patterns for bug numbers that cannot be compiled or lead nowhere."""
    try:
        patterns = app_settings.bug_patterns
    except (AttributeError, TypeError, ValueError):
        yield Error(
            "HYPERKITTY_BUG_PATTERNS is not a dict of lists of pairs.",
            hint='{"dev@lists.example.org": [("#([0-9]+)", "https://bugs/{}")]}',
            id="hyperkitty.E003",
        )
        return
    for name, pairs in patterns.items():
        for regex, url in pairs:
            try:
                bug_pattern(regex, url)
            except ValueError as error:
                yield Error(
                    f"HYPERKITTY_BUG_PATTERNS of {name}: {error}.",
                    id="hyperkitty.E003",
                )


@register(Tags.compatibility)
def check_sqlite(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """Demand the options without which two writers of SQLite fail at once."""
    for alias in connections:
        config = connections[alias].settings_dict
        options = config.get("OPTIONS", {})
        if not str(config["ENGINE"]).endswith("sqlite3"):
            continue
        if str(options.get("transaction_mode", "")).upper() != "IMMEDIATE":
            yield Error(
                f"Database {alias!r} does not begin transactions as IMMEDIATE.",
                hint='Set OPTIONS["transaction_mode"] = "IMMEDIATE": a transaction '
                "that reads and then writes fails at once otherwise.",
                id="hyperkitty.E002",
            )


@register(Tags.compatibility)
def check_distributions(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """Warn when GNU HyperKitty is installed too: both are imported as `hyperkitty`."""
    try:
        distribution("hyperkitty")
    except PackageNotFoundError:
        return
    yield Warning(
        "The distribution HyperKitty is installed beside hyperkitty-bridge.",
        hint="They overwrite each other's files: pip uninstall hyperkitty, then "
        "install hyperkitty-bridge again.",
        id="hyperkitty.W002",
    )


@register(Tags.security, deploy=True)
def check_deny_key(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """Want a key of its own for the deny list on a site that people use."""
    if not getattr(settings, "HYPERKITTY_DENY_KEY", ""):
        yield Warning(
            "HYPERKITTY_DENY_KEY is not set: the deny list depends on SECRET_KEY.",
            hint="Set it to a long random text and keep it for ever: with another key "
            "the archive cannot tell erased mails when they come again.",
            id="hyperkitty.W004",
        )


@register(Tags.database)
def check_deny_entries(
    app_configs: Sequence[AppConfig] | None,
    databases: Sequence[str] | None = None,
    **kwargs: Any,
) -> Iterable[CheckMessage]:
    """Say when the deny list was made with another key."""
    table = Denied._meta.db_table
    if not databases or table not in connection.introspection.table_names():
        return
    try:
        count = strange_entries()
    except DatabaseError:
        return  # the table is an older one, which `migrate` is about to change
    if count:
        yield Warning(
            f"{count} entries of the deny list were made with another key.",
            hint="Set HYPERKITTY_DENY_KEY to the former key. Until then everything "
            "with the Message-ID of an erased mail is kept out.",
            id="hyperkitty.W011",
        )


@register(Tags.templates)
def check_templates(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """Warn when templates are not found, as in an editable install."""
    try:
        get_template("hyperkitty/base.html")
    except TemplateDoesNotExist:
        yield Warning(
            "The templates of hyperkitty are not found.",
            hint="Install the wheel, or put the checkout's templates/ in DIRS and its "
            "static/ in STATICFILES_DIRS.",
            id="hyperkitty.W003",
        )


@register(Tags.compatibility)
def check_app_order(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """Demand Haystack, after the archive, whose commands replace Haystack's."""
    names = [config.name for config in apps.get_app_configs()]
    if "haystack" not in names:
        yield Error(
            "INSTALLED_APPS lacks haystack, which search needs.",
            hint='Add "haystack" below "hyperkitty".',
            id="hyperkitty.E004",
        )
    elif names.index("haystack") < names.index("hyperkitty"):
        yield Error(
            "INSTALLED_APPS has haystack above hyperkitty.",
            hint='Move "haystack" below: else its rebuild_index empties the index that '
            "is searched and takes hours.",
            id="hyperkitty.E004",
        )


@register(Tags.compatibility)
def check_search_languages(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """Warn of languages that no engine can reduce to stems."""
    for code in Languages.of_settings().all:
        if code != NO_STEMMER and code not in STEMMERS:
            yield Warning(
                f"Search knows no endings of the language {code!r}.",
                hint=f"Use one of {', '.join(STEMMERS)}, or an empty string.",
                id="hyperkitty.W005",
            )


@register(Tags.compatibility)
def check_search_index(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """Say when the search index cannot be used, or was built with other settings."""
    if not apps.is_installed("haystack"):
        return
    if not has_index():
        yield Warning(
            "There is no search engine: readers cannot search.",
            hint="Set HAYSTACK_CONNECTIONS (docs/search.md).",
            id="hyperkitty.W006",
        )
        return
    engine = archive_backend()
    if engine is None:
        return
    state = engine.state()
    if state in (IndexState.BROKEN, IndexState.OLD):
        yield Warning(
            f"The search index in {engine.path} is {state}; nothing is found.",
            hint="hyperkitty_sweep builds it anew; rebuild_index does so faster.",
            id="hyperkitty.W007",
        )
    elif state == IndexState.READY:
        built = engine.current().languages
        if built != Languages.of_settings():
            yield Warning(
                "The search index was built with other languages than are set.",
                hint="Run rebuild_index; until then the old ones count.",
                id="hyperkitty.W008",
            )


@register(Tags.database, deploy=True)
def check_worker(
    app_configs: Sequence[AppConfig] | None,
    databases: Sequence[str] | None = None,
    **kwargs: Any,
) -> Iterable[CheckMessage]:
    """Warn when work is due for long: ``check --deploy --database default`` asks."""
    if not databases or DEFAULT_DB_ALIAS not in databases:
        return
    try:
        late = [work for work in waiting_work() if work.is_late]
    except DatabaseError:
        return  # there are no tables yet, which is for `migrate` to say
    for work in late:
        yield Warning(
            f"Work is due since {work.oldest:%Y-%m-%d %H:%M} UTC: {work.count} "
            f"{work.name}.",
            hint="Run hyperkitty_sweep as a service or by cron (docs/operations.md).",
            id="hyperkitty.W010",
        )
