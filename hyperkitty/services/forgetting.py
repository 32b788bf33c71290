"""What is kept of people only for a time: views of threads, reports, wishes, logs."""

from __future__ import annotations

from django.utils import timezone

from hyperkitty.conf import app_settings
from hyperkitty.models import Decision, ErasureWish, LastView, Report, WishState

#: Rows of a kind that one run deletes; the next run takes the rest.
MAX_ROWS = 5_000


def forget_old() -> int:
    """Delete what the settings let go; return how many rows that were.

    Of the log only entries that were undone go: the others are what pages follow.
    """
    now = timezone.now()
    old, unseen = now - app_settings.log_days, now - app_settings.view_days
    settled = ErasureWish.objects.exclude(state=WishState.WAITING)
    done = 0
    for rows in (
        LastView.objects.filter(view_date__lt=unseen),
        Report.objects.filter(settled_at__lt=old),
        settled.filter(settled_at__lt=old),
        Decision.objects.filter(undone_at__lt=old),
    ):
        pks = list(rows.order_by("pk").values_list("pk", flat=True)[:MAX_ROWS])
        rows.model._default_manager.filter(pk__in=pks).delete()
        done += len(pks)
    return done
