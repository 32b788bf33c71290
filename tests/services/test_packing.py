"""The dictionary of a site whose mail comes from Mailman alone."""

from __future__ import annotations

import random

import pytest

from hyperkitty.ingest import dictionary
from hyperkitty.models import CompressionDictionary, RawMessage
from hyperkitty.services import packing
from hyperkitty.services.packing import dictionary_due
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db
WORDS = [f"word{number:04}" for number in range(900)]


@pytest.fixture(autouse=True)
def few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for fewer mails, and look each time."""
    monkeypatch.setattr(packing, "SAMPLES", 40)
    monkeypatch.setattr(dictionary, "SAMPLES", 40)
    monkeypatch.setattr(packing, "PAUSE", 0.0)


def letters(count: int) -> list[bytes]:
    """Return mails of words by chance."""
    chance = random.Random(7)
    return [
        mail(f"{number}@example.com", text=" ".join(chance.choices(WORDS, k=1_200)))
        for number in range(count)
    ]


def test_dictionary_is_trained_once_and_packs_what_comes_after() -> None:
    mlist = make_list()
    raws = letters(41)
    bring(mlist, *raws[:39])
    assert dictionary_due() == 0
    bring(mlist, raws[39])

    assert dictionary_due() == 1
    assert dictionary_due() == 0

    bring(mlist, raws[40])
    stored = RawMessage.objects.order_by("pk").select_related("dictionary")
    assert [row.read() for row in stored] == raws
    found = CompressionDictionary.objects.get()
    assert [row.dictionary for row in stored] == [None] * 40 + [found]
