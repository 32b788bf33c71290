"""The addresses that archives had before: HyperKitty's early ones and Mailman 2's.

Part of `urls` under any mount; at the root of a host, `root_urls` has them where
Mailman 2 had them.
"""

from __future__ import annotations

from django.urls import URLPattern, path

from hyperkitty.views import old_links


def _pages(folder: str) -> list[URLPattern]:
    """Return the URLs below a folder in which Pipermail had a folder for each list."""
    return [
        path(f"{folder}/<str:name>", old_links.pipermail),
        path(f"{folder}/<str:name>/", old_links.pipermail),
        path(f"{folder}/<str:name>/<path:path>", old_links.pipermail),
    ]


urlpatterns: list[URLPattern] = [
    *_pages("pipermail"),
    *_pages("mailman/private"),
    *(
        path(f"{folder}{rest}", view)
        for folder in ("listinfo", "mailman/listinfo")
        for rest, view in (
            ("", old_links.all_lists),
            ("/", old_links.all_lists),
            ("/<str:name>", old_links.list_info),
            ("/<str:name>/", old_links.list_info),
        )
    ),
]
