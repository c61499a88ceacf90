"""The words of requests about a student's data, each with the label that the office reads."""

from __future__ import annotations

from consent.vocabulary import LabelledEnum


class RequestKind(LabelledEnum):
    """What is asked for: four rights, of which access comes in two forms (16 CFR 312.6, 34 CFR 99.10 and 99.20)."""

    SEE = "see", "See what is held"
    COPY = "copy", "Get a copy"
    CORRECT = "correct", "Have something corrected"
    REFUSE = "refuse", "Refuse further collection"
    DELETE = "delete", "Have the data deleted"


# Nothing that such a request asks to see is destroyed while it is open (34 CFR 99.10(e)).
ACCESS = frozenset({RequestKind.SEE, RequestKind.COPY})


class AskedBy(LabelledEnum):
    """Who asks."""

    GUARDIAN = "guardian", "A guardian"
    STUDENT = "student", "The student, who is 18 or over"
    SCHOOL = "school", "The school itself"
    SERVICE = "service", "Another service of ClassWaves"


class RequestOutcome(LabelledEnum):
    """How a request ended."""

    FULFILLED = "fulfilled", "Fulfilled"
    PARTLY = "partly", "Partly done"
    REFUSED = "refused", "Refused"


class Clock(LabelledEnum):
    """Which rule sets the last day of a request."""

    COPPA = "coppa", "COPPA (16 CFR 312.6)"
    FERPA = "ferpa", "FERPA (34 CFR 99.10 and 99.20)"
    CALIFORNIA = "ca", "California (Education Code 49069.7)"
    ILLINOIS = "il", "Illinois (SOPPA, 105 ILCS 85/33)"
    NEW_YORK = "ny", "New York (Education Law 2-d, 8 NYCRR 121.12)"
    PROMISED = "promised", "The day that the guardian was told"
