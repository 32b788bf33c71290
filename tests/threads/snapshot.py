"""What a list looks like, in words that do not depend on row ids."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hyperkitty.models import (
    Email,
    ListActivity,
    MailingList,
    MissingReference,
    Thread,
)
from hyperkitty.threads.loading import nodes_of_list, placing_decisions, rulings_of
from hyperkitty.threads.placement import group, link
from hyperkitty.threads.placing import owners_of


def snapshot(mlist: MailingList) -> dict[str, Any]:
    """Return threads, parents, counts and dates as stored."""
    mlist.refresh_from_db()
    emails = list(Email.objects.filter(mlist=mlist).select_related("parent", "thread"))
    return {
        "mails": {
            email.permalink: (
                email.thread.thread_id,
                email.parent.permalink if email.parent else None,
                email.parent_reason,
                email.sort_date,
            )
            for email in emails
        },
        "threads": {
            thread.thread_id: (
                thread.emails_count,
                thread.started_at,
                thread.last_date,
                thread.subject,
                thread.starting_email and thread.starting_email.permalink,
            )
            for thread in Thread.objects.filter(mlist=mlist).select_related(
                "starting_email"
            )
        },
        "ghosts": Counter(
            MissingReference.objects.filter(mlist=mlist).values_list(
                "message_id_hash", "email__permalink", "is_archived"
            )
        ),
        "days": dict(
            ListActivity.objects.filter(mlist=mlist).values_list("day", "emails_count")
        ),
        "list": (
            mlist.emails_count,
            mlist.threads_count,
            mlist.first_date,
            mlist.last_date,
        ),
    }


def placed_at_once(mlist: MailingList) -> dict[str, tuple[str, str | None]]:
    """Return thread and parent of each mail as placing the whole list would."""
    nodes = list(nodes_of_list(mlist))
    owners = owners_of(nodes)
    rulings = rulings_of(placing_decisions(mlist))
    links = link(nodes, owners, rulings)
    names = {node.key: node.permalink for node in nodes}
    return {
        node.permalink: (
            found.start.permalink,
            names.get(links[node.key].parent or 0),
        )
        for found in group(nodes, owners, links, rulings)
        for node in found.members
    }
