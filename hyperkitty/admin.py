"""Django's admin: archive rows to look at, and acts that go through services."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hyperkitty.models import (
    Category,
    Decision,
    DecisionKind,
    Email,
    ErasureWish,
    ListRole,
    MailingList,
    Report,
    Sender,
    Thread,
)
from hyperkitty.services.keeping import Act, KeepingError, change_states
from hyperkitty.services.undoing import undo

if TYPE_CHECKING:
    # Generic for the type checker only; at run time it takes no parameters.
    _Admin = admin.ModelAdmin[Any]
else:
    _Admin = admin.ModelAdmin


class ReadOnlyAdmin(_Admin):
    """Rows that only the archive itself writes: their counters and threads follow."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Nobody adds rows by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes rows by hand; who may view them may look."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes rows by hand: what goes, goes through services."""
        return False


@admin.register(MailingList)
class MailingListAdmin(ReadOnlyAdmin):
    """Lists."""

    list_display = ("name", "display_name", "archive_policy", "emails_count")
    list_filter = ("archive_policy", "policy_source")
    search_fields = ("name", "display_name")


@admin.register(Thread)
class ThreadAdmin(ReadOnlyAdmin):
    """Threads."""

    list_display = ("subject", "mlist", "emails_count", "last_date", "is_locked")
    list_select_related = ("mlist",)
    list_filter = ("mlist",)
    search_fields = ("=thread_id", "subject")
    raw_id_fields = ("starting_email",)


@admin.register(Email)
class EmailAdmin(ReadOnlyAdmin):
    """Mails; to hide and delete them stands in the list's log."""

    list_display = ("subject", "mlist", "sender", "sort_date", "state")
    list_select_related = ("mlist", "sender")
    list_filter = ("mlist", "state")
    search_fields = ("=permalink", "=sender__address", "=message_id_hash")
    ordering = ("-id",)
    actions = ("hide", "delete_mails", "show")

    @admin.action(description=gettext_lazy("Hide the chosen mails"))
    def hide(self, request: HttpRequest, emails: QuerySet[Email]) -> None:
        """Hide mails."""
        self._change(request, emails, DecisionKind.HIDE)

    @admin.action(description=gettext_lazy("Delete the chosen mails"))
    def delete_mails(self, request: HttpRequest, emails: QuerySet[Email]) -> None:
        """Delete mails; it can be undone for a time."""
        self._change(request, emails, DecisionKind.DELETE)

    @admin.action(description=gettext_lazy("Show the chosen mails again"))
    def show(self, request: HttpRequest, emails: QuerySet[Email]) -> None:
        """Bring mails back."""
        self._change(request, emails, DecisionKind.SHOW)

    def _change(
        self, request: HttpRequest, emails: QuerySet[Email], kind: DecisionKind
    ) -> None:
        by_list: dict[int, list[int]] = defaultdict(list)
        for pk, mlist_id in emails.order_by().values_list("pk", "mlist_id"):
            by_list[mlist_id].append(pk)
        done = 0
        act = Act(user=request.user, reason=_("In the admin"))
        for mlist in MailingList.objects.filter(pk__in=by_list):
            chosen = Email.objects.filter(pk__in=by_list[mlist.pk])
            try:
                done += change_states(mlist, chosen, kind, act).mails_count
            except KeepingError as error:
                self.message_user(request, f"{mlist.name}: {error}", messages.WARNING)
        if done:
            words = ngettext("%(n)d mail changed.", "%(n)d mails changed.", done)
            self.message_user(request, words % {"n": done}, messages.SUCCESS)


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    """The logs of all lists."""

    list_display = ("id", "mlist", "kind", "cause", "user", "created_at", "undone_at")
    list_select_related = ("mlist", "user")
    list_filter = ("kind", "cause", "mlist")
    search_fields = ("=permalink", "reason")
    ordering = ("-id",)
    actions = ("undo_entries",)

    @admin.action(description=gettext_lazy("Undo the chosen entries"))
    def undo_entries(self, request: HttpRequest, entries: QuerySet[Decision]) -> None:
        """Take acts back, the latest first."""
        for entry in entries.select_related("mlist").order_by("-pk"):
            try:
                undo(entry, request.user)
            except KeepingError as error:
                self.message_user(request, f"{entry.pk}: {error}", messages.WARNING)
            else:
                words = _("Entry %(number)s is undone.") % {"number": entry.pk}
                self.message_user(request, words, messages.SUCCESS)


@admin.register(Sender)
class SenderAdmin(ReadOnlyAdmin):
    """Addresses that mails came from."""

    list_display = ("address", "mailman_id")
    search_fields = ("=address",)


@admin.register(ListRole)
class ListRoleAdmin(ReadOnlyAdmin):
    """Who reads and keeps lists, as Mailman or `hyperkitty_list` say."""

    list_display = ("address", "mlist", "role", "source", "synced_at")
    list_select_related = ("mlist",)
    list_filter = ("role", "source")
    search_fields = ("=address",)


@admin.register(Report, ErasureWish)
class QueueAdmin(ReadOnlyAdmin):
    """What waits for keepers."""

    list_display = ("__str__", "mlist", "user", "created_at", "settled_at")
    list_select_related = ("mlist", "user")


@admin.register(Category)
class CategoryAdmin(_Admin):
    """Categories of threads, which those who run the site name and color."""

    list_display = ("name", "color")
