"""Stub, replaced by the portal slice."""
from django.http import HttpResponse
def dashboard(request): return HttpResponse("dashboard")
def healthz(request): return HttpResponse("ok")
