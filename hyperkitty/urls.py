"""The URLs of the archive, with HyperKitty's paths and names; mounted anywhere."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponseBase
from django.urls import URLPattern, URLResolver, include, path, register_converter
from django.urls.converters import StringConverter

from hyperkitty.views import (
    archiver,
    bulk,
    categories,
    downloads,
    feeds,
    following,
    health,
    listings,
    lists,
    log,
    memberships,
    messages,
    moderation,
    old_links,
    ordering,
    originals,
    overview,
    own,
    people,
    posting,
    posts,
    privacy,
    reactions,
    reading,
    search,
    search_exports,
    similar,
    suggestions,
    taking_out,
    threads,
    topics,
)
from hyperkitty.views.feed_formats import FeedFormat

FeedView = Callable[..., HttpResponseBase]


class ListNameConverter(StringConverter):
    """A posting address or a List-Id."""

    regex = r"[^/\x00-\x20\x7f]+"


class HashConverter(StringConverter):
    """The permalink of a mail or the id of a thread, or what may once have been one."""

    regex = "[A-Za-z0-9_]{1,64}"


class PersonConverter(StringConverter):
    """A Mailman user id, or an id of our own."""

    regex = "[A-Za-z0-9._-]{1,64}"


class YearConverter(StringConverter):
    """Four digits."""

    regex = "[0-9]{4}"

    def to_python(self, value: str) -> int:  # type: ignore[override]  # Django's own int converter does the same
        """Return the number."""
        return int(value)


class ShortNumberConverter(YearConverter):
    """A month or a day."""

    regex = "[0-9]{1,2}"


class CounterConverter(YearConverter):
    """The number of an attachment; it fits the column."""

    regex = "[0-9]{1,9}"


class VolumeConverter(StringConverter):
    """A month with its name, as Pipermail's folders have it."""

    regex = "[0-9]{4}-[A-Za-z]{3,9}"


class TokenConverter(StringConverter):
    """A signed word."""

    regex = "[A-Za-z0-9:._-]{1,300}"


register_converter(TokenConverter, "hk_token")
register_converter(ListNameConverter, "hk_list")
register_converter(HashConverter, "hk_hash")
register_converter(PersonConverter, "hk_person")
register_converter(YearConverter, "hk_year")
register_converter(ShortNumberConverter, "hk_number")
register_converter(CounterConverter, "hk_counter")
register_converter(VolumeConverter, "hk_volume")


def _feeds(prefix: str, view: FeedView, name: str) -> list[URLPattern]:
    """Return the URLs of a feed in both formats; RSS at the one that HyperKitty has."""
    return [
        path(f"{prefix}feed/", view, {"form": FeedFormat.RSS}, name=name),
        path(
            f"{prefix}feed/atom/",
            view,
            {"form": FeedFormat.ATOM},
            name=f"{name}_atom",
        ),
    ]


_message: list[URLPattern | URLResolver] = [
    path("", messages.message, name="hk_message_index"),
    path("raw", originals.raw, name="hk_message_raw"),
    path("html", originals.html, name="hk_message_html"),
    path("reply", posting.reply, name="hk_message_reply"),
    path("vote", reactions.vote_on, name="hk_message_vote"),
    path("follow-author", following.follow_author, name="hk_follow_author"),
    path("write", posting.write_to_author, name="hk_message_write"),
    path("delete", taking_out.delete_message, name="hk_message_delete"),
    path("show", taking_out.show_message, name="hk_message_show"),
    path("split", ordering.split, name="hk_message_split"),
    path("reattach", ordering.reattach_message, name="hk_message_reattach"),
    path("subject", ordering.subject, name="hk_message_subject"),
    path("report", moderation.report, name="hk_message_report"),
    path("erase", privacy.own_message, name="hk_message_erase"),
    path(
        "attachment/<hk_counter:counter>/<path:filename>",
        originals.attachment,
        name="hk_message_attachment",
    ),
]

_thread: list[URLPattern | URLResolver] = [
    path("", threads.thread, name="hk_thread"),
    path("replies", threads.replies, name="hk_thread_replies"),
    path("seen", reading.seen, name="hk_thread_seen"),
    path("favorite", following.favorite, name="hk_favorite"),
    path("tags", reactions.tags, name="hk_tags"),
    path("suggest-tags", reactions.suggest_tags, name="hk_suggest_tags"),
    path("answer", reactions.answer, name="hk_thread_answer"),
    path("delete", taking_out.delete_thread, name="hk_thread_delete"),
    path("reattach", ordering.reattach_thread, name="hk_thread_reattach"),
    path(
        "reattach-suggest", ordering.suggest_threads, name="hk_thread_reattach_suggest"
    ),
    path("merge", ordering.merge, name="hk_thread_merge"),
    path("category", ordering.category, name="hk_thread_set_category"),
    path("lock", ordering.lock, name="hk_thread_lock"),
]

_list: list[URLPattern | URLResolver] = [
    path("", overview.overview, name="hk_list_overview"),
    path("recent-activity", overview.recent_activity, name="hk_list_recent_activity"),
    path(
        "recent-threads",
        overview.recent_threads,
        name="hk_list_overview_recent_threads",
    ),
    path("pop-threads", overview.popular_threads, name="hk_list_overview_pop_threads"),
    path("top-threads", overview.top_threads, name="hk_list_overview_top_threads"),
    path("favorites", overview.favorites, name="hk_list_overview_favorites"),
    path("posted-to", overview.posted_to, name="hk_list_overview_posted_to"),
    path("top-posters", overview.top_posters, name="hk_list_overview_top_posters"),
    path("latest", listings.latest, name="hk_archives_latest"),
    path(
        "<hk_year:year>/<hk_number:month>/",
        listings.month,
        name="hk_archives_with_month",
    ),
    path(
        "<hk_year:year>/<hk_number:month>/<hk_number:day>/",
        listings.day,
        name="hk_archives_with_day",
    ),
    path(
        "export/<path:filename>.mbox.gz",
        downloads.export_mbox,
        name="hk_list_export_mbox",
    ),
    path("bulk/", bulk.manifest, name="hk_list_bulk"),
    path(
        "bulk/<hk_year:year>-<hk_number:month>.mbox.gz",
        bulk.month_file,
        name="hk_list_bulk_file",
    ),
    *_feeds("", feeds.of_list, "hk_list_feed"),
    *_feeds("from/<hk_person:handle>/", feeds.of_person, "hk_person_feed"),
    *_feeds("thread/<hk_hash:thread_id>/", feeds.of_thread, "hk_thread_feed"),
    path("thread/<hk_hash:thread_id>/", include(_thread)),
    path("tag/<str:name>/", reactions.tagged, name="hk_tag"),
    path("log", log.log, name="hk_list_log"),
    path("log/<int:pk>/undo", log.undo_entry, name="hk_decision_undo"),
    path("reports", moderation.reports, name="hk_list_reports"),
    path("held", moderation.held, name="hk_list_held"),
    path("erasures", moderation.wishes, name="hk_list_wishes"),
    path("categories", categories.categories, name="hk_list_categories"),
    path("delete/", log.delete, name="hk_list_delete"),
    path("follow", following.follow_list, name="hk_follow_list"),
    path("read", reading.mark_list_read, name="hk_list_read"),
    path("next-new", reading.next_new, name="hk_list_next_new"),
    path(
        "thread/<hk_hash:thread_id>/similar",
        similar.of_thread,
        name="hk_thread_similar",
    ),
    path("message/similar", similar.of_draft, name="hk_message_similar"),
    path("message/new", posting.new_message, name="hk_message_new"),
    path("message/<hk_hash:message_id_hash>/", include(_message)),
    path("post/<int:pk>/", posts.post, name="hk_post"),
    path("subscription", memberships.subscription, name="hk_list_subscription"),
    path("registered", memberships.registered, name="hk_list_registered"),
    path("<hk_volume:volume>", old_links.volume, name="hk_list_volume"),
    path("<hk_volume:volume>/", old_links.volume, name="hk_list_volume"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", lists.index, name="hk_root"),
    path("bulk", bulk.lists, name="hk_bulk"),
    *_feeds("", feeds.of_site, "hk_feed"),
    path("find-list", lists.suggest, name="hk_find_list"),
    path("privacy/", privacy.own_posts, name="hk_privacy"),
    path("privacy/my-posts.mbox.gz", privacy.download_mbox, name="hk_privacy_mbox"),
    path("privacy/my-posts.json", privacy.download_json, name="hk_privacy_json"),
    path("following", following.follows, name="hk_follows"),
    path("following/search", following.follow_search, name="hk_follow_search"),
    path("notifications", following.notifications, name="hk_notifications"),
    path("unsubscribe/<hk_token:token>", following.unsubscribe, name="hk_unsubscribe"),
    path("search", search.results, name="hk_search"),
    path("search/help", search.language, name="hk_search_help"),
    path("search/feed/", search_exports.feed, name="hk_search_feed"),
    path("search/results.mbox.gz", search_exports.mbox, name="hk_search_mbox"),
    path("search/suggest", suggestions.suggest, name="hk_search_suggest"),
    path("new", reading.new, name="hk_new"),
    path("read", reading.mark_all_read, name="hk_read"),
    path("health", health.health, name="hk_health"),
    path("profile/", own.posts, name="hk_user_profile"),
    path("profile/favorites", own.favorites, name="hk_user_favorites"),
    path("profile/last_views", own.last_views, name="hk_user_last_views"),
    path("profile/votes", own.votes, name="hk_user_votes"),
    path("profile/settings", own.settings, name="hk_user_settings"),
    path("profile/subscriptions", own.subscriptions, name="hk_user_subscriptions"),
    path("categories/", topics.categories, name="hk_categories_overview"),
    path("tags/", topics.tags, name="hk_tags_overview"),
    path("users/", people.overview, name="hk_users_overview"),
    path("users/<hk_person:handle>/", people.profile, name="hk_public_user_profile"),
    path(
        "users/<hk_person:handle>/follow",
        following.follow_person,
        name="hk_follow_person",
    ),
    path("users/<hk_person:handle>/posts", people.posts, name="hk_user_posts"),
    path("api/mailman/urls", archiver.urls, name="hk_mailman_urls"),
    path("api/mailman/archive", archiver.archive_mail, name="hk_mailman_archive"),
    path("list/<hk_list:mlist_fqdn>/", include(_list)),
    path("list/", old_links.all_lists),
    path("lists/", old_links.under_list),
    path("lists/<path:path>", old_links.under_list),
    path("", include("hyperkitty.old_urls")),
]
