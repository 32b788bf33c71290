"""The URLs that only the root of a host can have; include them at ``""``."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from hyperkitty.views import sitemaps

#: In the root too, since a sitemap speaks of what stands below its own folder.
_SITEMAP_OF_LIST = r"^sitemap-(?P<mlist_fqdn>[^/\x00-\x20\x7f]+?)"

urlpatterns: list[URLPattern | URLResolver] = [
    path("robots.txt", sitemaps.robots, name="hk_robots"),
    path("sitemap.xml", sitemaps.index, name="hk_sitemap"),
    re_path(
        rf"{_SITEMAP_OF_LIST}-(?P<year>[0-9]{{4}})-(?P<month>[0-9]{{2}})\.xml$",
        sitemaps.of_month,
        name="hk_sitemap_month",
    ),
    re_path(rf"{_SITEMAP_OF_LIST}\.xml$", sitemaps.of_list, name="hk_sitemap_list"),
    path("", include("hyperkitty.old_urls")),
]
