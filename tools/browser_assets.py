"""What browsers load: packages from npm by the lock file, and the stylesheets made from SCSS."""

from __future__ import annotations

import shutil

from tools import stamps
from tools.places import BUILT_STYLES, NODE_MODULES, ROOT, STYLES
from tools.terminal import Trouble, run, say

PACKAGES = (ROOT / "package.json", ROOT / "package-lock.json")
PACKAGES_STAMP = NODE_MODULES / "complete.stamp"
STYLES_STAMP = BUILT_STYLES.parent / "styles.stamp"


def ensure() -> None:
    """Bring packages and stylesheets up to date; do nothing where the stamps say that they are."""
    packages = stamps.digest(PACKAGES)
    if stamps.read(PACKAGES_STAMP) != packages:
        _install()
        stamps.write(PACKAGES_STAMP, packages)
    sources = sorted(STYLES.rglob("*.scss"))
    styles = stamps.digest(sources, packages)
    if stamps.read(STYLES_STAMP) != styles or not BUILT_STYLES.is_dir():
        BUILT_STYLES.parents[1].mkdir(mode=0o700, exist_ok=True)  # the databases will stand beside
        BUILT_STYLES.mkdir(parents=True, exist_ok=True)
        if sources:
            _build()
        stamps.write(STYLES_STAMP, styles)


def _install() -> None:
    # npm empties node_modules first, and the stamp with it: a stopped run is seen next time.
    say("Installing the browser packages (npm ci) ...")
    run(
        [_npm(), "ci", "--no-audit", "--no-fund", "--loglevel=error"],
        trouble="The browser packages could not be installed: see npm's message above, then try again.",
    )


def _build() -> None:
    say("Making the stylesheets ...")
    run(
        [_npm(), "run", "--silent", "build"],
        trouble="The stylesheets could not be made: see the message of sass above.",
    )


def _npm() -> str:
    npm = shutil.which("npm")
    if npm is None:
        raise Trouble("npm is missing: install Node.js 18 or newer with npm (Debian: `apt-get install npm`).")
    return npm
