"""A notice with its draft, the text in force and its past. No query to the warehouse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from consent.models import Answer, NoticeText, NoticeVersion
from consent.notices import shipped
from consent.notices.texts import Source, shipped_source
from consent.queries.notices import source_of
from consent.rules.notices import FACTS, OWN_WORDS, Fault, faults, names_its_parties
from consent.vocabulary import ASKED_TYPES, ConsentType, NoticeState


@dataclass(frozen=True, slots=True)
class Which:
    """One notice of one school: its type and language."""

    school_id: str
    consent_type: ConsentType
    language: str

    @staticmethod
    def types() -> tuple[ConsentType, ...]:
        """Return the types that have a notice."""
        return ASKED_TYPES

    @staticmethod
    def languages() -> tuple[str, ...]:
        """Return the languages that have notices."""
        return shipped.languages()

    @property
    def is_first(self) -> bool:
        """Whether parents read this notice first."""
        return self.consent_type is ASKED_TYPES[0]

    def versions(self) -> dict[str, str]:
        """Return the filter that finds its versions."""
        return {"school_id": self.school_id, "consent_type": self.consent_type.value, "language": self.language}


@dataclass(frozen=True, slots=True)
class Desk:
    """A notice as its editor finds it. Without `active` the text that comes with the portal is in force."""

    which: Which
    draft: NoticeVersion | None
    active: NoticeVersion | None

    @property
    def in_force(self) -> Source:
        """The text that parents read now."""
        return source_of(self.active) if self.active else shipped_source(self.which.consent_type, self.which.language)

    @property
    def on_the_desk(self) -> Source:
        """The text to go on with: the draft, or else the one in force."""
        return source_of(self.draft) if self.draft else self.in_force

    @property
    def draft_source(self) -> Source | None:
        """The draft's text, where there is a draft."""
        return source_of(self.draft) if self.draft else None

    @property
    def key(self) -> str:
        """What an editor's form sends back: it differs as soon as somebody else has saved or activated."""
        draft = f"{self.draft.id}.{self.draft.revision}" if self.draft else ""
        return f"{draft}/{self.active.id if self.active else ''}"

    @property
    def number(self) -> int:
        """The number in force."""
        return self.in_force.number

    @property
    def wording(self) -> int:
        """The wording in force: 0 for the first of its number."""
        return (self.active.wording or 0) if self.active else 0

    @property
    def names_its_parties(self) -> bool:
        """Tell whether no list of third parties in force has a line of the portal's general words left."""
        plain = shipped.own_words(self.which.language, self.which.consent_type)
        return names_its_parties(self.in_force.words, plain)

    @property
    def slots(self) -> tuple[str, ...]:
        """The slots that the notice may hold, by name."""
        own = OWN_WORDS.get(self.which.consent_type, ())
        return tuple(sorted({*FACTS, *own, *shipped.sentences(self.which.language)}))

    def faults_of(self, source: Source) -> tuple[Fault, ...]:
        """Return what keeps a text from being shown."""
        consent_type, language = self.which.consent_type, self.which.language
        return faults(
            consent_type,
            source.text,
            source.words,
            sentences=shipped.sentences(language),
            shipped=shipped.own_words(language, consent_type),
        )


@dataclass(frozen=True, slots=True)
class Concerned:
    """Consents in force that were given under a notice, of how many guardians."""

    consents: int
    guardians: int


def desk(which: Which) -> Desk:
    """Return a notice with its draft and the text in force."""
    found = {
        one.state: one
        for one in NoticeVersion.objects.filter(**which.versions()).exclude(state=NoticeState.RETIRED.value)
    }
    return Desk(which, found.get(NoticeState.DRAFT.value), found.get(NoticeState.ACTIVE.value))


def desks(school_id: str) -> Mapping[tuple[ConsentType, str], Desk]:
    """Return every notice of a school by type and language: one query."""
    found: dict[tuple[str, str], dict[str, NoticeVersion]] = {}
    for one in NoticeVersion.objects.filter(school_id=school_id).exclude(state=NoticeState.RETIRED.value):
        found.setdefault((one.consent_type, one.language), {})[one.state] = one
    result = {}
    for consent_type in Which.types():
        for language in Which.languages():
            states = found.get((consent_type.value, language), {})
            which = Which(school_id, consent_type, language)
            result[consent_type, language] = Desk(
                which, states.get(NoticeState.DRAFT.value), states.get(NoticeState.ACTIVE.value)
            )
    return result


def history(which: Which) -> list[NoticeVersion]:
    """Return every text that the school wrote for a notice, newest first."""
    return list(NoticeVersion.objects.filter(**which.versions()).order_by("-edited_at", "-id"))


def uses(school_id: str) -> Mapping[tuple[str, str, str], int]:
    """Return how many answers rest on each text, by type, language and id of the version.

    The id is empty for the text that came with the portal. Answers are counted by the text that was frozen, from the
    index alone, before the few texts are looked at.
    """
    answers = Answer.objects.filter(school_id=school_id, notice__isnull=False).values("notice_id")
    numbers = dict(answers.annotate(answers=Count("*")).order_by().values_list("notice_id", "answers"))
    found: Counter[tuple[str, str, str]] = Counter()
    for text in NoticeText.objects.filter(pk__in=list(numbers)):
        found[text.consent_type, text.language, text.written_from] += numbers[text.pk]
    return found


def concerned(which: Which, now: datetime) -> Concerned:
    """Return the verified consents in force that were given to this notice, whatever its version."""
    in_time = Q(expires_at=None) | Q(expires_at__gt=now)
    found = Answer.objects.filter(
        in_time,
        school_id=which.school_id,
        consent_type=which.consent_type.value,
        notice__language=which.language,
        given=True,
        verified_at__isnull=False,
        revoked_at=None,
    ).aggregate(consents=Count("id"), guardians=Count("guardian_id", distinct=True))
    return Concerned(found["consents"], found["guardians"])


def drafts_by_school(school_ids: Collection[str]) -> Mapping[str, int]:
    """Return how many drafts wait in each school."""
    drafts = NoticeVersion.objects.filter(school_id__in=list(school_ids), state=NoticeState.DRAFT.value)
    return Counter(drafts.values_list("school_id", flat=True))
