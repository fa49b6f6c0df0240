"""NATS subjects with wildcards: which covers which, and what is known of one before it is completed."""

_COMMANDS = ("$JS.", "$SYS.")
_EVENTS = "$JS.EVENT."
"""The one part of these on which the server tells, and obeys nobody."""


def covers(wide: str, narrow: str) -> bool:
    """Every subject that matches ``narrow`` matches ``wide``."""
    wide_tokens, narrow_tokens = wide.split("."), narrow.split(".")
    for index, part in enumerate(wide_tokens):
        if part == ">":
            return len(narrow_tokens) > index
        if index >= len(narrow_tokens) or narrow_tokens[index] == ">":
            return False
        if part not in ("*", narrow_tokens[index]):
            return False
    return len(wide_tokens) == len(narrow_tokens)


def is_pattern(subject: str) -> bool:
    """It has wildcards, so nothing is published to it."""
    return not {"*", ">"}.isdisjoint(subject.split("."))


def unpublishable(subject: str) -> str:
    """Why nothing can be published to it, in a sentence; empty: something can."""
    if not subject:
        return "There is no subject to publish it to; choose a destination."
    if "" in subject.split(".") or any(char.isspace() or not char.isprintable() for char in subject):
        return f"{subject!r} is not a subject: it has spaces, or a dot too many."
    if is_pattern(subject):
        return f"{subject} is a pattern; choose one subject to publish to."
    if subject.startswith(_COMMANDS) and not subject.startswith(_EVENTS):
        return f"{subject} is the server's own: it would obey what comes there, and store none of it; choose another."
    return ""


def known_part(pattern: str) -> str:
    """What everything that matches begins with: "jobs." of "jobs.*.done"; empty: nothing is known."""
    tokens = pattern.split(".")
    wild = next((place for place, token in enumerate(tokens) if token in {"*", ">"}), len(tokens))
    return ".".join(tokens[:wild]) + ("." if 0 < wild < len(tokens) else "")


def may_begin(pattern: str, written: str) -> bool:
    """Some subject that matches begins like this, of which the last token may not be written to its end."""
    parts = pattern.split(".")
    *whole, last = written.split(".")
    for part, token in zip(parts, whole, strict=False):
        if part == ">":
            return True
        if part not in ("*", token):
            return False
    following = parts[len(whole) :]
    return bool(following) and (following[0] in ("*", ">") or following[0].startswith(last))


def varying_part(pattern: str, subject: str) -> str:
    """Of a subject that matches, what it does not share with all others that do, between marks for what is left out."""
    head = known_part(pattern)
    tail = _reversed(known_part(_reversed(pattern))) if ">" not in pattern.split(".") else ""
    varying = subject[len(head) : len(subject) - len(tail)]
    return f"{'…' if head else ''}{varying}{'…' if tail else ''}"


def _reversed(subject: str) -> str:
    """Token by token."""
    return ".".join(reversed(subject.split(".")))
