"""What the tab of dead letters says where it has none to show. Pure."""

from collections.abc import Sequence

from wqstudio.brokers.port import Words
from wqstudio.domain.connection import Product
from wqstudio.ui.models.graves import Grave
from wqstudio.ui.names import visible

Said = tuple[str, str, str]
"""Icon, title, text."""

DIED = "Its messages tell of their deaths, so it may well be one of dead letters."

_MOST_LIKELY = 3
_SETTING_UP = {
    Product.NATS: (
        "What a consumer could not process in max_deliver tries would lie here. JetStream moves nothing by itself: "
        "make a stream on $JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.> with the metadata dead_letter_queue=true, and "
        "it keeps a pointer to each such message; or have workers publish a copy to such a stream, and terminate the "
        "original. Messages that are exhausted in place are found without that."
    ),
    Product.RABBITMQ: (
        "What consumers reject, what expires and what finds no room would lie here. Give a queue a dead-letter "
        "exchange, by a policy with dead-letter-exchange or the argument x-dead-letter-exchange, and bind a queue to "
        "that exchange: it is listed here as soon as some queue's dead letters lead to it."
    ),
}


def no_grave(product: Product, words: Words, likely: Sequence[str] = ()) -> Said:
    """``likely``: those that may be one, by their names."""
    text = _SETTING_UP[product]
    if likely:
        more = f" and {len(likely) - _MOST_LIKELY:,} more" if len(likely) > _MOST_LIKELY else ""
        text = f"By the name, {', '.join(map(visible, likely[:_MOST_LIKELY]))}{more} may keep some: look there. {text}"
    return "dead", f"No {words.queue} of dead letters", text


def known_by(told_by: str) -> str:
    """Why it is listed here, though nothing leads to it."""
    return f"{told_by[0].upper()}{told_by[1:]}, so it counts as one of dead letters."


def reading(words: Words) -> Said:
    return "refresh", f"Reading the {words.queues} …", "Dead letters are found with the first poll."


def unread(reason: str, words: Words) -> Said:
    return "warning", f"The {words.queues} could not be listed", reason


def no_journal(reason: str) -> Said:
    text = f"{reason} Without a journal nothing could be moved safely, so dead letters are not opened."
    return "warning", "The journal of dead letters is not available", text


def opening(grave: Grave) -> Said:
    return "clock", f"Opening {visible(grave.queue)} …", "Nothing is looked at yet."


def nothing_in(grave: Grave) -> Said:
    name = visible(grave.queue)
    if grave.exhausted:
        return "check", f"Nothing is exhausted in {name}", "Each of its messages can still be delivered."
    return "check", f"{name} is empty", "No message lies there at the moment. New ones are shown as they come."


def nothing_matches(seen: int, count: int) -> Said:
    """``count``: of which only as many can be looked at together."""
    if seen >= count:
        return "filter", "Nothing matches", f"The filter hides all {seen:,} letters. Esc shows them."
    return (
        "filter",
        f"Nothing matches among the first {seen:,}",
        f"No more of the {count:,} letters can be looked at together. An export finds what matches among all.",
    )
