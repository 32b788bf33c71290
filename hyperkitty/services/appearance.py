"""How people want to be shown: the name that they write under, and their picture."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser

from hyperkitty.conf import app_settings
from hyperkitty.mail.headers import one_line
from hyperkitty.models import Email, MailingList, Profile, Sender
from hyperkitty.permissions import verified_addresses
from hyperkitty.threads.changes import note_changes
from hyperkitty.threads.locking import locked, retried

MAX_NAME = 100
#: Mails whose pages are told in one transaction.
CHUNK = 500


def set_appearance(user: AbstractBaseUser, name: str, *, is_drawn: bool) -> None:
    """Choose the name in From, and whether one's picture is drawn or from elsewhere.

    The picture is that of all addresses that the account has proved to own by now.
    """
    name = one_line(name.replace("\x00", ""))[:MAX_NAME].strip()
    wanted = {"display_name": name, "is_drawn": is_drawn}
    Profile.objects.update_or_create(user_id=user.pk, defaults=wanted)
    for address in verified_addresses(user):
        sender, _is_new = Sender.objects.get_or_create(address=address)
        if sender.is_drawn != is_drawn:
            Sender.objects.filter(pk=sender.pk).update(is_drawn=is_drawn)
            if app_settings.enable_gravatar:
                _tell_pages(sender)


def _tell_pages(sender: Sender) -> None:
    """Have no page that was kept somewhere show the other picture."""
    mine = Email.objects.filter(sender=sender)
    for mlist in MailingList.objects.filter(pk__in=mine.values("mlist")).order_by("pk"):
        keys = list(mine.filter(mlist=mlist).values_list("pk", flat=True))
        for start in range(0, len(keys), CHUNK):
            _note(mlist, keys[start : start + CHUNK])


@retried
def _note(mlist: MailingList, keys: list[int]) -> None:
    with locked(mlist) as fresh:
        note_changes(fresh, keys)
