"""What templates may expect on every page of a site; sites name it in TEMPLATES."""

from __future__ import annotations

from django.http import HttpRequest

from hyperkitty import __version__


def common(request: HttpRequest) -> dict[str, str]:
    """Return the version, under the name that HyperKitty's templates gave it."""
    return {"HYPERKITTY_VERSION": __version__}
