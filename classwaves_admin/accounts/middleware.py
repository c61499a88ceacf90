"""Stub, replaced by the accounts slice."""
from classwaves_admin.accounts.access import Access
from classwaves_admin.tenancy.scope import inside
class AccessMiddleware:
    def __init__(self, get_response): self.get_response = get_response
    def __call__(self, request):
        request.access = Access()
        with inside(request.access.scope):
            return self.get_response(request)
