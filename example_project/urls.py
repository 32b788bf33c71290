"""Where each part of the example site is found."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="hk_root")),
    path("archives/", include("hyperkitty.urls")),
    path("", include("hyperkitty.root_urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("django_mailman3.urls")),
    path("admin/", admin.site.urls),
]
