"""`make reset-data`: removes the embedded databases, files and mails of this folder, after a typed word."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

from tools.places import BUILT_STYLES, ROOT, SPARK_DATA
from tools.terminal import Trouble, say, speak

DATA = ROOT / "var"
WORD = "delete"


def main(data: Path = DATA) -> None:
    """Ask, then remove everything in `var` but the stylesheets. Other databases are never touched."""
    found = [path for path in sorted(data.glob("*")) if path != BUILT_STYLES.parent]
    if not found:
        say("There is no data to remove.")
        return
    if _in_use(data / SPARK_DATA.name / "in-use.lock"):
        raise Trouble("The local SQL warehouse is running: stop it first, then run `make reset-data` again.")
    say(f"This removes {', '.join(path.name for path in found)} from {data} for good.")
    say("Databases set by DATABASE_URL and WAREHOUSE_URL, and a VAR_DIR elsewhere, are not touched.")
    try:
        answer = input(f'Type "{WORD}" to go on: ')
    except EOFError:
        answer = ""
    if answer.strip() != WORD:
        raise Trouble("Nothing was removed.")
    for path in found:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    say("Removed. `make run` makes fresh databases and loads the sample school.")


def _in_use(lock: Path) -> bool:
    """Tell whether another process holds this lock."""
    if not lock.exists():
        return False
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


if __name__ == "__main__":
    speak(main)
