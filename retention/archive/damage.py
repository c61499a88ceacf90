"""What is wrong with an archive file."""


class Damaged(Exception):
    """An archive file that is not what was written: gone, cut or changed."""
