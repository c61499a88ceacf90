"""What browsers load: packages from npm by the lock file, and the stylesheets made from SCSS.

python3.11 -m tools.browser_assets
"""

from __future__ import annotations

import shutil

from tools import stamps
from tools.places import BUILT_STYLES, NODE_MODULES, ROOT, STYLES
from tools.terminal import Trouble, run, say, speak

PACKAGES = (ROOT / "package.json", ROOT / "package-lock.json")
PACKAGES_STAMP = NODE_MODULES / "complete.stamp"
STYLES_STAMP = BUILT_STYLES.parent / "styles.stamp"
# What pages and reports use of the packages, as (pattern below node_modules, folder below var/assets). The
# design system brings 2,700 files; a web server that lists them all starts two seconds later.
USED = (
    ("@uswds/uswds/dist/fonts/public-sans/PublicSans-*", "fonts/public-sans"),
    ("@uswds/uswds/dist/fonts/merriweather/Latin-Merriweather-*.ttf", "fonts/merriweather"),
    ("@uswds/uswds/dist/fonts/roboto-mono/*-latin-regular.ttf", "fonts/roboto-mono"),
    ("@uswds/uswds/dist/img/*.svg", "uswds/img"),
    ("@uswds/uswds/dist/img/usa-icons/*.svg", "uswds/img/usa-icons"),
    ("@uswds/uswds/dist/img/usa-icons-bg/*.svg", "uswds/img/usa-icons-bg"),
    ("htmx.org/dist/htmx.min.js", "htmx"),
)


def ensure() -> None:
    """Bring packages and stylesheets up to date; do nothing where the stamps say that they are."""
    packages = stamps.digest(PACKAGES)
    if stamps.read(PACKAGES_STAMP) != packages:
        _install()
        stamps.write(PACKAGES_STAMP, packages)
    sources = sorted(STYLES.rglob("*.scss"))
    styles = stamps.digest(sources, packages, repr(USED))
    if stamps.read(STYLES_STAMP) != styles or not BUILT_STYLES.is_dir():
        BUILT_STYLES.parents[1].mkdir(mode=0o700, exist_ok=True)  # the databases will stand beside
        BUILT_STYLES.mkdir(parents=True, exist_ok=True)
        _copy_used()
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


def _copy_used() -> None:
    for pattern, folder in USED:
        target = BUILT_STYLES.parent / folder
        target.mkdir(parents=True, exist_ok=True)
        for source in NODE_MODULES.glob(pattern):
            shutil.copyfile(source, target / source.name)


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


if __name__ == "__main__":
    speak(ensure)
