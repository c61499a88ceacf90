"""What a signed-in person may do. Routes name one of these; `roles.py` says who holds it."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """One permission, with the words that the people page shows for it."""

    label: str

    def __new__(cls, value: str, label: str) -> Permission:
        """Make a member from its code and its words."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    SEE_DASHBOARD = "see_dashboard", "See the dashboard"
    SEE_CONSENT_STATE = "see_consent_state", "See which students may be recorded"
    SEE_STUDENTS = "see_students", "See students and their records"
    OPEN_HELD = "open_held", "Open what is held of a student (words, recordings, results), and hand over a copy"
    ASK_CONSENT = "ask_consent", "Ask guardians for consent"
    MANAGE_CONSENT = "manage_consent", "Record answers and disclosures, change guardians, settle what needs a person"
    EDIT_NOTICES = "edit_notices", "Edit the notices that parents read, and the texts of mails to them and to staff"
    MANAGE_AGES = "manage_ages", "See and edit the register of ages"
    IMPORT_ROSTERS = "import_rosters", "Import rosters, which add students, change them and take them out"
    MANAGE_KEYS = "manage_keys", "Create and revoke keys of the interface"
    SEE_RETENTION = "see_retention", "See how long data stay, and the certificates of what was deleted"
    MANAGE_RETENTION = "manage_retention", "Change how long data stay, and so what is deleted at night"
    SEE_REQUESTS = "see_requests", "See requests about a student’s data and legal holds: who, about whom, and why"
    ANSWER_REQUESTS = "answer_requests", "Note requests about a student’s data, and close them"
    DELETE_CHILD = "delete_child", "Delete all that is held of a child, as a guardian asked"
    MANAGE_HOLDS = "manage_holds", "Place legal holds, and release them"
    SEE_RUNS = "see_runs", "See in numbers what retention deletes"
    DECIDE_RUNS = "decide_runs", "Approve, stop or drop what retention deletes"
    MANAGE_DISTRICT = "manage_district", "Set and lock what holds in all schools of a district, also how long data stay"
    SEE_SETTINGS = "see_settings", "See the settings of a school and its district"
    MANAGE_SETTINGS = "manage_settings", "Change the settings of a school"
    SEE_INVENTORY = "see_inventory", "See what data are held, what for, and how long"
    MANAGE_SUBPROCESSORS = "manage_subprocessors", "Keep the list of subprocessors"
    SEE_AUDIT = "see_audit", "Search the audit log"
    SEE_PROOF = "see_proof", "See that the audit log is whole"
    DOWNLOAD_REPORTS = "download_reports", "Make, download and delete reports and exports, which name students"
    SEE_DISTRICTS = "see_districts", "See districts and their schools"
    EDIT_DISTRICTS = "edit_districts", "Edit a district, and add, move and take out its schools"
    CREATE_DISTRICTS = "create_districts", "Make districts, close them and open them again"
    SEE_SCHOOLS = "see_schools", "See the profile of a school"
    EDIT_SCHOOLS = "edit_schools", "Edit the profile of a school"
    SIGN_AGREEMENTS = "sign_agreements", "Sign agreements and statements for a school"
    AGREE_TO_MOVES = "agree_to_moves", "Agree that the own school moves to another district"
    SET_SUBSCRIPTIONS = "set_subscriptions", "Change subscriptions of districts and schools"
    SEE_PEOPLE = "see_people", "See who may sign in, and what each person may do"
    MANAGE_PEOPLE = "manage_people", "Invite people, change roles and end access"
    SEE_SUPPORT = "see_support", "See when ClassWaves may look at student data, and what it looked at"
    GRANT_SUPPORT = "grant_support", "Let ClassWaves look at student data for some hours"
    USE_SUPPORT = "use_support", "Ask a district for access, and enter what it granted"
    SEE_DELIVERY = "see_delivery", "See and mend delivery to the catalog"
    SEE_MAIL = "see_mail", "See mails on their way, send them again or stop them"
    SEE_MAIL_OF_OTHERS = "see_mail_of_others", "See mails to students and staff that other services queued"
    SEE_SYSTEM = "see_system", "See jobs, system events and how fast the portal answers, and start failed jobs again"
    SEE_OWN_ACCOUNT = "see_own_account", "Manage the own account"
