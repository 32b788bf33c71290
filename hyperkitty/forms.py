"""What people type when they write to lists, and when they look after them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from hyperkitty.mail.headers import one_line
from hyperkitty.models import Category, Cause

MAX_SUBJECT = 2_000
MAX_TEXT = 500_000
MAX_FILES = 10
MAX_TOKEN = 32


class FilesInput(forms.ClearableFileInput):
    """A field of a page that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; an empty list if none was chosen."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        """Check each file as `FileField` does."""
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if len(files) > MAX_FILES:
            raise forms.ValidationError(_("These are too many files."))
        check = super().clean
        return [check(file, initial) for file in files]


class PostForm(forms.Form):
    """A post to one or more lists, or a letter."""

    sender = forms.ChoiceField(label=_("From"))
    lists = forms.MultipleChoiceField(
        label=_("Send to these lists, too"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    newthread = forms.BooleanField(
        label=_("Start a new thread with it"), required=False
    )
    subject = forms.CharField(
        label=_("Subject"), max_length=MAX_SUBJECT, required=False
    )
    message = forms.CharField(
        label=_("Message"),
        max_length=MAX_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        error_messages={"required": _("Write something first.")},
    )
    attachments = FilesField(label=_("Attachments"), required=False)
    token = forms.RegexField(
        "^[0-9A-Za-z]+$",
        max_length=MAX_TOKEN,
        required=False,
        widget=forms.HiddenInput,
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        files: Any = None,
        *,
        senders: Sequence[str],
        other_lists: Iterable[tuple[str, str]] = (),
        default_subject: str = "",
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        """Offer the addresses and lists that there are to choose from.

        Without a *default_subject* one has to be typed.
        """
        super().__init__(
            data,
            files,
            initial={"sender": senders[0] if senders else "", **(initial or {})},
        )
        self.default_subject = default_subject
        self._choice("sender").choices = [(one, one) for one in senders]
        # HyperKitty's own page left the sender out for people with one address.
        self.fields["sender"].required = False
        self.senders = senders
        others = list(other_lists)
        self._choice("lists").choices = others
        if not others:
            del self.fields["lists"]
        if not default_subject:
            self.fields["subject"].required = True
            del self.fields["newthread"]

    def clean_sender(self) -> str:
        """Return the chosen address, the likeliest if none was chosen."""
        chosen = str(self.cleaned_data["sender"])
        if chosen or not self.senders:
            return chosen
        return self.senders[0]

    def clean_subject(self) -> str:
        """Return the subject on one line; that of the answered mail if none."""
        subject = one_line(str(self.cleaned_data["subject"]))
        return subject or self.default_subject

    def clean_message(self) -> str:
        """Refuse a message of nothing but white space."""
        text = str(self.cleaned_data["message"])
        if not text.strip():
            raise forms.ValidationError(_("Write something first."))
        return text

    def _choice(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # as declared above
        return field


class ActForm(forms.Form):
    """Why a keeper acts."""

    cause = forms.ChoiceField(
        label=_("Why"),
        choices=[("", _("Choose a reason")), *Cause.choices],
        help_text=_("Readers see this, if a message goes."),
    )
    reason = forms.CharField(
        label=_("Note for other keepers"),
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class TakeOutForm(ActForm):
    """Which mails are taken out, and how."""

    action = forms.ChoiceField(
        label=_("How"), widget=forms.RadioSelect, initial="delete"
    )
    scope = forms.ChoiceField(
        label=_("What"), widget=forms.RadioSelect, required=False, initial="message"
    )

    def __init__(
        self,
        *args: Any,
        actions: Sequence[tuple[str, str]],
        scopes: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = actions  # type: ignore[attr-defined]  # of a ChoiceField
        self.fields["scope"].choices = scopes  # type: ignore[attr-defined]
        if not scopes:
            del self.fields["scope"]
        self.order_fields(["scope", "action", "cause", "reason"])


class SubjectForm(ActForm):
    """Another subject."""

    subject = forms.CharField(label=_("Subject"), max_length=500)
    field_order = ("subject", "cause", "reason")


class TargetForm(ActForm):
    """Another message or thread, by its address or its hash."""

    target = forms.CharField(
        label=_("Address"),
        max_length=1_000,
        help_text=_("Paste the address of the other message or thread."),
    )
    field_order = ("target", "cause", "reason")

    def clean_target(self) -> str:
        """Return the hash that the address ends with."""
        text: str = self.cleaned_data["target"].partition("#")[0].rstrip("/")
        target = text.rpartition("/")[2][:64]
        if not (target.isascii() and target.isalnum()):
            raise forms.ValidationError(_("That is no address of a message."))
        return target


class CategoryForm(ActForm):
    """A category of threads."""

    category = forms.ModelChoiceField(
        label=_("Category"),
        queryset=Category.objects.order_by("name"),
        required=False,
        empty_label=_("none"),
    )
    field_order = ("category", "cause", "reason")


class ListDeletionForm(forms.Form):
    """The address of the list, typed by whoever deletes its archive."""

    typed = forms.CharField(label=_("Address of the list"), max_length=255)


class ReportForm(forms.Form):
    """What is wrong with a message."""

    cause = forms.ChoiceField(
        label=_("What is wrong"),
        choices=[
            (cause.value, cause.label)
            for cause in (
                Cause.SPAM,
                Cause.ABUSE,
                Cause.PRIVACY,
                Cause.LEGAL,
                Cause.OFF_TOPIC,
                Cause.OTHER,
            )
        ],
    )
    note = forms.CharField(
        label=_("Note for the owners"),
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
