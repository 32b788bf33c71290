"""Choosing mails on a command line: by id, URL, thread, author and date."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import QuerySet

from hyperkitty.mail.message_id import clean, message_id_hash
from hyperkitty.models import Cause, Email, MailingList
from hyperkitty.selectors.conversations import find_email, find_thread
from hyperkitty.services.keeping import Act, affected
from hyperkitty.services.lists import find_list

#: Mails that a command names before it acts.
SHOWN = 20


def add_choice(parser: CommandParser) -> None:
    """Add the arguments that choose mails, and say why."""
    parser.add_argument("-l", "--list-address", required=True, metavar="ADDRESS")
    chosen = parser.add_argument_group("which mails (all that every option allows)")
    chosen.add_argument(
        "--message-id", action="append", metavar="ID", help="with or without <>"
    )
    chosen.add_argument(
        "--message", action="append", metavar="HASH", help="as in its URL, or the URL"
    )
    chosen.add_argument("--thread", metavar="ID", help="as in its URL, or the URL")
    chosen.add_argument(
        "--author", action="append", metavar="ADDRESS", help="what it was sent from"
    )
    chosen.add_argument("--since", type=_day, metavar="DATE", help="YYYY-MM-DD, UTC")
    chosen.add_argument(
        "--until", type=_day, metavar="DATE", help="YYYY-MM-DD, UTC, the day included"
    )
    parser.add_argument(
        "--cause",
        choices=Cause.values,
        default=Cause.OTHER,
        help="why, in a word that tombstones show",
    )
    parser.add_argument("--reason", default="", metavar="TEXT", help="for the log")
    parser.add_argument(
        "-n", "--dry-run", action="store_true", help="say what would be done"
    )


def chosen_mails(options: dict[str, Any]) -> tuple[MailingList, QuerySet[Email]]:
    """Return the list and the mails that *options* choose.

    Raises CommandError for a message or thread that is not there, and where nothing
    is chosen: that would be the whole list.
    """
    mlist = find_list(options["list_address"])
    names = ("message_id", "message", "thread", "author", "since", "until")
    if not any(options[name] for name in names):
        raise CommandError("Say which mails: by id, URL, thread, author or date.")
    emails = Email.objects.filter(mlist=mlist)
    if options["message_id"]:
        hashes = [message_id_hash(clean(text)) for text in options["message_id"]]
        emails = emails.filter(message_id_hash__in=hashes)
    if options["message"]:
        pks = [_email(mlist, name).pk for name in options["message"]]
        emails = emails.filter(pk__in=pks)
    if options["thread"]:
        thread = find_thread(mlist, _last_part(options["thread"]))
        if thread is None:
            raise CommandError(f"{mlist.name} has no thread {options['thread']}.")
        emails = emails.filter(thread=thread)
    if options["author"]:
        addresses = [address.strip().lower() for address in options["author"]]
        emails = emails.filter(sender__address__in=addresses)
    if options["since"]:
        emails = emails.filter(sort_date__gte=options["since"])
    if options["until"]:
        emails = emails.filter(sort_date__lt=options["until"] + timedelta(days=1))
    return mlist, emails


def act_of(options: dict[str, Any]) -> Act:
    """Return why a script acts."""
    return Act(cause=Cause(options["cause"]), reason=options["reason"])


def described(emails: QuerySet[Email], kind: Any) -> list[str]:
    """Return lines that tell which mails an act would change."""
    found = affected(emails, kind)
    count = found.count()
    rows = found.select_related("sender").order_by("sort_date", "pk")[:SHOWN]
    lines = [
        f"  {row.permalink} {row.sort_date:%Y-%m-%d} {row.sender.address}: "
        f"{row.subject[:70]}"
        for row in rows
    ]
    if count > SHOWN:
        lines.append(f"  … and {count - SHOWN:,} more")
    return [f"{count:,} mails:", *lines]


def _email(mlist: MailingList, name: str) -> Email:
    email = find_email(mlist, _last_part(name))
    if email is None:
        raise CommandError(f"{mlist.name} has no message {name}.")
    return email


def _last_part(text: str) -> str:
    return text.partition("#")[0].rstrip("/").rpartition("/")[2]


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise ArgumentTypeError(f"{text} is no day like 2024-05-31") from None
