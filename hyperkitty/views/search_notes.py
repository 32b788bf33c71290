"""What readers are told about how their query was read, and how the index is."""

from __future__ import annotations

from django.utils.translation import gettext as _

from hyperkitty.search.query import NoteKind, Query
from hyperkitty.search.values import IndexState


def notes_of(query: Query) -> list[str]:
    """Return a line for each thing that was not taken as it may have been meant."""
    texts = {
        NoteKind.CUT: _("The search was too long; its beginning was used."),
        NoteKind.MANY_TERMS: _("Only the first words were used; there are too many."),
        NoteKind.DEEP: _("Some parentheses were ignored; they are too many."),
        NoteKind.OPEN_QUOTE: _(
            "A quotation mark is not closed; what follows it was read as single words."
        ),
        NoteKind.UNKNOWN_FIELD: _(
            "There is no field “%(text)s”; it was searched for as it stands."
        ),
        NoteKind.UNKNOWN_VALUE: _(
            "“%(text)s” is nothing to filter by; it was searched for as text."
        ),
        NoteKind.BAD_DATE: _("“%(text)s” is no date; it was searched for as text."),
        NoteKind.SHORT_PREFIX: _(
            "A star needs two letters; “%(text)s” was searched for as it stands."
        ),
        NoteKind.LONE_MINUS: _(
            "“%(text)s” was searched for as it stands: there is nothing to leave it "
            "out of."
        ),
        NoteKind.NO_WORDS: _("There are no letters or digits in it to look for."),
        NoteKind.MISPLACED: _(
            "“%(text)s” was left out: it works only for the whole search."
        ),
    }
    return [texts[note.kind] % {"text": note.text} for note in query.notes]


def index_note(state: IndexState) -> str:
    """Return why nothing can be searched now; "" if it can be."""
    match state:
        case IndexState.READY:
            return ""
        case IndexState.BUILDING | IndexState.OLD:
            return _("Search is being rebuilt. Please try again in a while.")
        case _:
            return _("Search does not work at present. Everything else does.")
