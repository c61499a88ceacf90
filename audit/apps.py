"""The Django app `audit`."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        """Register the mail, the checks and the jobs of audit."""
        from audit import checks, emails, unusual
        from audit.exports import kind
        from audit.making import step
        from audit.places import PLACES
        from audit.proof import jobs
        from audit.reports import registry
        from audit.student_copy import kind as student_copy
        from retention import places
        from retention.log_rows import log_rows, log_rows_of_session
        from retention.removing import before_removal

        checks.register_all()
        emails.register()
        kind.register()
        step.register()
        jobs.register()
        registry.register_all()
        student_copy.register()
        unusual.register()
        places.register(*PLACES)
        log_rows.register("audit.queries.indexed.about_student")
        log_rows_of_session.register("audit.queries.indexed.about_session")
        before_removal.register("compliance.audit_log", "audit.proof.disposal.note_disposal")
