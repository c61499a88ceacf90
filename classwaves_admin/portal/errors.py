"""Stub, replaced by the look slice."""
from django.http import HttpResponse
def csrf_failure(request, reason=""): return HttpResponse("csrf", status=403)
