"""What happens when somebody writes: the form, its preview, its errors, the post."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import (
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
)
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from hyperkitty import permissions
from hyperkitty.conf import app_settings
from hyperkitty.forms import MAX_TEXT, PostForm
from hyperkitty.gates import ListRequest
from hyperkitty.models import Email, MailingList, OutgoingPost
from hyperkitty.posting import eligibility, queueing
from hyperkitty.posting.compose import (
    File,
    UnsendableError,
    mailto,
    reply_subject,
)
from hyperkitty.posting.flowing import clean_text, to_flowed
from hyperkitty.posting.people import sender_addresses
from hyperkitty.posting.quoting import attribution, quoted
from hyperkitty.selectors.posts import other_lists

from .authors import author, is_htmx, kept_draft, wants_json
from .bodies import typed_body
from .pending import post_item
from .similar import similar_to_draft


@dataclass
class Desk:
    """One request to write something."""

    request: ListRequest
    parent: Email | None = None
    is_letter: bool = False
    others: Sequence[MailingList] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.mlist = self.request.mlist
        user = author(self.request)
        self.user = user
        self.senders = sender_addresses(user, self.mlist)
        if self.parent is not None and not self.is_letter:
            readable = permissions.readable_lists(user)
            found = other_lists(self.parent, readable)
            self.others = [one for one in found if not eligibility.closed_reason(one)]

    def answer(self) -> HttpResponseBase:
        """Show the form, a preview, or send."""
        if reason := self._closed_reason():
            return self._refuse(reason)
        if self.request.method != "POST":
            return self._show(self._empty_form())
        form = self._form(self.request.POST, self.request.FILES)
        if not form.is_valid():
            return self._show_errors(form)
        if self.request.POST.get("action") == "preview":
            return self._preview(form)
        return self._send(form)

    def _closed_reason(self) -> str:
        if self.is_letter and self.parent is not None:
            reason = eligibility.letter_refusal(self.user, self.parent)
        else:
            reason = eligibility.closed_reason(self.mlist)
            if not reason and self.parent is not None:
                reason = eligibility.locked_reason(self.parent.thread)
        if not reason and not self.senders:
            reason = _("Confirm an address in your account before you write.")
        return reason

    def _form(self, data: Any = None, files: Any = None, **initial: Any) -> PostForm:
        return PostForm(
            data,
            files,
            senders=self.senders,
            other_lists=[(one.name, one.title) for one in self.others],
            default_subject=self._subject(),
            initial={
                "token": token_hex(16),
                "subject": self._subject(),
                "lists": [one.name for one in self.others if self._may_take(one)],
                **initial,
            },
        )

    def _may_take(self, mlist: MailingList) -> bool:
        """Whether a further list is chosen unless the author says otherwise."""
        turned_away = (eligibility.Way.REFUSED, eligibility.Way.CHOSEN)
        return eligibility.way_in(mlist, self.senders[0]) not in turned_away

    def _subject(self) -> str:
        if self.parent is None:
            return ""
        return reply_subject(self.parent.subject, self.mlist.subject_prefix)

    def _empty_form(self) -> PostForm:
        kept = kept_draft(self.request)
        if "quote" in self.request.GET and self.parent is not None:
            kept.setdefault("message", quoted(self.parent))
        return self._form(**kept)

    def _preview(self, form: PostForm) -> HttpResponseBase:
        text = to_flowed(clean_text(form.cleaned_data["message"]))
        shown = {
            "subject": form.cleaned_data["subject"],
            "body": typed_body(text, self.mlist.rendering_mode, "preview"),
        }
        if self.parent is None:
            shown["similar"] = similar_to_draft(
                self.request, str(shown["subject"]), form.cleaned_data["message"]
            )
        if is_htmx(self.request):
            context = {"preview": shown, "mlist": self.mlist}
            return render(
                self.request, "hyperkitty/posting/includes/preview.html", context
            )
        return self._show(form, preview=shown)

    def _send(self, form: PostForm) -> HttpResponseBase:
        draft = self._draft(form)
        if queueing.is_changed(draft):
            return self._ask_again()
        reason = self._refusal(draft)
        if reason:
            return self._refuse_post(form, reason)
        try:
            posts = queueing.queue(draft)
        except queueing.TooLargeError as error:
            sizes = {
                "size": filesizeformat(error.size),
                "limit": filesizeformat(error.limit),
            }
            form.add_error(
                None,
                _("The mail would have %(size)s; this list takes %(limit)s.") % sizes,
            )
            return self._show_errors(form)
        except UnsendableError as error:
            form.add_error(None, str(error))
            return self._show_errors(form)
        return self._sent(posts[0])

    def _ask_again(self) -> HttpResponseBase:
        """Show a form that was sent before, with other words, to be sent anew."""
        values = self.request.POST.copy()
        values["token"] = token_hex(16)
        form = self._form(values, self.request.FILES)
        form.add_error(
            None,
            _(
                "You have sent a message with this form already. "
                "Send once more to send this one, too."
            ),
        )
        return self._show_errors(form)

    def _draft(self, form: PostForm) -> queueing.Draft:
        values = form.cleaned_data
        chosen = set(values.get("lists", ()))
        is_reply = self.parent is not None and not values.get("newthread")
        recipient = ""
        if self.is_letter and self.parent is not None:
            recipient = self.parent.sender.address
        return queueing.Draft(
            user=self.user,
            sender=values["sender"],
            lists=[self.mlist, *(one for one in self.others if one.name in chosen)],
            subject=values["subject"],
            text=values["message"],
            token=values["token"] or token_hex(16),
            parent=self.parent if is_reply else None,
            files=[_file(upload) for upload in values["attachments"]],
            recipient=recipient,
        )

    def _refusal(self, draft: queueing.Draft) -> str:
        if self.is_letter or queueing.is_queued(draft):
            return ""
        reasons = (
            eligibility.refusal(self.user, mlist, draft.sender, draft.text)
            for mlist in draft.lists
        )
        return next(filter(None, reasons), "")

    def _sent(self, post: OutgoingPost) -> HttpResponseBase:
        if wants_json(self.request):
            item = post_item(post, self.user)
            html = render_to_string(
                "hyperkitty/posting/includes/post.html",
                {"item": item, "mlist": self.mlist},
                request=self.request,
            )
            return JsonResponse(
                {"result": _("Your message is on its way."), "message_html": html}
            )
        if is_htmx(self.request) and not self.is_letter:
            # It takes the place of its form, inside the mail that it answers.
            context = {"item": post_item(post, self.user, 1), "mlist": self.mlist}
            return render(
                self.request, "hyperkitty/posting/includes/post.html", context
            )
        if not self.is_letter and post.parent is not None:
            return redirect(f"{_page_with(post.parent)}#post-{post.pk}")
        messages.success(self.request, _("Your message is on its way."))
        return redirect(post)

    def _show(self, form: PostForm, **more: Any) -> HttpResponseBase:
        parent = self.parent
        is_inline = is_htmx(self.request)
        context = {
            "mlist": self.mlist,
            "form": form,
            "parent": parent,
            "is_letter": self.is_letter,
            "is_inline": is_inline,
            "action": self.request.path,
            "notices": self._notices(),
            "size_limit": queueing.size_limit([self.mlist, *self.others]),
            "had_files": bool(self.request.FILES),
            "no_index": True,
            **more,
        }
        if parent is not None:
            addresses = [self.mlist.name, *(one.name for one in self.others)]
            context |= {
                "quote": quoted(parent),
                "attribution": attribution(parent),
                "mailto": mailto(
                    addresses, self._subject(), queueing.parent_of(parent)
                ),
            }
        name = "includes/form.html" if is_inline else "page.html"
        return render(self.request, f"hyperkitty/posting/{name}", context)

    def _notices(self) -> list[tuple[str, str]]:
        """Return what the list does with a post, for each address that differs."""
        if self.is_letter:
            return []
        ways = {one: eligibility.way_in(self.mlist, one) for one in self.senders}
        return [(one, way.value) for one, way in ways.items() if way != "member"]

    def _show_errors(self, form: PostForm) -> HttpResponseBase:
        if wants_json(self.request):
            text = "\n".join(
                str(error) for errors in form.errors.values() for error in errors
            )
            return HttpResponse(text, status=400, content_type="text/plain")
        return self._show(form)

    def _refuse_post(self, form: PostForm, reason: str) -> HttpResponseBase:
        if wants_json(self.request):
            return HttpResponse(reason, status=403, content_type="text/plain")
        form.add_error(None, reason)
        return self._show(form)

    def _refuse(self, reason: str) -> HttpResponseBase:
        if wants_json(self.request):
            return HttpResponse(reason, status=403, content_type="text/plain")
        context = {"mlist": self.mlist, "reason": reason, "parent": self.parent}
        kept = self.request.POST.get("message", "")[:MAX_TEXT]
        context |= {"kept": kept, "no_index": True}
        is_inline = is_htmx(self.request)
        name = "includes/closed.html" if is_inline else "closed.html"
        return render(
            self.request,
            f"hyperkitty/posting/{name}",
            context,
            status=200 if is_inline else 403,
        )


def _page_with(parent: Email) -> str:
    """Return a page that shows *parent* and its answers; a long thread has several."""
    is_long = parent.thread.emails_count > app_settings.thread_page_size
    return (parent if is_long else parent.thread).get_absolute_url()


def _file(upload: UploadedFile[bytes]) -> File:
    return File(upload.name or "", upload.content_type or "", upload.read())
