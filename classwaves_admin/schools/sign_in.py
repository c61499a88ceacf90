"""Reads from settings what schools and districts ask of a sign-in, for accounts, which stands below."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from classwaves_admin.accounts.sign_in import SignInPolicy
from classwaves_admin.schools.settings_registry import SETTINGS
from classwaves_admin.schools.values import in_force, set_by_district, values

__all__ = ["PolicyReader"]

_KEYS = ("sign_in.second_factor", "sign_in.session_length", "sign_in.domains")


class PolicyReader:
    """The one reader of sign-in policies."""

    def of_schools(self, school_ids: Collection[str]) -> Mapping[str, SignInPolicy]:
        """Return the policy of each school. At most one warehouse query, none for what is remembered."""
        factor, length, domains = (values(school_ids, key) for key in _KEYS)
        return {one: SignInPolicy(factor[one].value, length[one].value, domains[one].value) for one in school_ids}

    def of_districts(self, district_ids: Collection[str]) -> Mapping[str, SignInPolicy]:
        """Return what each district has set for its schools. No warehouse query."""
        found = set_by_district(district_ids)
        return {
            district: SignInPolicy(*(in_force(SETTINGS[key], None, of_district.get(key)).value for key in _KEYS))
            for district, of_district in found.items()
        }
