"""Text that came as bytes of which not all are UTF-8. Pure.

Python reads each of these as a lone surrogate, by which what is copied goes on as it came; but such a text can neither
cross a pipe nor be kept in a journal.
"""

REPLACED = "\ufffd"
"""Stands for them in what people and their tools are shown."""


def readable(text: str) -> str:
    """As it can be shown, sent and kept."""
    return text if text.isascii() else text.encode(errors="surrogateescape").decode(errors="replace")
