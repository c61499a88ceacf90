"""What the portal needs from the operating system: installed with apt by root, else named."""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.terminal import Trouble, run, say

FONTS = Path("/usr/share/fonts")
POSTGRES = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class Need:
    """One Debian package: how to see whether it is there, and what goes without it."""

    package: str
    is_there: Callable[[], bool]
    purpose: str
    required: bool = False


def ensure(*, tests: bool) -> None:
    """Install what is missing, or say what to install.

    Raises Trouble where something required is missing and cannot be installed; in continuous
    integration (CI=true) everything is required, so that no test is skipped there.
    """
    missing = [need for need in (*RUN, *(TESTS if tests else ())) if not need.is_there()]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        missing = _install(missing)
    if not missing:
        return
    command = f"apt-get install --no-install-recommends {' '.join(need.package for need in missing)}"
    if os.environ.get("CI") == "true" or any(need.required for need in missing):
        raise Trouble(f"System packages are missing: run `{command}` as root and try again.")
    purposes = ", ".join(sorted({need.purpose for need in missing}))
    say(f"Going on without {purposes}; to have them, run `{command}` as root.")


def _install(missing: list[Need]) -> list[Need]:
    packages = [need.package for need in missing]
    say(f"Installing system packages: {' '.join(packages)} ...")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        run(["apt-get", "update", "--quiet"], env=env, trouble="apt-get update failed: see its message above.")
        run(
            ["apt-get", "install", "--quiet", "--yes", "--no-install-recommends", *packages],
            env=env,
            trouble="apt-get install failed: see its message above.",
        )
    except Trouble as trouble:
        say(str(trouble))
    return [need for need in missing if not need.is_there()]


def _library(name: str) -> Callable[[], bool]:
    def is_there() -> bool:
        try:
            ctypes.CDLL(name)
        except OSError:
            return False
        return True

    return is_there


def _program(*names: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(name) for name in names)


def _file(folder: Path, pattern: str) -> Callable[[], bool]:
    return lambda: any(True for _ in _matches(folder, pattern))


def _matches(folder: Path, pattern: str) -> Iterable[Path]:
    return folder.rglob(pattern) if folder.is_dir() else ()


RUN = (
    Need("libpango-1.0-0", _library("libpango-1.0.so.0"), "PDF reports", required=True),
    Need("libpangoft2-1.0-0", _library("libpangoft2-1.0.so.0"), "PDF reports", required=True),
    Need("libharfbuzz-subset0", _library("libharfbuzz-subset.so.0"), "PDF reports", required=True),
    Need("fonts-noto-core", _file(FONTS, "NotoSans-Regular.*"), "names in every script in PDF reports"),
    Need("fonts-noto-cjk", _file(FONTS, "NotoSansCJK-Regular.*"), "names in every script in PDF reports"),
)
TESTS = (
    Need("chromium", _program("chromium"), "browser tests"),
    Need("poppler-utils", _program("pdftotext"), "tests that read PDF files"),
    Need("postgresql", _file(POSTGRES, "bin/initdb"), "tests on PostgreSQL"),
)
