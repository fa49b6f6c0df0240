"""What stands in the gallery: scenarios by topic, those that fit what was typed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Scenario

YOURS = "Yours"
"""The topic of all that came from a person's own files."""
_NO_TOPIC = "More"


@dataclass(frozen=True, slots=True)
class Book:
    """A scenario, or what is wrong with the file that was to be one."""

    scenario: Scenario | None
    file: Path | None = None
    """None: it came with the studio."""
    problems: tuple[str, ...] = ()
    """Each with its line and field; empty: there are none."""

    @property
    def topic(self) -> str:
        if self.file is not None or self.scenario is None:
            return YOURS
        return self.scenario.topic or _NO_TOPIC

    @property
    def title(self) -> str:
        if self.scenario is not None:
            return self.scenario.title
        return self.file.name if self.file is not None else ""


@dataclass(frozen=True, slots=True)
class Shelf:
    topic: str
    books: tuple[Book, ...]


def shelves(books: Iterable[Book], typed: str = "", product: Product | None = None) -> list[Shelf]:
    """One for each topic, in the order in which topics come; a person's own first. ``product``: only for that."""
    topics: dict[str, list[Book]] = {}
    for book in books:
        if fits(book, typed, product):
            topics.setdefault(book.topic, []).append(book)
    order = sorted(topics, key=lambda topic: topic != YOURS)
    return [Shelf(topic, tuple(topics[topic])) for topic in order]


def fits(book: Book, typed: str, product: Product | None) -> bool:
    """Whether every word typed is somewhere in it. A file that could not be read is for every broker."""
    if product is not None and book.scenario is not None and product not in book.scenario.products:
        return False
    within = " ".join(_texts(book)).casefold()
    return all(word in within for word in typed.casefold().split())


def _texts(book: Book) -> Sequence[str]:
    scenario = book.scenario
    if scenario is None:
        return (book.title, *book.problems)
    return (
        scenario.name,
        scenario.title,
        scenario.topic,
        scenario.summary,
        *scenario.watch,
        *(product.title for product in scenario.products),
        *(str(fault) for fault in scenario.faults),
    )
