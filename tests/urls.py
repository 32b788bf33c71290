"""The app mounted as a site mounts it."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("archives/", include("hyperkitty.urls")),
    path("", include("hyperkitty.root_urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("django_mailman3.urls")),
    path("admin/", admin.site.urls),
]
