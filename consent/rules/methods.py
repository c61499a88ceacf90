"""Which verification stands for which consent (16 CFR 312.5(b)(2))."""

from __future__ import annotations

from consent.vocabulary import ConsentType, VerificationMethod

# Methods of a school official or a student; none of them shows that a parent consented.
_NOT_PARENTAL = frozenset(
    {VerificationMethod.SCHOOL_AUTHORIZATION, VerificationMethod.ELIGIBLE_STUDENT, VerificationMethod.UNVERIFIED}
)
_PLUS = frozenset({VerificationMethod.EMAIL_PLUS, VerificationMethod.TEXT_PLUS})

# What staff may record from their own check, with a reference to the evidence.
STAFF_METHODS = (
    VerificationMethod.SIGNED_FORM,
    VerificationMethod.IN_PERSON,
    VerificationMethod.PHONE,
    VerificationMethod.VIDEO,
)


def email_plus_allowed(consent_type: str, *, under_13: bool, internal_operations_only: bool) -> bool:
    """Tell whether a message with a second step is enough (312.5(b)(2)(vi)).

    Never for disclosure to a third party. Under 13 only while the school states that nothing is
    disclosed beyond internal operations.
    """
    if consent_type == ConsentType.THIRD_PARTY:
        return False
    return internal_operations_only or not under_13


def stands(consent_type: str, method: str, *, under_13: bool, adult: bool, internal_operations_only: bool) -> bool:
    """Tell whether `method` verifies a row of this type for this student.

    An unknown word of another service never stands. A family portal's login shows a parent only at
    13 and over; an adult student's own login counts for an adult alone.
    """
    if method not in set(VerificationMethod) or method == VerificationMethod.UNVERIFIED:
        return False
    if method == VerificationMethod.SCHOOL_AUTHORIZATION:
        return consent_type == ConsentType.SCHOOL_AUTHORIZATION
    if method == VerificationMethod.ELIGIBLE_STUDENT:
        return adult
    if method == VerificationMethod.SIS_PORTAL:
        return not under_13
    if method in _PLUS:
        return email_plus_allowed(consent_type, under_13=under_13, internal_operations_only=internal_operations_only)
    return True


def is_parental(method: str) -> bool:
    """Tell whether `method` can show that a parent consented, rather than the school or the student."""
    return method in set(VerificationMethod) and method not in _NOT_PARENTAL
