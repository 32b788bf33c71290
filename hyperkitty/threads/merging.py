"""What readers attached to a thread moves along when the thread is absorbed."""

from __future__ import annotations

from hyperkitty.models import Follow, LastView, Tagging, Thread, ThreadAlias
from hyperkitty.search.pending import note_threads


def move_belongings(gone: Thread, heir: Thread) -> None:
    """Give *heir* the aliases, followers, visits and tags of *gone*.

    Category and lock follow from decisions, which name mails and not threads.
    """
    ThreadAlias.objects.filter(thread=gone).update(thread=heir)
    _move_follows(gone, heir)
    _move_last_views(gone, heir)
    _move_taggings(gone, heir)


def _move_follows(gone: Thread, heir: Thread) -> None:
    """Move who follows; who follows both does so as the heir's row says."""
    there = set(Follow.objects.filter(thread=heir).values_list("user_id", flat=True))
    moving = Follow.objects.filter(thread=gone).exclude(user_id__in=there)
    moving.update(thread=heir, target=f"thread-{heir.pk}")


def _move_last_views(gone: Thread, heir: Thread) -> None:
    """Move visits; of two the earlier stays, so that nothing unread passes as read."""
    there = dict(
        LastView.objects.filter(thread=heir).values_list("user_id", "view_date")
    )
    for view in LastView.objects.filter(thread=gone):
        if view.user_id not in there:
            LastView.objects.filter(pk=view.pk).update(thread=heir)
        elif view.view_date < there[view.user_id]:
            LastView.objects.filter(thread=heir, user=view.user_id).update(
                view_date=view.view_date
            )


def _move_taggings(gone: Thread, heir: Thread) -> None:
    there = set(Tagging.objects.filter(thread=heir).values_list("tag_id", "user_id"))
    taggings = list(Tagging.objects.filter(thread=gone))
    if taggings:
        note_threads([heir.pk])
    for tagging in taggings:
        if (tagging.tag_id, tagging.user_id) not in there:
            Tagging.objects.filter(pk=tagging.pk).update(thread=heir)
