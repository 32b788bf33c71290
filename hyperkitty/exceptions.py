"""Errors of the app; each says what the caller may do about it."""

from __future__ import annotations


class HyperKittyError(Exception):
    """Base of all errors that this app raises on purpose."""


class MailmanUnavailable(HyperKittyError):
    """Mailman Core did not answer; the same call may work later."""


class MailmanSilent(MailmanUnavailable):
    """Mailman Core cannot be reached at all, so other calls would fail too."""


class MailmanRefused(HyperKittyError):
    """Mailman Core does not do this; the message is its reason."""


class ArchiveCorrupt(HyperKittyError):
    """Stored bytes cannot be read back; a backup is needed."""
