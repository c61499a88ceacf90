"""Sign-in (allauth), the school switcher, the keys of other programs."""

from __future__ import annotations

from allauth.account.views import password_reset_from_key
from django.urls import include, path, re_path

from classwaves_admin.accounts import views
from classwaves_admin.accounts.keys import views as keys
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded

# allauth's own pattern takes ids without dashes only; with ours, every link of a forgotten password was a bad one.
_RESET = r"^password/reset/key/(?P<uidb36>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-(?P<key>.+)/$"

urlpatterns = [
    path("switch-school/", guarded(views.switch_school, Permission.SEE_OWN_ACCOUNT), name="switch-school"),
    path("step-up/", guarded(views.step_up_form, Permission.SEE_OWN_ACCOUNT), name="step-up"),
    path("keys/", guarded(keys.key_list, Permission.MANAGE_KEYS), name="key-list"),
    path("keys/new/", guarded(keys.key_new, Permission.MANAGE_KEYS, fresh=True), name="key-new"),
    path("keys/<str:key_id>/revoke/", guarded(keys.key_revoke, Permission.MANAGE_KEYS, fresh=True), name="key-revoke"),
    path("accounts/", include([re_path(_RESET, password_reset_from_key, name="account_reset_password_from_key")])),
    path("accounts/", include("allauth.urls")),
]
