"""Stands in for a mail server: a relay for what the site sends, a sink for the rest.

The relay hands mail for lists to Core over LMTP and passes its refusals back, as
Postfix does. The sink keeps what Core sends to people, in a Maildir, with the envelope
in X-Envelope headers. Nothing leaves the machine.
"""

from __future__ import annotations

import asyncio
import mailbox
import signal
import smtplib
from collections.abc import Callable

from aiosmtpd.smtp import SMTP, Envelope, Session

from .layout import HOST, Layout

#: Bytes of a mail.
MAX_SIZE = 100 * 1024 * 1024


def serve(layout: Layout) -> None:
    """Run relay and sink until the process is told to end."""
    asyncio.run(_serve(layout))


async def _serve(layout: Layout) -> None:
    loop = asyncio.get_running_loop()
    handlers = {"relay": Relay(layout.ports), "sink": Sink(layout)}
    servers = [
        await loop.create_server(_factory(handler), HOST, layout.ports[part])
        for part, handler in handlers.items()
    ]
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await ended.wait()
    for server in servers:
        server.close()


def _factory(handler: object) -> Callable[[], SMTP]:
    return lambda: SMTP(
        handler, data_size_limit=MAX_SIZE, enable_SMTPUTF8=True, hostname=HOST
    )


class Relay:
    """Takes mail from the site: to Core what Core takes, to the sink the rest."""

    def __init__(self, ports: dict[str, int]) -> None:
        self._ports = ports

    async def handle_RCPT(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Ask Core at once whether the list is there, as a mail server does."""
        answer = "250 OK"
        if is_for_lists(address):
            answer = await asyncio.to_thread(self._ask, envelope.mail_from, address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Pass the mail on before it is acknowledged, so that none is lost here."""
        return await asyncio.to_thread(self._pass_on, envelope)

    def _ask(self, sender: str | None, recipient: str) -> str:
        try:
            with smtplib.LMTP(HOST, self._ports["lmtp"]) as core:
                core.ehlo()
                core.mail(sender or "")
                code, text = core.rcpt(recipient)
        except OSError as error:
            return f"451 Mailman cannot be reached: {error}"
        return f"{code} {text.decode(errors='replace')}"

    def _pass_on(self, envelope: Envelope) -> str:
        try:
            for recipient in envelope.rcpt_tos:
                with self._door_of(recipient) as server:
                    server.sendmail(
                        envelope.mail_from or "",
                        [recipient],
                        envelope.content or b"",
                        envelope.mail_options,
                    )
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            return f"{code} {text.decode(errors='replace')}"
        except smtplib.SMTPResponseException as error:
            return f"{error.smtp_code} {error.smtp_error!r}"
        except OSError as error:
            return f"451 Mailman cannot be reached: {error}"
        return "250 OK"

    def _door_of(self, recipient: str) -> smtplib.SMTP:
        if is_for_lists(recipient):
            return smtplib.LMTP(HOST, self._ports["lmtp"])
        return smtplib.SMTP(HOST, self._ports["sink"])


def is_for_lists(address: str) -> bool:
    """Whether the address is in a domain of lists: here they are called lists.*."""
    return address.rpartition("@")[2].lower().startswith("lists.")


class Sink:
    """Takes all that Core sends and keeps it."""

    def __init__(self, layout: Layout) -> None:
        self._box = mailbox.Maildir(layout.delivered, create=True)

    async def handle_DATA(
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep the mail."""
        lines = [f"X-Envelope-From: {envelope.mail_from or '<>'}\r\n"]
        lines += [f"X-Envelope-To: {address}\r\n" for address in envelope.rcpt_tos]
        content = envelope.content
        body = content.encode() if isinstance(content, str) else content or b""
        self._box.add("".join(lines).encode() + body)
        return "250 OK"
