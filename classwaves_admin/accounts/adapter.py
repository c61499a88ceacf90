"""Stub, replaced by the accounts slice."""
from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
class StaffAccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request): return False
class GoogleAccountAdapter(DefaultSocialAccountAdapter):
    pass
