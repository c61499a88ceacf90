"""Which consent is good for nothing without another."""

from __future__ import annotations

from collections.abc import Mapping

from consent.vocabulary import ConsentType

# Audio needs taking part, analysis needs audio, sharing needs taking part.
NEEDS: dict[ConsentType, ConsentType] = {
    ConsentType.AUDIO: ConsentType.SERVICE,
    ConsentType.AI: ConsentType.AUDIO,
    ConsentType.THIRD_PARTY: ConsentType.SERVICE,
    ConsentType.VOICEPRINT: ConsentType.AUDIO,
    ConsentType.MODEL_TRAINING: ConsentType.AUDIO,
    ConsentType.RESEARCH: ConsentType.SERVICE,
    ConsentType.MEDIA_RELEASE: ConsentType.SERVICE,
}


def needed_for(consent_type: ConsentType) -> tuple[ConsentType, ...]:
    """Return every type that `consent_type` rests on, nearest first."""
    chain = []
    while needed := NEEDS.get(consent_type):
        chain.append(needed)
        consent_type = needed
    return tuple(chain)


def contradictions(answers: Mapping[ConsentType, bool]) -> dict[ConsentType, ConsentType]:
    """Return each granted type with the refused or unanswered type that it needs.

    Refusing an optional type contradicts nothing (312.5(a)(2): sharing can be refused on its own).
    """
    return {
        given: NEEDS[given]
        for given, yes in answers.items()
        if yes and given in NEEDS and not answers.get(NEEDS[given])
    }


def settled(answers: Mapping[ConsentType, bool | None]) -> dict[ConsentType, bool | None]:
    """Return the answers with what follows from a no: an unanswered type that rests on a refused one is refused."""
    return {
        consent_type: False if yes is None and _rests_on_a_no(consent_type, answers) else yes
        for consent_type, yes in answers.items()
    }


def _rests_on_a_no(consent_type: ConsentType, answers: Mapping[ConsentType, bool | None]) -> bool:
    return any(answers.get(needed) is False for needed in needed_for(consent_type))
