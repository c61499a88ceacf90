"""The portal's settings as the tests use them: nothing is read from the developer's `.env`.

A test database can be put elsewhere with TEST_DATABASE_URL and TEST_WAREHOUSE_URL.
"""

import os
import secrets
import tempfile
from pathlib import Path

VARIABLES = {
    "ENV_FILE": os.devnull,
    "CLASSWAVES_ENV": "test",
    "SECRET_KEY": "made-up-for-tests-" + "s" * 40,
    "TOKEN_KEY": "made-up-for-tests-" + "t" * 40,
    "AUDIT_SEAL_KEY": "bWFkZS11cC1mb3ItdGVzdHMtc3Nzc3Nzc3Nzc3Nzc3M=",
    "PORTAL_URL": "http://127.0.0.1:8000",
    "GOOGLE_CLIENT_ID": "made-up-for-tests",
    "GOOGLE_CLIENT_SECRET": "made-up-for-tests",
    "BROKER_URL": "memory://",
    "LOG_LEVEL": "WARNING",
    "MAIL_WEBHOOK": "mailgun",
    "MAIL_WEBHOOK_SECRET": "made-up-for-tests",
    "STAFF_MFA_REQUIRED": "true",
    "ACCESS_RECHECK_SECONDS": "45",
    "API_METRICS_PERCENT": "0",
    "COUNTS_KEPT_FROM_SECONDS": "3600",  # a slow machine must not show a test the numbers of another
}
if "PYTEST_VERSION" in os.environ:
    # Workers of pytest-xdist inherit the folder of the run; tests/conftest.py removes it at the end.
    os.environ.setdefault("CLASSWAVES_TEST_VAR", f"{tempfile.gettempdir()}/classwaves-test-{secrets.token_hex(8)}")
    VAR = Path(os.environ["CLASSWAVES_TEST_VAR"]) / os.environ.get("PYTEST_XDIST_WORKER", "main")
else:  # mypy reads the settings too and needs no data
    VAR = Path(__file__).parent.parent / "var" / "types"
VARIABLES["VAR_DIR"] = str(VAR)
VARIABLES["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", f"sqlite:///{VAR}/portal.sqlite3")
VARIABLES["WAREHOUSE_URL"] = os.environ.get("TEST_WAREHOUSE_URL", f"sqlite:///{VAR}/warehouse.sqlite3")
os.environ.update(VARIABLES)

from classwaves_admin.settings import *  # noqa: E402, F403 - the environment above comes first
from tests.undefined import UndefinedVariable  # noqa: E402

# Argon2 takes a tenth of a second by design; the sign-in tests check that production has it.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]  # noqa: F405
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = UndefinedVariable(BASE_DIR / "templates")  # noqa: F405
# No test reads static files through the test client; listing them for each client takes a second.
WHITENOISE_USE_FINDERS = False
