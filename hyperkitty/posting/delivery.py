"""Handing a mail over: by SMTP, another e-mail backend, or Mailman's REST API."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from email import message_from_bytes
from email.message import Message
from typing import Any

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

from hyperkitty.conf import app_settings
from hyperkitty.mailman.members import MembersCore
from hyperkitty.models import OutgoingPost

from .queueing import site_address

#: Seconds for each step when the site's settings name none.
TIMEOUT = 30

Step = Callable[[], None]


def deliver(post: OutgoingPost, before_content: Step) -> None:
    """Hand *post* over; call *before_content* when nothing but its text is missing.

    With SMTP sender and recipient are accepted by then, so that what is done for a
    mail is not done for one that cannot go. Raises what the transport raises.
    """
    raw = bytes(post.raw)
    if app_settings.posting_transport == "rest" and not post.recipient:
        before_content()
        MembersCore().inject(post.mlist.list_id, raw)
        return
    hand_over(raw, *_envelope(post), before_content)


def hand_over(
    raw: bytes, sender: str, to: str, before_content: Step = lambda: None
) -> None:
    """Give a mail that is written already to the site's e-mail backend.

    Raises what the backend raises.
    """
    backend: BaseEmailBackend = get_connection()
    if isinstance(backend, EmailBackend):
        _by_smtp(backend, sender, to, raw, before_content)
        return
    before_content()
    backend.send_messages([_Ready(raw, sender, to)])


def _envelope(post: OutgoingPost) -> tuple[str, str]:
    from_site = app_settings.posting_from == "site"
    sender = site_address()[1] if from_site else post.sender
    return sender, post.recipient or post.mlist.name


def _by_smtp(
    backend: EmailBackend, sender: str, to: str, raw: bytes, before_content: Step
) -> None:
    if backend.timeout is None:
        backend.timeout = TIMEOUT
    backend.open()
    try:
        server = backend.connection
        if server is None:
            raise smtplib.SMTPServerDisconnected("There is no connection.")
        server.ehlo_or_helo_if_needed()
        code, reply = server.mail(sender)
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, reply, sender)
        code, reply = server.rcpt(to)
        if code not in (250, 251):
            raise smtplib.SMTPRecipientsRefused({to: (code, reply)})
        before_content()
        code, reply = server.data(raw)
        if code != 250:
            raise smtplib.SMTPDataError(code, reply)
    finally:
        backend.close()


class _Ready(EmailMessage):
    """A mail that is written already, for e-mail backends other than SMTP."""

    def __init__(self, raw: bytes, sender: str, to: str) -> None:
        super().__init__(from_email=sender, to=[to])
        self.raw = raw

    def message(self, *args: Any, **kwargs: Any) -> Message:  # type: ignore[override]  # Django's own class is a Message too
        return message_from_bytes(self.raw)
