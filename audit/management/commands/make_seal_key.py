"""Makes the key that signs the seals of the audit log."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from audit.proof.keys import new_key, signing_key


class Command(BaseCommand):
    help = "Make a key for the seals of the audit log and print it; nothing is written anywhere."

    def handle(self, **options: Any) -> None:
        private, public = new_key()
        self.stdout.write(f"AUDIT_SEAL_KEY={private}")
        self.stderr.write(
            "Keep this line in a file that only the portal may read, and name it in AUDIT_SEAL_KEY_FILE (the file"
            " then holds what stands behind the =). Whoever has it can sign in the portal's name."
        )
        self.stderr.write(f"Its public key, which anybody may have: {public}")
        current = signing_key()
        if current is not None:
            self.stderr.write(
                "To change the key, first add the public key of now to AUDIT_SEAL_PAST_KEYS, so that its seals stay"
                f" provable: {current.public_text}"
            )
