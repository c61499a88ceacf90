"""The words in which parents read how long data stay and what for; translated as all pages for parents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from classwaves_admin.warehouse.inventory import Retention


class Words(NamedTuple):
    """What a kind of data is, what the school needs it for, and from when its days count."""

    title: str | Promise
    purpose: str | Promise
    clock: str | Promise


PUBLIC: Mapping[Retention, Words] = {
    Retention.AUDIO_RECORDINGS: Words(
        _("Recordings of group talk"),
        _("To write down what was said, and for the teacher to check it."),
        _("The days start when the recording is made."),
    ),
    Retention.TRANSCRIPTS: Words(
        _("What was said, in writing"),
        _("For the teacher to see how the groups worked and to plan the next lessons."),
        _("The days start when the words are written down."),
    ),
    Retention.AI_ANALYSES: Words(
        _("What the computer makes of it"),
        _("To give feedback on learning during the school year. No lasting picture of a child is made."),
        _("The days start when it is made."),
    ),
    Retention.METRICS: Words(
        _("Numbers about talk, such as how long a child spoke"),
        _("To see whether all children get to speak."),
        _("The days start when the numbers are worked out."),
    ),
    Retention.SESSION_RECORDS: Words(
        _("Which lessons took place and who took part"),
        _("To know what the other records belong to."),
        _("The days start when the lesson is set up."),
    ),
    Retention.MESSAGES: Words(
        _("Messages written during a lesson"),
        _("For the children and the teacher to talk to each other in the lesson."),
        _("The days start when the message is sent."),
    ),
    Retention.NOTIFICATIONS: Words(
        _("Emails and notices that were sent"),
        _("To show that you were told."),
        _("The days start when the notice is sent."),
    ),
    Retention.AUDIT_LOG: Words(
        _("The list of who saw or changed what"),
        _("To check that the data are used only as they should be."),
        _("The days start when somebody looks or changes something. To whom records were given stays longer."),
    ),
    Retention.CONSENT_RECORDS: Words(
        _("Your answers when the school asked you"),
        _("To show what you said yes or no to."),
        _("The days start when your yes ends."),
    ),
    Retention.COPPA_RECORDS: Words(
        _("The year in which a child was born"),
        _("To know which rules protect the child."),
        _("The days start when the child leaves the school."),
    ),
    Retention.OPERATIONS: Words(
        _("Technical records of the service"),
        _("To keep the service safe and running."),
        _("The days start when the record is made."),
    ),
}
