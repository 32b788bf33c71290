"""What the app announces after commit, always by `send_robust`."""

from __future__ import annotations

from django.dispatch import Signal

#: New mails stand in the archive. Arguments: ``mlist_id``, ``email_ids``.
message_archived = Signal()

#: Mails, threads or a list became visible or invisible. Argument: ``mlist_id``.
visibility_changed = Signal()

#: What we know of a list may be out of date. Argument: ``mlist_id``.
list_stale = Signal()

#: A web post waits to be sent. Argument: ``post_id``.
post_queued = Signal()
