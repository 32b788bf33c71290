"""What a mail carries, as bytes: the raw mail, its attachments, its HTML part."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hyperkitty import permissions
from hyperkitty.gates import ListRequest, with_mailing_list
from hyperkitty.mail.html_part import read_html_part
from hyperkitty.models import Attachment, Email, EmailText, RawMessage
from hyperkitty.rendering.addresses import mask_addresses
from hyperkitty.rendering.html_mail import render_html
from hyperkitty.selectors import conversations
from hyperkitty.selectors.attachments import (
    SAFE_TYPES,
    VIEWED_AS,
    attachment_bytes,
    find_attachment,
)
from hyperkitty.selectors.mbox import raw_message

from .responses import disposition, etag, sandboxed

_CHARSET = re.compile(r"[A-Za-z0-9._:+-]{1,40}")


@require_safe
@with_mailing_list
def raw(request: ListRequest, message_id_hash: str) -> HttpResponseBase:
    """Send a mail byte for byte as it arrived."""
    if not permissions.can_read_raw(request.user, request.mlist):
        raise PermissionDenied(_("Original messages are not open to everyone here."))
    email = find_email(request, message_id_hash)
    if email.permalink != message_id_hash:
        return _under_permalink("hk_message_raw", email)
    stored = stored_bytes(email)
    return _bytes(
        request,
        (stored.digest,),
        lambda: stored.read(),
        "text/plain; charset=utf-8",
        disposition(f"{email.permalink}.eml", inline=True),
    )


@require_safe
@with_mailing_list
def attachment(
    request: ListRequest, message_id_hash: str, counter: int, filename: str
) -> HttpResponseBase:
    """Send an attachment, to be saved; `?view` shows harmless kinds in the browser."""
    email = find_email(request, message_id_hash)
    if email.permalink != message_id_hash:
        return _under_permalink("hk_message_attachment", email, counter, filename)
    stored = stored_bytes(email)
    found = find_attachment(email, counter, filename)
    if found is None:
        raise Http404(_("There is no such attachment."))
    inline = "view" in request.GET and found.content_type in VIEWED_AS
    return _bytes(
        request,
        (stored.digest, counter),
        lambda: attachment_bytes(found, stored),
        _content_type(found, inline=inline),
        disposition(filename, inline=inline),
    )


@require_safe
@with_mailing_list
def html(request: ListRequest, message_id_hash: str) -> HttpResponseBase:
    """Send the HTML part of a mail, cleaned, for the sandboxed frame on its page.

    Its pictures are inside, for such a frame sends no cookies; others are loaded only
    with ``?remote``, which tells their owners who reads the mail.
    """
    email = find_email(request, message_id_hash)
    if email.permalink != message_id_hash:
        return _under_permalink("hk_message_html", email)
    stored = stored_bytes(email)
    counters = EmailText.objects.filter(email=email).values_list("html_part", flat=True)
    counter = counters.first()
    masks = not permissions.sees_addresses(request.user)
    tag = etag(request, stored.digest, counter)
    response = get_conditional_response(request, etag=tag)
    policy = None
    if response is None:
        found = read_html_part(stored.read(), counter) if counter is not None else None
        if found is None:
            raise Http404(_("This message has no HTML part."))
        page = render_html(
            found.source,
            cid_urls={
                name: f"data:{one.content_type};base64,{b64encode(one.data).decode()}"
                for name, one in found.pictures.items()
            },
            allow_remote="remote" in request.GET,
            mask=masks,
            title=mask_addresses(email.subject) if masks else email.subject,
        )
        response = HttpResponse(page.document, content_type="text/html; charset=utf-8")
        policy = page.csp
    response["ETag"] = tag
    sandboxed(response, request.mlist)
    if policy is not None:
        response["Content-Security-Policy"] = policy
    else:  # A header of 304 would replace the one that the browser keeps.
        del response["Content-Security-Policy"]
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Referrer-Policy"] = "no-referrer"
    return response


def find_email(request: ListRequest, name: str) -> Email:
    """Return the mail of the request's list, of any state, that *name* names."""
    email = conversations.find_email(request.mlist, name)
    if email is None:
        raise Http404(_("There is no such message in this list."))
    return email


def stored_bytes(email: Email) -> RawMessage:
    """Return the row of a visible mail's bytes."""
    stored = raw_message(email) if email.is_visible else None
    if stored is None:
        raise Http404(_("This message was taken out of the archive."))
    return stored


def _under_permalink(view: str, email: Email, *args: object) -> HttpResponseBase:
    path = reverse(view, args=[email.mlist.name, email.permalink, *args])
    return HttpResponseRedirect(path)


def _bytes(
    request: ListRequest,
    version: tuple[object, ...],
    read: Callable[[], bytes],
    content_type: str,
    content_disposition: str,
) -> HttpResponseBase:
    """Answer with bytes of a mail, which *read* gives if the reader lacks them."""
    tag = etag(request, *version)
    response = get_conditional_response(request, etag=tag)
    if response is None:
        response = HttpResponse(read(), content_type=content_type)
        response["Content-Length"] = len(response.content)
        response["Content-Disposition"] = content_disposition
    response["ETag"] = tag
    return sandboxed(response, request.mlist)


def _content_type(attachment: Attachment, *, inline: bool) -> str:
    kind = attachment.content_type
    if kind not in SAFE_TYPES:
        return "application/octet-stream"
    if inline:
        kind = VIEWED_AS[kind]
    if kind.startswith("text/") and _CHARSET.fullmatch(attachment.charset):
        return f"{kind}; charset={attachment.charset}"
    return kind
