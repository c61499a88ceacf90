"""Speaking to the person in the terminal: short sentences, and no traceback for a known trouble."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.places import ROOT


class Trouble(Exception):
    """Something that the person has to mend; the text is one clear sentence."""


def say(sentence: str) -> None:
    """Print one line at once, also into a pipe."""
    print(sentence, flush=True)


def run(command: Sequence[str | Path], *, trouble: str, env: Mapping[str, str] | None = None) -> None:
    """Run a program in the project's folder and show its output only when it fails.

    Raises Trouble with the sentence `trouble` where it cannot be started or ends with an error.
    """
    try:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=ROOT,
            env=env,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except FileNotFoundError:
        raise Trouble(trouble) from None
    if done.returncode:
        say(done.stdout.rstrip())
        raise Trouble(trouble)


def speak(main: Callable[[], None]) -> None:
    """Run `main`; end with status 1 and one sentence for a trouble, with 130 after Ctrl-C."""
    try:
        main()
    except Trouble as trouble:
        print(trouble, file=sys.stderr, flush=True)
        sys.exit(1)
    except KeyboardInterrupt:
        print("Stopped. Run the same command again to go on.", file=sys.stderr, flush=True)
        sys.exit(130)
