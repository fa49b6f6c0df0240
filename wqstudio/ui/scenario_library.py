"""All scenarios there are to choose from: those that come with the studio, and a person's own files."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Scenario
from wqstudio.scenarios.own import own_folder
from wqstudio.ui.models import scenario_words as words
from wqstudio.ui.models.scenario_shelf import Book

if TYPE_CHECKING:
    from wqstudio.ui.command_palette import Entry


class Library(QObject):
    """Files are read when somebody first looks, and again on ``refresh``."""

    changed = Signal()

    def __init__(self, built_in: Sequence[Scenario], folder: Path | None = None, parent: QObject | None = None) -> None:
        """``folder`` None: in the user's data."""
        super().__init__(parent)
        self._built_in = built_in
        self.folder = folder or own_folder()
        """Of a person's own files; need not be there."""
        self._elsewhere: list[Path] = []
        """Files that were opened from other places, in this order."""
        self._own: tuple[Book, ...] | None = None
        self._read_at: dict[Path, int] = {}
        """When each file had been written last, as it was read."""

    @property
    def books(self) -> tuple[Book, ...]:
        return (*(Book(scenario) for scenario in self._built_in), *self.own)

    @property
    def own(self) -> tuple[Book, ...]:
        if self._own is None:
            self._read_at = self._written_at()
            self._own = tuple(map(_read, [*sorted(self.folder.glob("*.toml")), *self._elsewhere]))
        return self._own

    def named(self, name: str) -> Scenario | None:
        """The first of that name: what comes with the studio goes before a person's own."""
        return next((book.scenario for book in self.books if book.scenario and book.scenario.name == name), None)

    def for_broker(self, product: Product) -> list[Scenario]:
        """Those that can be played there."""
        scenarios = (book.scenario for book in self.books)
        return [scenario for scenario in scenarios if scenario is not None and product in scenario.products]

    def refresh(self) -> None:
        """Read a person's files anew."""
        self._own = None
        self.changed.emit()

    def refresh_if_changed(self) -> None:
        """Read them anew where one has come, gone or been written since they were read."""
        if self._own is not None and self._written_at() != self._read_at:
            self.refresh()

    def _written_at(self) -> dict[Path, int]:
        return {file: file.stat().st_mtime_ns for file in self.folder.glob("*.toml") if file.is_file()}

    def open_file(self, file: Path) -> Book:
        """Take it in. What is wrong with it, if anything, is in the book."""
        file = file.absolute()
        if file.parent != self.folder.absolute() and file not in self._elsewhere:
            self._elsewhere.append(file)
        self.refresh()
        return next((book for book in self.own if book.file == file), _read(file))


def scenario_entries(library: Library, show: Callable[[Scenario], None]) -> "list[Entry]":
    """Every scenario, for the palette."""
    from wqstudio.ui.command_palette import Entry  # noqa: PLC0415 - loaded when the palette is asked for

    scenarios = (book.scenario for book in library.books)
    return [
        Entry(scenario.title, f"Scenario, {words.brokers(scenario)}", "scenarios", partial(show, scenario))
        for scenario in scenarios
        if scenario is not None
    ]


def _read(file: Path) -> Book:
    from wqstudio.scenarios.problems import ScenarioError  # noqa: PLC0415 - the first picture comes without it
    from wqstudio.scenarios.reading import read_file  # noqa: PLC0415 - the same

    file = file.absolute()
    try:
        return Book(read_file(file), file)
    except ScenarioError as error:
        return Book(None, file, tuple(_without_file(line, file) for line in str(error).splitlines()))


def _without_file(line: str, file: Path) -> str:
    """What is wrong and, where it is known, on which line."""
    said = line.removeprefix(f"{file}:")
    return f"line {said}" if said[:1].isdigit() else said.strip()
