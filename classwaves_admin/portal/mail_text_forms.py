"""The form in which staff word a mail."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import translation

from classwaves_admin.notifications.text_queries import Which
from classwaves_admin.notifications.wording.rules import LONGEST, Text

# Longer than any part may be, so that a fault says what is too long; beyond it nothing is kept.
LONGEST_KEPT = {"subject": 300, "text": 20_000, "button": 200}


class MailTextForm(forms.Form):
    """Subject, text and the words on the button, and a note for colleagues.

    `key` says on which state of the mail the text rests, so that nobody writes over a colleague's work.
    """

    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)
    subject = forms.CharField(label="Subject", required=False, max_length=LONGEST_KEPT["subject"])
    text = forms.CharField(
        label="Text",
        help_text="A word with $ is a slot: the portal fills it. **Bold**, lists with dashes, headings with #.",
        strip=False,
        required=False,
        max_length=LONGEST_KEPT["text"],
        widget=forms.Textarea(attrs={"rows": 20, "class": "cw-notice-source", "spellcheck": "true"}),
    )
    button = forms.CharField(
        label="Words on the button",
        help_text=f"At most {LONGEST['button']} characters.",
        required=False,
        max_length=LONGEST_KEPT["button"],
    )
    note = forms.CharField(
        label="Note for colleagues",
        help_text="Why the text changes. Nobody else sees it.",
        required=False,
        max_length=300,
    )

    def __init__(self, which: Which, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        direction = "rtl" if translation.get_language_info(which.language)["bidi"] else "ltr"
        if which.shipped.button is None:
            del self.fields["button"]
        for name in {"subject", "text", "button"} & self.fields.keys():
            self.fields[name].widget.attrs |= {"lang": which.language, "dir": direction}

    @classmethod
    def showing(cls, which: Which, text: Text, *, key: str, note: str) -> MailTextForm:
        """Return the form with a text in it."""
        parts = {"subject": text.subject, "text": text.text, "button": text.button}
        return cls(which, initial={**parts, "key": key, "note": note})

    def with_key(self, key: str) -> MailTextForm:
        """Return the same form with what was typed, resting on another state of the mail."""
        self.data = {name: str(self.data.get(name, "")) for name in self.fields} | {"key": key}
        return self

    def source(self) -> Text:
        """Return the text as typed, also of a form that is not valid: a preview shows it as it is."""
        typed = {name: str(self.data.get(name, ""))[: LONGEST_KEPT[name]] for name in LONGEST_KEPT}
        lines = {name: text.replace("\r\n", "\n").replace("\r", "\n") for name, text in typed.items()}
        return Text(lines["subject"].strip(), lines["text"], lines["button"].strip())
