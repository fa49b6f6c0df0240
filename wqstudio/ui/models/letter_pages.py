"""Pages of a long table: those that were used last are kept, however long it is. Pure."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from wqstudio.ui.models.letter_rows import LetterRow

PAGE = 100
"""Rows."""
KEPT = 24
"""Pages: several screens of any size."""


@dataclass(slots=True)
class Page:
    rows: list[LetterRow] = field(default_factory=list)
    ended: bool = False
    """There are no more rows in it than these, whatever was counted."""


class LetterPages:
    """A page is known by its number: the place in line of its first letter, divided by ``PAGE``."""

    def __init__(self) -> None:
        self._pages: OrderedDict[int, Page] = OrderedDict()

    def __len__(self) -> int:
        return len(self._pages)

    def __iter__(self) -> Iterator[tuple[int, Page]]:
        return iter(self._pages.items())

    def row(self, position: int) -> LetterRow | None:
        page = self._pages.get(position // PAGE)
        return page.rows[position % PAGE] if page is not None and position % PAGE < len(page.rows) else None

    def ended_before(self, position: int) -> bool:
        page = self._pages.get(position // PAGE)
        return page is not None and page.ended

    @property
    def gone(self) -> Iterator[int]:
        """Positions that nothing stands at any more."""
        for number, page in self._pages.items():
            if page.ended:
                yield from range(number * PAGE + len(page.rows), (number + 1) * PAGE)

    def page(self, number: int) -> Page:
        """The one that was used last from now on."""
        page = self._pages.setdefault(number, Page())
        self._pages.move_to_end(number)
        while len(self._pages) > KEPT:
            self._pages.popitem(last=False)
        return page

    def copy(self) -> "LetterPages":
        """With the same pages, as they are."""
        copy = LetterPages()
        copy._pages.update(self._pages)
        return copy

    def reopen(self) -> None:
        """More came: a page that had ended may go on."""
        for page in self._pages.values():
            page.ended = False

    def clear(self) -> None:
        self._pages.clear()


def added(page: Page, rows: Sequence[LetterRow]) -> int:
    """How many were new: where letters vanished from the line meanwhile, some come a second time."""
    last = page.rows[-1].line.id if page.rows else None
    fresh = [row for row in rows if last is None or row.line.id > last][: PAGE - len(page.rows)]
    page.rows += fresh
    page.ended = not fresh
    return len(fresh)
