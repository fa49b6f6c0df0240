"""NATS subjects with wildcards: which covers which."""


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
