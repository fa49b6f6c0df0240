"""A comparison as a file, or on the clipboard: report, figures, picture."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QToolButton, QWidget

from wqstudio import __version__
from wqstudio.background import spawn
from wqstudio.domain.events import Event, Level, Topic
from wqstudio.engine.figures.rows import Measured
from wqstudio.engine.letters.whole_file import write_whole
from wqstudio.engine.report.html import page_html
from wqstudio.scenarios.comparing import Compared
from wqstudio.scenarios.comparison_report import report
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.models.comparison_rows import as_csv, table
from wqstudio.ui.picture import png_of
from wqstudio.ui.theme import Theme

Make = Callable[[], Awaitable[bytes]]
Tell = Callable[[Event], None]


class ComparisonExport:
    """Of the comparison shown last."""

    def __init__(self, page: QWidget, tell: Tell, theme: Theme) -> None:
        """``page``: what a picture shows; ``tell``: what came of writing a file."""
        self._page, self._tell = page, tell
        self.compared: Compared | None = None
        self.button = QToolButton()
        self.button.setObjectName("compareSave")
        self.button.setText("Save")
        self.button.setAccessibleName("Save or copy what came of the comparison")
        self.button.setToolTip("Save or copy what came of the comparison")
        self.show_words(words=True)
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        bind_icon(self.button, "save", theme)
        menu = QMenu(self.button)
        menu.setObjectName("compareSaveMenu")
        menu.addAction("Save report (HTML) …", partial(self._ask, "html", self.report))
        menu.addAction("Save figures (CSV) …", partial(self._ask, "csv", self.figures))
        menu.addAction("Save picture (PNG) …", partial(self._ask, "png", self.picture))
        menu.addSeparator()
        menu.addAction("Copy figures as text", lambda: self._copy(table(self._runs).as_text()))
        menu.addAction("Copy figures as CSV", lambda: self._copy(as_csv(self._runs)))
        self.button.setMenu(menu)

    def show_words(self, *, words: bool) -> None:
        """On the button, beside its drawing."""
        style = Qt.ToolButtonStyle
        self.button.setToolButtonStyle(style.ToolButtonTextBesideIcon if words else style.ToolButtonIconOnly)

    async def report(self) -> bytes:
        """One page that needs nothing else. Made in a thread, since its drawing takes a while."""
        assert self.compared is not None
        compared = self.compared
        text = await asyncio.to_thread(lambda: page_html(report(compared, f"wqstudio {__version__}")))
        return text.encode()

    async def figures(self) -> bytes:
        return as_csv(self._runs).encode()

    async def picture(self) -> bytes:
        return png_of(self._page)

    async def export(self, file: Path, make: Make) -> None:
        """A file is there once it is whole."""
        try:
            await asyncio.to_thread(write_whole, file, await make())
        except OSError as error:
            said = f"The comparison could not be written to {file}: {error.strerror}. Choose another place."
            self._tell(Event(time.time(), Topic.COMMAND, said, Level.ERROR))
        else:
            self._tell(Event(time.time(), Topic.COMMAND, f"The comparison was written to {file}."))

    @property
    def _runs(self) -> list[tuple[str, Measured]]:
        assert self.compared is not None
        return self.compared.measured

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)

    def _ask(self, ending: str, make: Make) -> None:
        assert self.compared is not None
        name = f"{self.compared.comparison.scenario.name}-compared.{ending}"
        dialog = QFileDialog(self.button, "Save the comparison", name, f"{ending.upper()} (*.{ending})")
        dialog.setObjectName("compareFile")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(ending)
        dialog.fileSelected.connect(lambda file: spawn(self.export(Path(file), make), "export of a comparison"))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
