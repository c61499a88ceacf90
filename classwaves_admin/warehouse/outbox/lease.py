"""One deliverer at a time: a lease in the `default` database that ends by itself.

Order needs a single deliverer. A process that dies with the lease loses it after LEASE. The holder renews
it before a statement where RENEW_AFTER has passed, and the warehouse's own time limit ends the statement
(settings.py): both together stay below LEASE, so that a statement of a former holder cannot arrive after
its successor's.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F

from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.outbox.models import DeliveryState

# So often the lease is renewed, in seconds.
RENEW_AFTER = 10.0
# The longest way of one statement to its end on Databricks, with its second of grace each (databricks/connect.py): a
# new session, the answer to the statement, its time in the queue, its time on the server. Before that: tries for two
# seconds, of the session and of the statement (patience.SHORT), and a token, for which connection and answer have
# five seconds each (databricks/oauth.py).
_ON_DATABRICKS = 4 * (settings.WAREHOUSE_STATEMENT_SECONDS + 1) + 2 * 2 + 2 * 5
# Elsewhere: a statement and the commit. After a kill -9 others wait for the lease, so it is no longer than it need be.
_ELSEWHERE = 2 * settings.WAREHOUSE_STATEMENT_SECONDS
_DISTRIBUTED = settings.DATABASES["warehouse"]["ENGINE"] == "classwaves_admin.databricks"
LEASE = timedelta(seconds=RENEW_AFTER + (_ON_DATABRICKS if _DISTRIBUTED else _ELSEWHERE))
LONGEST_PAUSE = timedelta(minutes=5)


def _state() -> DeliveryState:
    """Return the delivery state, locked. Its row is made by whoever delivers first, and stays."""
    locked = DeliveryState.objects.select_for_update().filter(pk=1)
    found = locked.first()
    if found is None:
        DeliveryState.objects.get_or_create(pk=1)
        found = locked.get()
    return found


def state() -> DeliveryState:
    """Return the delivery state as it stands."""
    return DeliveryState.objects.get_or_create(pk=1)[0]


def _still_runs(until: datetime | None, longest: timedelta) -> bool:
    """Tell whether a time has not come yet. One that is too far off was written before a clock was set back."""
    moment = now()
    return until is not None and moment < until <= moment + 2 * longest


def take(holder: str, *, even_if_resting: bool) -> bool:
    """Take the lease. Return False if another holds it or the warehouse is being left alone."""
    with transaction.atomic():
        current = _state()
        if current.holder and _still_runs(current.held_until, LEASE):
            return False
        if _still_runs(current.retry_at, LONGEST_PAUSE) and not even_if_resting:
            return False
        current.holder, current.held_until = holder, now() + LEASE
        current.save(update_fields=["holder", "held_until"])
    return True


def renew(holder: str) -> bool:
    """Extend the lease. Return False if it has passed to another."""
    return bool(DeliveryState.objects.filter(pk=1, holder=holder).update(held_until=now() + LEASE))


def release(holder: str) -> None:
    """Give the lease back, if it is still ours."""
    DeliveryState.objects.filter(pk=1, holder=holder).update(holder="", held_until=None)


def resting() -> bool:
    """Tell whether the warehouse is being left alone after failures."""
    return _still_runs(state().retry_at, LONGEST_PAUSE)


def succeeded(count: int) -> None:
    """Note that `count` changes arrived, for the holder of the lease."""
    DeliveryState.objects.filter(pk=1).update(
        failures=0,
        retry_at=None,
        last_error="",
        last_delivered_at=now(),
        delivered_total=F("delivered_total") + count,
    )


def failed(error: str) -> datetime:
    """Note a failure and return when to try again: 1, 2, 4 … seconds, at most LONGEST_PAUSE, with jitter."""
    with transaction.atomic():
        current = _state()
        current.failures += 1
        seconds = min(2.0 ** min(current.failures - 1, 20), LONGEST_PAUSE.total_seconds())
        # Jitter keeps many processes from knocking at the same moment; it is no secret.
        current.retry_at = now() + timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311
        current.last_error = error
        current.save(update_fields=["failures", "retry_at", "last_error"])
    return current.retry_at
