"""Sign-in (allauth) and the school switcher."""

from __future__ import annotations

from django.urls import include, path

from classwaves_admin.accounts import views
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded

urlpatterns = [
    path("switch-school/", guarded(views.switch_school, Permission.SEE_OWN_ACCOUNT), name="switch-school"),
    path("accounts/", include("allauth.urls")),
]
