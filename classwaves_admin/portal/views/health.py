"""Whether this process lives, and whether the catalog answers again."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from classwaves_admin.warehouse import awake


def healthz(request: HttpRequest) -> HttpResponse:
    """Answer "ok" without asking a database: a load balancer wants to know about this process alone."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
def catalog_awake(request: HttpRequest) -> HttpResponse:
    """Tell a page that waits whether the catalog answers again. Raises Http404 for anybody else."""
    if not awake.may_ask(request.GET.get("word", "")):
        raise Http404("Only a page that waits may ask.")
    return JsonResponse({"awake": awake.is_awake()})
