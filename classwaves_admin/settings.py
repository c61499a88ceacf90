"""All settings of the portal, read from the environment (`.env` in development): docs/configuration.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from classwaves_admin.env import Environment, refuse_one_for_both

django_stubs_ext.monkeypatch()  # so that typed code may say TextField[str, str]
BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment.load(BASE_DIR / ".env")
SECRET_LENGTH = 50

# --- What kind of installation -------------------------------------------------------------
ENVIRONMENT = env.choice("CLASSWAVES_ENV", "production", ("development", "test", "production"))
DEVELOPMENT = ENVIRONMENT == "development"
PRODUCTION = ENVIRONMENT == "production"
DEBUG = False  # our own error pages help everywhere; a traceback page shows personal data
# Everything that this machine keeps: embedded databases, private files, development's mail, the embedded broker.
VAR_DIR = env.folder(
    "VAR_DIR", BASE_DIR / "var", inside=("static", "private", "mail", "broker", "broker/queue", "broker/control")
)
SECRET_KEY = env.text("SECRET_KEY")
# Keys the hashes of consent tokens and codes, apart from SECRET_KEY so that either can be changed alone.
TOKEN_KEY = env.text("TOKEN_KEY")
for _name, _secret in (("SECRET_KEY", SECRET_KEY), ("TOKEN_KEY", TOKEN_KEY)):
    if len(_secret) < SECRET_LENGTH:
        raise ImproperlyConfigured(f"{_name} must have at least {SECRET_LENGTH} characters.")
PORTAL_URL = env.text("PORTAL_URL", "http://localhost:8000" if not PRODUCTION else None).rstrip("/")
_portal = urlsplit(PORTAL_URL)
if _portal.scheme not in {"http", "https"} or not _portal.hostname:
    raise ImproperlyConfigured("PORTAL_URL must be an address such as https://privacy.example.org.")
if PRODUCTION and _portal.scheme != "https":
    raise ImproperlyConfigured("PORTAL_URL must start with https:// in production.")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", _portal.hostname if PRODUCTION else "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = [PORTAL_URL]

# Sign-in with Google exists only where an operator set it up.
GOOGLE_CLIENT_ID = env.text("GOOGLE_CLIENT_ID", "")
GOOGLE_CLIENT_SECRET = env.text("GOOGLE_CLIENT_SECRET") if GOOGLE_CLIENT_ID else ""

# --- Apps ----------------------------------------------------------------------------------
INSTALLED_APPS = [
    "classwaves_admin.warehouse",
    "classwaves_admin.warehouse.outbox",
    "classwaves_admin.tenancy",
    "classwaves_admin.accounts",
    "classwaves_admin.schools",
    "classwaves_admin.notifications",
    "classwaves_admin.jobs",
    "classwaves_admin.people",
    "consent",
    "retention",
    "audit",
    "classwaves_admin.inventory",
    "classwaves_admin.portal",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    *(["allauth.socialaccount.providers.google"] if GOOGLE_CLIENT_ID else []),
    "allauth.mfa",
    "allauth.usersessions",
    "django_filters",
    "django_htmx",
    "csp",
]
MIDDLEWARE = [
    "classwaves_admin.portal.sampling.SamplingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "classwaves_admin.warehouse.callers.CallerMiddleware",
    "classwaves_admin.accounts.middleware.AccessMiddleware",
]
ROOT_URLCONF = "classwaves_admin.urls"
WSGI_APPLICATION = "classwaves_admin.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
                "classwaves_admin.portal.navigation.navigation",
            ],
        },
    }
]
FORM_RENDERER = "classwaves_admin.portal.forms.UswdsRenderer"

# --- Two databases -------------------------------------------------------------------------
# How long one statement may take on the warehouse; shorter than the outbox's lease (outbox/lease.py).
WAREHOUSE_STATEMENT_SECONDS = env.number("WAREHOUSE_STATEMENT_SECONDS", 10, least=1)


def _database(config: dict[str, Any], *, synchronous: str, statement_seconds: int | None = None) -> dict[str, Any]:
    if "sqlite" in config["ENGINE"]:
        # IMMEDIATE takes the write lock at BEGIN, so that 50 writers wait for each other instead of failing.
        pragmas = f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; PRAGMA busy_timeout=5000;"
        pragmas += " PRAGMA secure_delete=ON;"  # zeros over what is deleted; Debian's SQLite does so unasked
        options = {"transaction_mode": "IMMEDIATE", "timeout": 5, "init_command": pragmas}
        return config | {"CONN_MAX_AGE": None, "OPTIONS": options}
    if config["ENGINE"] == "classwaves_admin.databricks":
        # A session keeps a warehouse from sleeping no longer than its statements do; a new one takes a second.
        options = config["OPTIONS"] | {"statement_seconds": statement_seconds}
        return config | {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, "OPTIONS": options}
    options = {"connect_timeout": 5} | config.get("OPTIONS", {})
    if statement_seconds:
        config = config | {"ENGINE": "classwaves_admin.postgresql"}  # the catalog's schemas are real ones
        # Making machine code of a statement (jit) takes longer than most of them.
        options.setdefault("options", f"-c statement_timeout={statement_seconds}s -c lock_timeout=5s -c jit=off")
    return config | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "OPTIONS": options}


# The login may stand in WAREHOUSE_URL, or here and so in a file.
_databricks = {
    "DATABRICKS_TOKEN": env.text("DATABRICKS_TOKEN", ""),
    "DATABRICKS_CLIENT_ID": env.text("DATABRICKS_CLIENT_ID", ""),
    "DATABRICKS_CLIENT_SECRET": env.text("DATABRICKS_CLIENT_SECRET", ""),
}
# A parent's answer is a legal record: FULL for `default`; the catalog can be delivered again from the outbox.
DATABASES = {
    "default": _database(env.database("DATABASE_URL", f"sqlite:///{VAR_DIR}/portal.sqlite3"), synchronous="FULL"),
    "warehouse": _database(
        env.database("WAREHOUSE_URL", f"sqlite:///{VAR_DIR}/warehouse.sqlite3", databricks=_databricks),
        synchronous="NORMAL",
        statement_seconds=WAREHOUSE_STATEMENT_SECONDS,
    ),
}
refuse_one_for_both(DATABASES["default"], DATABASES["warehouse"])
DATABASE_ROUTERS = ["classwaves_admin.warehouse.router.CatalogRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# The catalog's descriptions are column comments; SQLite has no place for them, and that is fine.
SILENCED_SYSTEM_CHECKS = ["models.W046", "fields.W163"]

# Each process remembers roles and counts tries; Django's own 300 entries would forget both in a district.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

# --- Sign-in -------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {"user_attributes": ("email", "name")}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "classwaves_admin.accounts.adapter.StaffAccountAdapter"
SOCIALACCOUNT_ADAPTER = "classwaves_admin.accounts.adapter.GoogleAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = False  # a shared school computer forgets its user
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _portal.scheme
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_AUTO_SIGNUP = True
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_PROVIDERS = {
    "google": {
        "APPS": [{"client_id": GOOGLE_CLIENT_ID, "secret": GOOGLE_CLIENT_SECRET, "key": ""}],
        "SCOPE": ["openid", "email", "profile"],
        "AUTH_PARAMS": {"access_type": "online"},
        "OAUTH_PKCE_ENABLED": True,
        "FETCH_USERINFO": True,
    }
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "ClassWaves privacy office"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
USERSESSIONS_TRACK_ACTIVITY = False  # a write on every request halves the throughput
STAFF_MFA_REQUIRED = env.flag("STAFF_MFA_REQUIRED", not DEVELOPMENT)
# Days for which the link of an invitation works.
INVITATION_DAYS = env.number("INVITATION_DAYS", 7, least=1)
# How long a signed-in person's role may be remembered before `users.teachers` is asked again.
ACCESS_RECHECK_SECONDS = env.number("ACCESS_RECHECK_SECONDS", 45, least=0)
# How long the remembered role still counts while the warehouse cannot be reached.
ACCESS_GRACE_SECONDS = env.number("ACCESS_GRACE_SECONDS", 900, least=0)
# Proxies in front of us that append to X-Forwarded-For; 0 means the socket's address is the client.
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)

# --- Sessions, cookies, headers --------------------------------------------------------------
SESSION_COOKIE_AGE = 60 * 60 * 10
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "classwaves_admin.portal.errors.csrf_failure"
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "media-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF, "https://accounts.google.com"],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}

# --- Language and time -----------------------------------------------------------------------
# Staff pages are English; parents' pages choose the language themselves (consent/views/doors.py).
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# --- Files -----------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
# var/assets holds what the set-up made of the browser packages (tools/browser_assets.py).
STATICFILES_DIRS = [
    BASE_DIR / "classwaves_admin" / "assets" / "public",
    *((name, BASE_DIR / "var" / "assets" / name) for name in ("css", "fonts", "uswds", "htmx")),
]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": str(VAR_DIR / "private"),
            "base_url": None,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    # Audio that `audio.recordings` names, and rows that have left the catalog (docs/retention.md).
    "recordings": env.storage(
        "RECORDINGS_STORAGE", VAR_DIR / "private" / "recordings", env.options("RECORDINGS_STORAGE_OPTIONS")
    ),
    "archive": env.storage("ARCHIVE_STORAGE", VAR_DIR / "private" / "archive", env.options("ARCHIVE_STORAGE_OPTIONS")),
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# What other services write in front of the name that a recording has in our storage.
RECORDINGS_PREFIXES = env.words("RECORDINGS_PREFIXES")
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = False

# --- Mail ------------------------------------------------------------------------------------
# Development writes each mail to a file; the mailbox page at /dev/mail/ shows them.
_mail = env.email("EMAIL_URL", None if PRODUCTION else "filemail://")
EMAIL_BACKEND = _mail.backend
EMAIL_HOST, EMAIL_PORT = _mail.host, _mail.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.starttls, _mail.tls
EMAIL_FILE_PATH = str(VAR_DIR / "mail")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "ClassWaves privacy office <privacy@classwaves.example>")

# The mail service that reports mail that came back; the secret is Mailgun's signing key or Postmark's user:password.
MAIL_WEBHOOK = env.choice("MAIL_WEBHOOK", "none", ("none", "mailgun", "postmark"))
MAIL_WEBHOOK_SECRET = env.text("MAIL_WEBHOOK_SECRET") if MAIL_WEBHOOK != "none" else ""
if MAIL_WEBHOOK == "postmark" and ":" not in MAIL_WEBHOOK_SECRET:
    raise ImproperlyConfigured("MAIL_WEBHOOK_SECRET must be user:password, as in the address that Postmark calls.")

# --- Proof of the audit log (docs/proof.md): the key that signs seals, and public keys of the past ---
AUDIT_SEAL_KEY = env.text("AUDIT_SEAL_KEY", "")
AUDIT_SEAL_PAST_KEYS = env.words("AUDIT_SEAL_PAST_KEYS")
AUDIT_SEAL_MINUTES = env.number("AUDIT_SEAL_MINUTES", 60, least=1)

# From when on a person's day of looks at records stands out against their own month (audit/rules/unusual.py).
UNUSUAL_LOOKS_LEAST = env.number("UNUSUAL_LOOKS_LEAST", 40, least=1)
UNUSUAL_LOOKS_FACTOR = env.number("UNUSUAL_LOOKS_FACTOR", 3, least=1)
UNUSUAL_LOOKS_DAYS = env.number("UNUSUAL_LOOKS_DAYS", 5, least=1)

# --- Jobs ------------------------------------------------------------------------------------
CELERY_BROKER_URL = env.text("BROKER_URL", "filesystem://localhost")
_broker = VAR_DIR / "broker"
BROKER_OPTIONS: dict[str, dict[str, Any]] = {
    "filesystem": {
        "data_folder_in": str(_broker / "queue"),
        "data_folder_out": str(_broker / "queue"),
        "control_folder": str(_broker / "control"),
        "store_processed": False,
        "polling_interval": 0.2,  # seconds until a waiting job is seen; a stopping worker is quicker too
    },
    # Pages tell the broker of a mail: one that is silent must not hold a parent's page.
    "redis": {"socket_connect_timeout": 2, "socket_timeout": 3},
}
CELERY_BROKER_TRANSPORT_OPTIONS = BROKER_OPTIONS.get(
    CELERY_BROKER_URL.partition("://")[0].replace("rediss", "redis"), {}
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "note-withdrawals": {"task": "retention.note_withdrawals", "schedule": 300.0, "options": {"expires": 300}},
    "note-age-records": {"task": "retention.note_age_records", "schedule": 21600.0, "options": {"expires": 3600}},
    "end-archives": {"task": "retention.end_archives", "schedule": 21600.0, "options": {"expires": 3600}},
    "end-old-files": {"task": "audit.end_old_files", "schedule": 3600.0, "options": {"expires": 3600}},
    "deliver-outbox": {"task": "outbox.deliver", "schedule": 10.0, "options": {"expires": 10}},
    # A new year has come in every time zone at 12:00 UTC, and no school in the United States has begun its day.
    "birthdays": {"task": "consent.birthdays", "schedule": crontab(hour="12", minute="15")},
    "sweep-scans": {"task": "consent.sweep_scans", "schedule": 86400.0, "options": {"expires": 3600}},
    "forget-unanswered": {"task": "consent.forget_unanswered", "schedule": 21600.0, "options": {"expires": 3600}},
    "expire-consents": {"task": "consent.expire", "schedule": 3600.0, "options": {"expires": 3600}},
    "ask-again": {"task": "consent.ask_again", "schedule": 21600.0, "options": {"expires": 3600}},
    "remind": {"task": "consent.remind", "schedule": 3600.0, "options": {"expires": 3600}},
    "check-flags": {"task": "consent.check_flags", "schedule": 86400.0, "options": {"expires": 3600}},
    # After the runs of the night; what is busy is tried again half an hour later.
    "retention-physical": {"task": "retention.physical", "schedule": crontab(hour="10,11", minute="5,35")},
    "retention-by-night": {"task": "retention.run_by_night", "schedule": crontab(hour="9", minute="20")},
    "find-orphans": {"task": "retention.find_orphans", "schedule": crontab(day_of_week="0", hour="9", minute="50")},
    "unusual-access": {"task": "audit.unusual", "schedule": 21600.0, "options": {"expires": 3600}},
    "note-coverage": {"task": "consent.note_coverage", "schedule": 21600.0, "options": {"expires": 3600}},
    "survey-catalog": {"task": "inventory.survey", "schedule": crontab(hour="8", minute="45")},
    "resume-jobs": {"task": "jobs.resume", "schedule": 20.0, "options": {"expires": 20}},
    "forget-old-jobs": {"task": "jobs.forget_old", "schedule": 86400.0, "options": {"expires": 3600}},
    "tidy-rosters": {"task": "consent.tidy_rosters", "schedule": 3600.0, "options": {"expires": 600}},
    "optimize-warehouse": {"task": "warehouse.optimize", "schedule": 3600.0, "options": {"expires": 600}},
    "send-asked-links": {"task": "consent.send_asked_links", "schedule": 20.0, "options": {"expires": 20}},
    "send-due-mail": {"task": "notifications.send_due", "schedule": 20.0, "options": {"expires": 20}},
    "seal-audit": {"task": "audit.seal", "schedule": AUDIT_SEAL_MINUTES * 60.0, "options": {"expires": 600}},
}

# --- Consent: thresholds of the law, each a setting (docs/security.md names the rule) ---------
CONSENT_INVITATION_DAYS = env.number("CONSENT_INVITATION_DAYS", 30, least=1)
CONSENT_VERIFICATION_DAYS = env.number("CONSENT_VERIFICATION_DAYS", 7, least=1)
CONSENT_VALID_DAYS = env.number("CONSENT_VALID_DAYS", 365, least=1)
CONSENT_MANAGE_HOURS = env.number("CONSENT_MANAGE_HOURS", 48, least=1)
CONSENT_DELETION_DAYS = env.number("CONSENT_DELETION_DAYS", 30, least=1)
# The last day of the school year, MM-DD, where consents end with it.
CONSENT_SCHOOL_YEAR_ENDS = env.month_day("CONSENT_SCHOOL_YEAR_ENDS")
# Days after the first mail, after an answer without its second step, and before a consent ends.
CONSENT_REMINDER_DAYS = env.numbers("CONSENT_REMINDER_DAYS", "7,14,21")
CONSENT_CONFIRM_REMINDER_DAYS = env.numbers("CONSENT_CONFIRM_REMINDER_DAYS", "2,5")
CONSENT_EXPIRY_REMINDER_DAYS = env.numbers("CONSENT_EXPIRY_REMINDER_DAYS", "30,7")
# The hour of the school's day before which no reminder goes out.
CONSENT_REMINDER_HOUR = env.number("CONSENT_REMINDER_HOUR", 8)
CONSENT_CODE_ATTEMPTS = env.number("CONSENT_CODE_ATTEMPTS", 5, least=1)
# From when on the office is told of a second step that is late, and of a consent that ends.
CONSENT_OVERDUE_DAYS = env.number("CONSENT_OVERDUE_DAYS", 7, least=1)
CONSENT_ENDS_SOON_DAYS = env.number("CONSENT_ENDS_SOON_DAYS", 30, least=1)
# As long as anything of a child under 13 may be kept (COMPLIANCE §4): a recording without consent is looked for until
# it is handled or deleted (16 CFR 312.10), not until it is old. Where recordings go after 30 days, no more
# rows are read.
CONSENT_RECORDINGS_CHECKED_DAYS = env.number("CONSENT_RECORDINGS_CHECKED_DAYS", 395, least=1)
CONSENT_DELETE_DAYS_UNDER_13 = env.number("CONSENT_DELETE_DAYS_UNDER_13", 395, least=1)
CONSENT_DELETE_DAYS = env.number("CONSENT_DELETE_DAYS", 1095, least=1)
CONSENT_PAPER_DAYS = env.number("CONSENT_PAPER_DAYS", 90, least=1)
CONSENT_PAPER_MOST = env.number("CONSENT_PAPER_MOST", 20, least=1)
CONSENT_SCAN_MEGABYTES = env.number("CONSENT_SCAN_MEGABYTES", 10, least=1)
CONSENT_INTERNAL_OPERATIONS_ONLY = env.flag("CONSENT_INTERNAL_OPERATIONS_ONLY", True)
CONSENT_STRICT_AUDIO = env.flag("CONSENT_STRICT_AUDIO", True)

# --- Retention ---------------------------------------------------------------------------------
# A change that puts more rows past their end at once needs a second administrator.
RETENTION_SECOND_PERSON_ROWS = env.number("RETENTION_SECOND_PERSON_ROWS", 1_000)
# A row without what it belongs to is left alone for so many days: the rest may be on its way.
RETENTION_ORPHAN_DAYS = env.number("RETENTION_ORPHAN_DAYS", 30, least=1)
# A run of the night that would take more rows than this waits for a person.
RETENTION_NIGHT_MOST_ROWS = env.number("RETENTION_NIGHT_MOST_ROWS", 20_000)
# Days between asking for the release of a legal hold and the release.
RETENTION_HOLD_RELEASE_DAYS = env.number("RETENTION_HOLD_RELEASE_DAYS", 3)
# Days in which a request about a student's data is answered, by the rule that counts; California's are school days.
REQUEST_DAYS_COPPA = env.number("REQUEST_DAYS_COPPA", 30, least=1)
REQUEST_DAYS_FERPA = env.number("REQUEST_DAYS_FERPA", 45, least=1)
REQUEST_SCHOOL_DAYS_CALIFORNIA = env.number("REQUEST_SCHOOL_DAYS_CALIFORNIA", 5, least=1)
REQUEST_DAYS_ILLINOIS = env.number("REQUEST_DAYS_ILLINOIS", 45, least=1)
REQUEST_DAYS_NEW_YORK = env.number("REQUEST_DAYS_NEW_YORK", 45, least=1)
# Days before the last one from which on the office is told of a request.
REQUEST_DUE_SOON_DAYS = env.number("REQUEST_DUE_SOON_DAYS", 7)
# Where the notices that come with the portal stand, a folder for each language; the first place that has one wins.
CONSENT_NOTICE_DIRS = [BASE_DIR / "consent" / "notices"]

# --- The machine room (docs/system.md) -----------------------------------------------------------
# Days after which the portal forgets a job that was done or stopped; the catalog's row stays with its policy.
JOB_DAYS = env.number("JOB_DAYS", 90, least=1)
# How many of a hundred requests are measured into `operational.api_metrics`; 0 for none.
API_METRICS_PERCENT = env.number("API_METRICS_PERCENT", 10 if PRODUCTION else 100)

# --- The interface for other programs of a school (docs/gate.md) ---------------------------------
API_REQUESTS_A_MINUTE = env.number("API_REQUESTS_A_MINUTE", 120, least=1)
API_WRONG_KEYS_AN_HOUR = env.number("API_WRONG_KEYS_AN_HOUR", 60, least=1)
API_KEY_DAYS = env.number("API_KEY_DAYS", 365, least=1)

# --- Rosters (docs/rosters.md) -----------------------------------------------------------------
# A file that ends more of a school's students or guardianships, in percent, waits for a person's typed word.
ROSTER_MOST_DEPARTURES_PERCENT = env.number("ROSTER_MOST_DEPARTURES_PERCENT", 5)
ROSTER_MOST_MEGABYTES = env.number("ROSTER_MOST_MEGABYTES", 256, least=1)
ROSTER_UNDO_DAYS = env.number("ROSTER_UNDO_DAYS", 7, least=1)
# Uploads are streamed here too, not to the machine's open folder for temporary files.
FILE_UPLOAD_TEMP_DIR = VAR_DIR / "private"
# Files of rosters on their way, mode 0600, for a day at most.
ROSTER_DIR = VAR_DIR / "private" / "rosters"

# --- Numbers of pages (tenancy/counted.py) ---------------------------------------------------------
# Numbers over all students that took at least so long to count are kept for so long.
COUNTS_KEPT_FROM_SECONDS = env.number("COUNTS_KEPT_FROM_SECONDS", 1)
COUNTS_KEPT_SECONDS = env.number("COUNTS_KEPT_SECONDS", 300, least=1)

# --- Reports and exports (docs/reports.md) -------------------------------------------------------
MADE_FILE_DAYS = env.number("MADE_FILE_DAYS", 7, least=1)
# Exports of the log of at most so many rows are handed over at once; larger ones are made in the background.
EXPORT_AT_ONCE_ROWS = env.number("EXPORT_AT_ONCE_ROWS", 10_000)
# A printed report of more rows is of use to nobody; an export has them all.
REPORT_MOST_ROWS = env.number("REPORT_MOST_ROWS", 50_000, least=1)
REPORT_PROCESSES = env.number("REPORT_PROCESSES", 2, least=1)
# Files on their way, mode 0700.
MAKING_DIR = VAR_DIR / "private" / "making"

# --- Logs: structured, without request bodies, addresses or tokens ------------------------------
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"private": {"()": "classwaves_admin.lib.logs.PrivateFilter"}},
    "formatters": {"plain": {"()": "classwaves_admin.lib.logs.formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["private"]}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        # The Databricks connector tells its failures twice, as exceptions too, and in DEBUG statements' values.
        "databricks": {"level": "CRITICAL"},
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
    },
}
