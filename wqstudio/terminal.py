"""Text from outside, for a terminal, which some characters would steer."""


def tame(text: str, keep: str = "") -> str:
    """Without what would move a terminal's cursor or colour it."""
    return "".join(char if char.isprintable() or char in keep else "·" for char in text)
