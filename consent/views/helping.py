"""Pages for people whose link does not work, and the school's public notice."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from classwaves_admin.accounts.limits import too_often
from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.models import School
from consent.actions.asked_links import ask_for_link
from consent.actions.links import try_code
from consent.forms.links import AddressForm, CodeForm
from consent.models.links import Purpose
from consent.notices.markdown import to_html
from consent.notices.texts import NoticeIncomplete, written
from consent.queries.notices import school_facts
from consent.views.closed import not_ready
from consent.views.doors import asked_language, onward, parent, parents_page, show

HOUR = 3600
CODES_AN_HOUR = 20
MAILS_AN_HOUR = 10
ROUTES = {
    Purpose.ANSWER: "consent-answer",
    Purpose.VERIFY: "consent-verify",
    Purpose.MANAGE: "consent-answers",
}


@require_http_methods(["GET", "HEAD", "POST"])
@parents_page
def code(request: HttpRequest) -> HttpResponse:
    """Take the six digits of a mail whose link is mangled, and lead to the page that the link opens."""
    if request.method != "POST" or "language" in request.POST:
        return show(request, "consent/parents/code.html", {"form": CodeForm(initial=_typed(request))})
    form = CodeForm(request.POST)
    if not form.is_valid():
        return show(request, "consent/parents/code.html", {"form": form}, status=422)
    if too_often(request, "code", limit=CODES_AN_HOUR, seconds=HOUR):
        return show(request, "consent/parents/too_often.html", status=429)
    minted = try_code(address=form.cleaned_data["address"], code=form.cleaned_data["code"], now=now())
    if minted is None:
        form.refuse()
        return show(request, "consent/parents/code.html", {"form": form}, status=422)
    return onward(request, ROUTES[Purpose(minted.link.purpose)], token=minted.token)


@require_http_methods(["GET", "HEAD", "POST"])
@parents_page
def fresh(request: HttpRequest) -> HttpResponse:
    """Send a fresh link for what waits to an address on file. The answer is the same whether it is on file or not."""
    return _by_address(request, Purpose.ANSWER, "consent/parents/fresh.html", onward_to="consent-fresh-sent")


@require_http_methods(["GET", "HEAD", "POST"])
@parents_page
def manage(request: HttpRequest) -> HttpResponse:
    """Send a link to the answers on record to an address on file. The answer is the same for every address."""
    return _by_address(request, Purpose.MANAGE, "consent/parents/manage.html", onward_to="consent-manage-sent")


def _by_address(request: HttpRequest, purpose: Purpose, template: str, *, onward_to: str) -> HttpResponse:
    """Take an address; whether it is on file is looked up later, so that the time of the answer tells nothing."""
    if request.method != "POST" or "language" in request.POST:
        return show(request, template, {"form": AddressForm(initial=_typed(request))})
    form = AddressForm(request.POST)
    if not form.is_valid():
        return show(request, template, {"form": form}, status=422)
    if too_often(request, "mails", limit=MAILS_AN_HOUR, seconds=HOUR):
        return show(request, "consent/parents/too_often.html", status=429)
    ask_for_link(address=form.cleaned_data["address"], purpose=purpose, by=parent(request), now=now())
    return onward(request, onward_to)


@require_safe
@parents_page
def fresh_sent(request: HttpRequest) -> HttpResponse:
    """Say that a link is on its way if the address is on file and something waits."""
    return show(request, "consent/parents/fresh_sent.html")


@require_safe
@parents_page
def manage_sent(request: HttpRequest) -> HttpResponse:
    """Say that a link is on its way if there are answers from this address."""
    return show(request, "consent/parents/manage_sent.html")


@require_safe
@parents_page
def online_notice(request: HttpRequest, school_id: str) -> HttpResponse:
    """Show a school's notices to everyone (16 CFR 312.4(d)); two queries to the warehouse."""
    language = asked_language(request)
    try:
        notices = written(school_facts(school_id), language)
    except School.DoesNotExist:
        raise Http404 from None
    except NoticeIncomplete:
        return not_ready(request, school_id, language)
    parts = [to_html(notice.text) for notice in notices]
    return show(request, "consent/parents/online_notice.html", {"parts": parts}, school=school_id)


def _typed(request: HttpRequest) -> dict[str, str]:
    return {"address": request.POST.get("address", "")}
