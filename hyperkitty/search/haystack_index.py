"""What Haystack knows of a mail's entry: for engines that are not ours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from haystack import indexes

from hyperkitty.models import Email

from .documents import Document, read_documents
from .languages import Languages


class EmailIndex(indexes.SearchIndex, indexes.Indexable):
    """The entry of one mail. Our own engines read `Document` without this detour."""

    text = indexes.CharField(document=True)
    subject = indexes.CharField()
    body = indexes.CharField()
    quoted = indexes.CharField()
    author = indexes.CharField()
    filename = indexes.CharField()
    mlist = indexes.IntegerField()
    thread = indexes.IntegerField()
    sender = indexes.IntegerField()
    date = indexes.DateTimeField()
    year = indexes.IntegerField()
    month = indexes.IntegerField()
    email = indexes.IntegerField()
    msgid = indexes.CharField()
    address = indexes.CharField()
    marks = indexes.MultiValueField()
    tags = indexes.MultiValueField()

    def get_model(self) -> type[Email]:
        """Name the model of what is found."""
        return Email

    def index_queryset(self, using: str | None = None) -> Any:
        """Return the mails that readers may see."""
        return Email.objects.visible()

    def get_updated_field(self) -> str:
        """Name the column that tells when a mail changed."""
        return "changed_at"

    def prepare(self, obj: Email) -> dict[str, Any]:
        """Return the values of the fields."""
        prepared: dict[str, Any] = super().prepare(obj)
        for document in read_documents([obj.pk], Languages.of_settings()):
            prepared |= _values(document)
        self.prepared_data = prepared
        return prepared


def _values(document: Document) -> dict[str, Any]:
    body = f"{document.own}\n{document.quoted}"
    parts = (
        document.subject,
        body,
        document.author,
        document.filename,
        document.attachment,
    )
    return {
        "text": "\n".join(parts),
        "subject": document.subject,
        "body": body,
        "quoted": document.quoted,
        "author": document.author,
        "filename": document.filename,
        "mlist": document.mlist,
        "thread": document.thread,
        "sender": document.sender,
        "date": datetime.fromtimestamp(document.date, UTC),
        "year": document.year,
        "month": document.month,
        "email": document.email,
        "msgid": document.msgid,
        "address": document.address,
        "marks": list(document.marks),
        "tags": list(document.tags),
    }
