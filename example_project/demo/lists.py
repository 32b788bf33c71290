"""The three lists of the demo, and what Mailman adds to their mail."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

DOMAIN = "lists.example.org"


@dataclass(frozen=True)
class DemoList:
    """One mailing list of the demo; `policy` is Mailman's archive policy."""

    address: str
    display_name: str
    description: str
    subject_prefix: str
    policy: str

    @property
    def key(self) -> str:
        """Return the local part of the address, by which the pieces name a list."""
        return self.address.partition("@")[0]

    @property
    def list_id(self) -> str:
        """Return the RFC 2919 identifier."""
        return self.address.replace("@", ".")

    def footer(self, arrived: datetime.datetime) -> tuple[str, ...]:
        """Return the lines that the list put below its mails at that time.

        The busy list gave its footer up one day; people had complained enough.
        """
        if self.policy == "private" or (
            self.key == "tidewright" and arrived >= FOOTER_DROPPED
        ):
            return ()
        return (
            "_" * 47,
            f"{self.display_name} mailing list -- {self.address}",
            f"To unsubscribe send an email to {self.key}-leave@{DOMAIN}",
        )


DEMO_LISTS = (
    DemoList(
        f"tidewright@{DOMAIN}",
        "Tidewright",
        "Using and building Tidewright, the free tide predictor",
        "[tidewright] ",
        "public",
    ),
    DemoList(
        f"tidewright-announce@{DOMAIN}",
        "Tidewright announcements",
        "Releases, security notices and events; low traffic, no discussion",
        "",
        "public",
    ),
    DemoList(
        f"tidewright-core@{DOMAIN}",
        "Tidewright core team",
        "Where the core team talks about money, people and embargoed bugs",
        "[tw-core] ",
        "private",
    ),
)
BY_KEY = {mailing_list.key: mailing_list for mailing_list in DEMO_LISTS}
# The demo's own calendar; the thread "meta: the footer" ends with this.
FOOTER_DROPPED = datetime.datetime(2024, 11, 18, 9, 0, tzinfo=datetime.UTC)
