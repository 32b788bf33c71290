"""Makes Message-IDs the way different mail programs do; they never contain the date."""

from __future__ import annotations

import base64
import hashlib
import random

from .cast import Person
from .lists import DOMAIN

LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
SMALL = "abcdefghijklmnopqrstuvwxyz0123456789"
HEX = "0123456789abcdef"


def make(author: Person, rng: random.Random) -> str:
    """Return a new Message-ID, with its angle brackets."""

    def some(alphabet: str, count: int) -> str:
        return "".join(rng.choice(alphabet) for _ in range(count))

    local, _, domain = author.address.partition("@")
    uuid = "-".join(some(HEX, length) for length in (8, 4, 4, 4, 12))
    serial = rng.randint(10**6, 10**7)
    made = {
        "mutt": f"{some(LETTERS, 16)}@{domain}",
        "gnus": f"87{some(SMALL, 8)}.fsf@{domain}",
        "gmail": f"CA{some(LETTERS, 8)}+{some(LETTERS, 40)}@mail.{domain}",
        "outlook": f"{some(HEX, 24).upper()}.{some(SMALL, 8)}@mx.{domain}",
        "apple": f"{uuid.upper()}@{domain}",
        "kmail": f"{serial}.{some(LETTERS, 10)}@{local}",
        "old": f"{serial}{some(HEX, 4)}@{domain}",
        "robot": f"accuracy-{some(HEX, 12)}@{domain}",
    }
    return f"<{made.get(author.client, f'{uuid}@{domain}')}>"


def permalink(list_address: str, message_id: str) -> str:
    """Return the address of a mail in the lists' archive, as people paste it."""
    digest = hashlib.sha1(message_id.strip("<>").encode(), usedforsecurity=False)
    name = base64.b32encode(digest.digest()).decode("ascii")
    return f"https://{DOMAIN}/archives/list/{list_address}/message/{name}/"
