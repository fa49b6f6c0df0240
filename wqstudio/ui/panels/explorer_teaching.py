"""What the explorer says where it has no rows to show, and below them. Pure."""

from wqstudio.brokers.port import Words
from wqstudio.ui.panels.empty_state import SAID_ABOVE

Said = tuple[str, str, str]
"""Icon, title, text."""


def filtered(hidden: int, words: Words) -> Said:
    return "filter", "Nothing matches", f"The filter hides all {hidden} {words.queues}. Esc shows them."


def unread(reason: str, words: Words, *, said_above: bool) -> Said:
    return "warning", f"The {words.queues} could not be listed", SAID_ABOVE if said_above else sentence(reason)


def reading(words: Words) -> Said:
    return "refresh", f"Reading the {words.queues} …", "The first figures come with the first poll."


def none_yet(words: Words) -> Said:
    text = (
        f"A {words.queue} keeps messages until a {words.consumer} has dealt with them. As soon as this broker has "
        "one it is listed here, with what waits in it and what is in flight. Running a scenario makes one."
    )
    return "queue", f"No {words.queues} yet", text


def summary(shown: int, there: int, words: Words) -> str:
    if there == shown:
        return f"{there} {words.queue if there == 1 else words.queues}" if there else ""
    return f"{shown} of {there} {words.queues}"


def sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"
