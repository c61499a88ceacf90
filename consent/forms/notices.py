"""The forms in which staff write a notice and bring it into force."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import translation

from consent.forms.answer import question_field
from consent.notice_words import WORDS_LABELS, fault_words, words_hint
from consent.notices.texts import Source
from consent.rules.notices import LISTS, LONGEST_TEXT, LONGEST_WORDS, OWN_WORDS, Fault, FaultKind, lines_of
from consent.vocabulary import ConsentType, NoticeChange

# The child in a preview.
SAMPLE_CHILD = {"en": "Sam", "es": "Sofía", "ar": "سامي"}
_WORDS = "words_"


class NoticeForm(forms.Form):
    """The text of a notice, the school's own words for its slots, and a note for colleagues.

    `key` says on which state of the notice the text rests, so that nobody writes over a colleague's work.
    """

    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)
    text = forms.CharField(
        label="Text",
        help_text="Markdown. A word with $ is a slot: the portal fills it.",
        strip=False,
        widget=forms.Textarea(attrs={"rows": 22, "class": "cw-notice-source", "spellcheck": "true"}),
        error_messages={"required": "Write the text, or set the draft aside."},
    )
    note = forms.CharField(
        label="Note for colleagues",
        help_text="Why the text changes. Parents do not see it.",
        required=False,
        max_length=300,
    )

    def __init__(self, consent_type: ConsentType, language: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.slots = OWN_WORDS.get(consent_type, ())
        direction = "rtl" if translation.get_language_info(language)["bidi"] else "ltr"
        written = {"lang": language, "dir": direction}
        self.fields["text"].widget.attrs |= written
        for slot in self.slots:
            self.fields[_WORDS + slot] = forms.CharField(
                label=f"{WORDS_LABELS[slot]} (${slot})",
                help_text=words_hint(slot),
                widget=forms.Textarea(attrs={"rows": 5 if slot in LISTS else 3, **written}),
                required=False,
            )
        self.order_fields(["text", *(_WORDS + slot for slot in self.slots), "note"])

    @classmethod
    def showing(cls, consent_type: ConsentType, language: str, source: Source, *, key: str, note: str) -> NoticeForm:
        """Return the form with a text in it. Lists stand without their dashes."""
        words = {
            _WORDS + slot: "\n".join(lines_of(words)) if slot in LISTS else words
            for slot, words in source.words.items()
        }
        return cls(consent_type, language, initial={"text": source.text, "key": key, "note": note} | words)

    def with_key(self, key: str) -> NoticeForm:
        """Return the same form with what was typed, resting on another state of the notice."""
        self.data = {name: str(self.data.get(name, "")) for name in self.fields} | {"key": key}
        return self

    def source(self) -> Source:
        """Return the text as typed, also of a form that is not valid: a preview shows it as it is."""
        typed = {name: _lines(str(self.data.get(name, ""))) for name in self.fields}
        return Source(typed["text"], {slot: typed[_WORDS + slot].strip() for slot in self.slots})

    def clean(self) -> dict[str, Any]:
        """Refuse what no notice may be long; every other fault can be saved and mended later."""
        source = self.source()
        lengths = {"": (source.text, LONGEST_TEXT)} | {
            slot: (words, LONGEST_WORDS) for slot, words in source.words.items()
        }
        for slot, (text, longest) in lengths.items():
            if len(text) > longest:
                self.add_error(_WORDS + slot if slot else "text", fault_words(Fault(FaultKind.TOO_LONG, slot)))
        return self.cleaned_data


class ActivationForm(forms.Form):
    """What a new text changes: whether guardians are asked again hangs on it, so nothing is chosen beforehand."""

    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)
    change = forms.ChoiceField(
        label="What does the new text change?",
        widget=forms.RadioSelect,
        choices=[
            (NoticeChange.MINOR.value, "Wording only: a typo, a clearer sentence. Consents stay as they are."),
            (
                NoticeChange.MATERIAL.value,
                "What is collected, used, shared or kept. Guardians who consented can be asked again.",
            ),
        ],
        error_messages={"required": "Choose what the new text changes."},
    )


def sample_question(consent_type: ConsentType, language: str) -> forms.BoundField:
    """Return the question below a notice as parents get it, about a child who does not exist."""
    form = forms.Form(auto_id="preview_%s")
    form.fields["sample"] = question_field(consent_type, SAMPLE_CHILD.get(language, "Sam"))
    return form["sample"]


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
