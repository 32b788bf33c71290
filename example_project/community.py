"""What people did on the demo: votes, tags, an answer, and what nora follows.

The same for the same mail, so that screenshots and the tour find it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.contrib.auth.models import AbstractUser
from django.db.models import QuerySet

from hyperkitty.models import (
    Category,
    Cause,
    Delivery,
    Email,
    MailingList,
    ReadState,
    Thread,
)
from hyperkitty.notifying.announcing import tell
from hyperkitty.notifying.following import follow
from hyperkitty.services.keeping import Act, set_category
from hyperkitty.services.reactions import add_tags, set_answer, vote
from hyperkitty.services.reading import mark_own, visit
from hyperkitty.services.reports import report

People = Mapping[str, AbstractUser]

#: Threads of late that people did something with.
THREADS = 25
#: Mails of the list that nora has not seen.
UNREAD = 12
#: Tags by a word of the subject, and a category.
TAGS = {
    "patch": "stations",
    "accuracy": "accuracy",
    "gauge": "hardware",
    "container": "deployment",
    "upgrade": "release",
    "plan": "release",
}
CATEGORY, COLOR, IN_CATEGORY = "Release planning", "#0b6e4f", "plan for"


def add_community(people: People, mlist: MailingList) -> None:
    """Have nora, priya and owen vote, tag, answer, follow and report on *mlist*."""
    threads = list(
        mlist.threads.filter(emails_count__gt=1)
        .select_related("mlist", "starting_email__sender")
        .order_by("-last_date", "pk")[:THREADS]
    )
    for place, thread in enumerate(threads):
        _react(people, thread, place)
    _read(people["nora"], mlist, threads)
    _keep(people, mlist, threads)


def _react(people: People, thread: Thread, place: int) -> None:
    thread.starting_email.mlist = thread.mlist  # type: ignore[union-attr]  # has one
    for word, tag in TAGS.items():
        if word in thread.subject.lower():
            add_tags(people["priya"].pk, thread, [tag])
    first = _answers(thread).first()
    if first is None:
        return
    first.mlist = thread.mlist
    for name in ("nora", "priya", "owen")[: place % 4]:
        if first.sender.address != people[name].email:
            vote(people[name].pk, first, 1)
    if thread.subject.endswith("?"):
        set_answer(thread, first)


def _read(nora: AbstractUser, mlist: MailingList, threads: Sequence[Thread]) -> None:
    """Let nora follow the list and a thread, with the latest mails still to read."""
    newest = mlist.emails.order_by("-pk").values_list("pk", flat=True)
    mark = newest[UNREAD : UNREAD + 1].first() or 0
    ReadState.objects.get_or_create(
        user=nora, mlist=mlist, defaults={"read_up_to": mark}
    )
    mark_own(mlist.pk, list(newest[:UNREAD]))
    for thread in reversed(threads[3:9]):
        visit(nora.pk, thread, [])
    follows = [follow(nora.pk, mlist, Delivery.SITE)]
    follows.append(follow(nora.pk, threads[1], Delivery.SITE))
    for email in mlist.emails.select_related("mlist").order_by("-pk")[:3][::-1]:
        if email.sender.address != nora.email:
            tell(email, follows[:1])


def _keep(people: People, mlist: MailingList, threads: Sequence[Thread]) -> None:
    """Give owen a queue and a log to look at."""
    category, _is_new = Category.objects.get_or_create(
        name=CATEGORY, defaults={"color": COLOR}
    )
    for thread in threads:
        if IN_CATEGORY in thread.subject.lower():
            set_category(thread, category, Act(people["owen"], Cause.ORDER))
    others = _answers(threads[-1]).exclude(sender__address=people["nora"].email)
    email = others.last()
    if email is not None:
        note = "This belongs on another list."
        report(people["nora"], email, Cause.OFF_TOPIC, note)


def _answers(thread: Thread) -> QuerySet[Email]:
    answers = Email.objects.visible().filter(thread=thread, parent__isnull=False)
    return answers.select_related("sender", "mlist").order_by("sort_date", "pk")
