"""The URLs that only the root of a host can have; include them at ``""``."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("hyperkitty.old_urls")),
]
