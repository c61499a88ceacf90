"""Addresses of asking many guardians at once."""

from __future__ import annotations

from django.urls import path

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded
from consent.views import campaigns

urlpatterns = [
    path("campaigns/", guarded(campaigns.campaign_list, Permission.ASK_CONSENT), name="campaign-list"),
    path(
        "campaigns/<str:campaign_id>/",
        guarded(campaigns.campaign_detail, Permission.ASK_CONSENT),
        name="campaign-detail",
    ),
    path(
        "campaigns/<str:campaign_id>/stop/",
        guarded(campaigns.campaign_stop, Permission.ASK_CONSENT),
        name="campaign-stop",
    ),
    path(
        "campaigns/<str:campaign_id>/go-on/",
        guarded(campaigns.campaign_go_on, Permission.ASK_CONSENT),
        name="campaign-go-on",
    ),
]
