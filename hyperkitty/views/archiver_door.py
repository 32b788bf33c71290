"""Who may speak as Mailman's archiver: the right address and the right key."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address, ip_network

from django.http import HttpRequest, HttpResponse

from hyperkitty.conf import app_settings, mailman_settings

logger = logging.getLogger(__name__)

#: Stands in HYPERKITTY_TRUSTED_PROXIES for whoever comes through a Unix socket.
UNIX = "unix"
#: Proxies that are followed back through X-Forwarded-For.
MAX_HOPS = 20

_WRONG_ADDRESS = """\
The archive does not take mail from {address}.

If Mailman runs there, add this address to MAILMAN_ARCHIVER_FROM in the settings of the
web site. If it is the address of a proxy, add it to HYPERKITTY_TRUSTED_PROXIES instead.
"""
_NO_KEY = """\
The archiver key must be sent in the header "Authorization: Token <key>".

Set api_key in the configuration of mailman-hyperkitty, inside Mailman Core.
"""
_KEY_IN_URL = """\
The archiver key must be sent in the Authorization header, not in the URL, where logs
keep it. You need to upgrade the mailman-hyperkitty package to 1.2.0 or newer.
"""
_WRONG_KEY = """\
This is not the archiver key of the web site.

Please check that the MAILMAN_ARCHIVER_KEY is provided by you and it is correct: the
api_key in the configuration of mailman-hyperkitty has to be the MAILMAN_ARCHIVER_KEY of
the web site, sent in the header "Authorization: Token <key>".
"""


def refusal(request: HttpRequest) -> HttpResponse | None:
    """Return the answer for who is not Mailman's archiver, None for who is."""
    expected = mailman_settings.archiver_key
    address = client_address(request)
    if not is_allowed(address, mailman_settings.archiver_from):
        logger.warning("Refused the archiver's door to the address %s", address)
        return _refused(403, _WRONG_ADDRESS.format(address=address or "a Unix socket"))
    shown = request.headers.get("Authorization")
    if shown is None:
        logger.warning("%s called the archiver's door without a key", address)
        return _refused(401, _KEY_IN_URL if "key" in request.GET else _NO_KEY)
    if not _is_key(shown, expected):
        logger.warning("%s called the archiver's door with a wrong key", address)
        return _refused(401, _WRONG_KEY)
    return None


def client_address(request: HttpRequest) -> str:
    """Return the address that the request comes from, "" for a Unix socket.

    Of X-Forwarded-For only what trusted proxies wrote is believed: each appends whom
    it heard, so the last entry that is no trusted proxy is the client.
    """
    address = _plain(str(request.META.get("REMOTE_ADDR", "")))
    proxies = app_settings.trusted_proxies
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    for entry in reversed(forwarded[-MAX_HOPS:]):
        is_proxy = is_allowed(address, proxies) if address else UNIX in proxies
        if not is_proxy or not entry.strip():
            break
        address = _plain(entry)
    return address


def is_allowed(address: str, allowed: Iterable[str]) -> bool:
    """Whether *address* is among *allowed*: addresses, networks, or ``*`` for all."""
    return any(
        entry == "*" or address == _plain(entry) or _is_in(address, entry)
        for entry in allowed
    )


def _is_in(address: str, network: str) -> bool:
    try:
        return ip_address(address) in ip_network(network, strict=False)
    except ValueError:
        return False


def _plain(address: str) -> str:
    """Return the usual form of an address: IPv4 within IPv6 is IPv4."""
    address = address.strip()
    try:
        found = ip_address(address)
    except ValueError:
        return address
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


def _is_key(shown: str, expected: str) -> bool:
    """Whether the Authorization header *shown* has the key, in constant time."""
    scheme, _space, key = shown.strip().partition(" ")
    is_right = hmac.compare_digest(key.strip().encode(), expected.encode())
    return scheme == "Token" and is_right and bool(expected)


def _refused(status: int, text: str) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
