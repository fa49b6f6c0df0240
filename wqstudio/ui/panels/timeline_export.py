"""A timeline as a file: what is in sight as a picture, or the whole run as a drawing or a table."""

import asyncio
import io
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFileDialog, QMenu

from wqstudio.background import spawn
from wqstudio.domain.events import Event, Level, Topic
from wqstudio.engine.drawing.deliveries_csv import write_deliveries
from wqstudio.engine.drawing.recorded import Recorded, recorded
from wqstudio.engine.drawing.timeline_svg import Strip, timeline_svg
from wqstudio.engine.letters.whole_file import write_whole
from wqstudio.engine.studio import Studio
from wqstudio.ui.panels.quiet_button import quiet_button
from wqstudio.ui.picture import png
from wqstudio.ui.theme import Theme

Make = Callable[[], Awaitable[bytes]]


class TimelineExport:
    """What is made of the numbers is made in a thread; a file is there once it is whole."""

    def __init__(self, studio: Studio, in_sight: Callable[[], QPixmap], theme: Theme) -> None:
        """``in_sight``: a picture of that."""
        self._studio, self._in_sight = studio, in_sight
        self.button = quiet_button("timelineExport", "Export the timeline …", "save", theme)
        menu = QMenu(self.button)
        menu.setObjectName("timelineExportMenu")
        for text, ending, make in (
            ("Picture of what is in sight (PNG) …", "png", self.picture),
            ("Drawing of the whole run (SVG) …", "svg", self.drawing),
            ("Table of all deliveries (CSV) …", "csv", self.table),
        ):
            menu.addAction(text, partial(self._ask, ending, make))
        self.button.setMenu(menu)

    async def picture(self) -> bytes:
        return png(self._in_sight())

    async def drawing(self) -> bytes:
        run = await self._recorded()
        text = await asyncio.to_thread(timeline_svg, [Strip(run.title, run)])
        return text.encode()

    async def table(self) -> bytes:
        run, out = await self._recorded(), io.StringIO(newline="")
        await asyncio.to_thread(write_deliveries, run, out)
        return out.getvalue().encode()

    async def export(self, file: Path, make: Make) -> None:
        """Tell in the event log what came of it."""
        try:
            await asyncio.to_thread(write_whole, file, await make())
        except OSError as error:
            self._tell(
                f"The timeline could not be written to {file}: {error.strerror}. Choose another place.", bad=True
            )
        else:
            self._tell(f"The timeline was written to {file}.")

    async def _recorded(self) -> Recorded:
        timeline = self._studio.timeline
        return recorded(timeline, await asyncio.to_thread(timeline.figures))

    def _ask(self, ending: str, make: Make) -> None:
        dialog = QFileDialog(self.button, "Export the timeline", f"timeline.{ending}", f"{ending.upper()} (*.{ending})")
        dialog.setObjectName("timelineFile")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(ending)
        dialog.fileSelected.connect(lambda file: spawn(self.export(Path(file), make), "export of the timeline"))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _tell(self, text: str, *, bad: bool = False) -> None:
        self._studio.tell(Event(time.time(), Topic.COMMAND, text, Level.ERROR if bad else Level.INFO))
