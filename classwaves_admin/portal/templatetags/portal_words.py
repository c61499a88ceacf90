"""Words of the system pages."""

from __future__ import annotations

from django import template

from classwaves_admin.jobs.kinds import title_of
from classwaves_admin.notifications.kinds import title_of as mail_title
from classwaves_admin.portal import mail_words
from classwaves_admin.portal.job_words import failure_words, job_tone
from classwaves_admin.portal.percentiles import percent_words, time_words

register = template.Library()

register.filter("job_title", title_of)
register.filter("failure_words", failure_words)
register.filter("job_tone", job_tone)
register.filter("mail_title", mail_title)
register.filter("mail_failure", mail_words.failure_words)
register.filter("mail_tone", mail_words.tone)
register.filter("time_words", time_words)
register.filter("percent_words", percent_words)


@register.filter
def shortened(text: str | None, most: int) -> str:
    """Return the beginning of what another service wrote: at most so many signs, the last of them three dots.

    For lists: `truncatechars` looks for combining signs in each text, however short it is.
    """
    said = text or ""
    return said if len(said) <= most else f"{said[: most - 1]}…"
