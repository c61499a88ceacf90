"""Every model of the portal's own database has a fate when one child's data are deleted."""

from __future__ import annotations

from collections import Counter

import pytest
from django.apps import apps

from audit.places import PLACES as AUDIT_PLACES
from classwaves_admin.inventory.places import PLACES as INVENTORY_PLACES
from retention import places
from retention.places import Place, all_places
from retention.portal_schedule import PLACES


def test_every_model_has_one_place() -> None:
    """Whoever adds a model learns here to state what becomes of its rows: retention/portal_schedule.py."""
    of_the_portal = {model._meta.label for model in apps.get_models() if model._meta.app_label != "warehouse"}
    stated = [place.model for place in (*PLACES, *AUDIT_PLACES, *INVENTORY_PLACES)]
    assert [model for model, times in Counter(stated).items() if times > 1] == []
    assert of_the_portal - set(stated) == set()
    assert set(stated) - of_the_portal == {"warehouse.AuditLog"}
    assert set(all_places()) == set(stated)


@pytest.mark.parametrize("place", all_places().values(), ids=lambda place: place.model)
def test_a_place_stays_for_a_reason_or_goes(place: Place) -> None:
    """Never both; what goes has words for the page that counts it."""
    assert bool(place.keeps) != bool(place.does)
    assert bool(place.words) == bool(place.does)
    if place.does:
        assert callable(place.work.left)
        assert callable(place.work.erase)


def test_a_model_has_no_second_place() -> None:
    """An app cannot state another fate for a model."""
    with pytest.raises(ValueError, match="has a place already"):
        places.register(Place("audit.Making", keeps="x"))
