"""Mailing-list archive and web forum for Mailman 3."""

__version__ = "0.1.0"
