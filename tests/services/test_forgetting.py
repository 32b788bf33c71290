"""What is kept of people only for a time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from hyperkitty.models import Cause, Decision, DecisionKind, LastView, Report
from hyperkitty.services.forgetting import forget_old
from hyperkitty.services.keeping import Act, change_states
from hyperkitty.services.reports import report, settle_reports
from hyperkitty.services.undoing import undo
from tests.factories import account
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db


def test_old_views_settled_reports_and_undone_entries_go() -> None:
    mlist, anne = make_list(), account()
    bring(mlist, mail("a@x"), mail("b@x"))
    old = timezone.now() - timedelta(days=3_000)
    for email in mlist.emails.all():
        LastView.objects.create(thread=email.thread, user=anne)
        report(anne, email, Cause.SPAM, "bad")
        settle_reports(mlist, email)
        entry = change_states(
            mlist, mlist.emails.filter(pk=email.pk), DecisionKind.HIDE, Act()
        )
    undo(entry)
    undo(Decision.objects.exclude(pk=entry.pk).get())
    standing = change_states(mlist, mlist.emails.all(), DecisionKind.HIDE, Act())
    Decision.objects.filter(pk=standing.pk).update(created_at=old)
    assert forget_old() == 0
    LastView.objects.filter(thread=email.thread).update(view_date=old)
    Report.objects.filter(email=email).update(settled_at=old)
    Decision.objects.filter(pk=entry.pk).update(undone_at=old)
    assert forget_old() == 3
    assert LastView.objects.count() == Report.objects.count() == 1
    assert Decision.objects.count() == 2
