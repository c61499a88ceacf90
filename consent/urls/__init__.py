"""Addresses of consent, a file for each part. Parents have no account: what they get is a link."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("consent.urls.students")),
    path("", include("consent.urls.campaigns")),
    path("", include("consent.urls.guardians")),
    path("", include("consent.urls.worklist")),
    path("", include("consent.urls.notices")),
    path("", include("consent.urls.mailing")),
    path("", include("consent.urls.gate")),
    path("", include("consent.urls.authorizations")),
    path("", include("consent.urls.ages")),
    path("", include("consent.urls.roster")),
    path("", include("consent.urls.parents")),
]
