"""The gallery in the window, and what is around a scenario that is played: the strip above, the result after."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMainWindow, QTabWidget

from wqstudio.background import spawn
from wqstudio.domain.scenario import Scenario
from wqstudio.engine.studio import Studio
from wqstudio.scenarios.capturing import NOW, Witness
from wqstudio.scenarios.comparable import comparable
from wqstudio.scenarios.comparing import compared
from wqstudio.scenarios.problems import ScenarioError
from wqstudio.scenarios.saving import save
from wqstudio.ui.left_over import LeftOver
from wqstudio.ui.models.playable import Stage
from wqstudio.ui.panels.gallery import Gallery
from wqstudio.ui.panels.play_strip import PlayStrip
from wqstudio.ui.panels.result_sheet import ResultSheet
from wqstudio.ui.panels.save_scenario import SaveScenarioSheet, file_name
from wqstudio.ui.performance import Performance, Played
from wqstudio.ui.scenario_library import Library
from wqstudio.ui.theme import Theme

_FILES = "Scenarios (*.toml);;All (*)"


@dataclass(frozen=True, slots=True)
class ScenarioShelf:
    """What there is to play, and where."""

    library: Library
    stage: Stage
    rabbit_missing: str
    """Why no RabbitMQ can be started on this computer; empty: it can."""


class ScenarioTab(QObject):
    run_wanted = Signal(object)
    """The Scenario."""
    compare_wanted = Signal(object)
    """The Scenario; shown to somebody who has called ``offer_comparing``."""
    compare_now_wanted = Signal()
    """What is played now."""
    local_wanted = Signal(object, object)
    """The Product of the local broker that is to be started, and the Scenario to open there."""

    opened = Signal(object)
    """The Book whose page is looked at from now on."""
    trouble = Signal(str)
    """What a person should read; empty: what was said before no longer holds."""
    timeline_wanted = Signal()
    """Of what was played last."""
    timelines_wanted = Signal(object)
    """Of all settings of what was played: ``Compared``."""
    """Of the run whose result is shown."""

    def __init__(
        self,
        window: QMainWindow,
        studio: Studio,
        theme: Theme,
        shelf: ScenarioShelf,
        tabs: QTabWidget,
    ) -> None:
        super().__init__(window)
        self._window, self._studio, self._theme = window, studio, theme
        self._library, self._tabs = shelf.library, tabs
        self.stage = shelf.stage
        self._sheet: ResultSheet | None = None
        self._performed: Scenario | None = None
        """That is played to its end now."""
        self.gallery = Gallery(shelf.library, theme, shelf.stage, shelf.rabbit_missing)
        self.strip = PlayStrip(theme)
        self._witness = Witness(studio)
        self.left_over = LeftOver(studio, self)
        tabs.addTab(self.gallery, "Scenarios")
        page = self.gallery.page
        page.run_wanted.connect(self.run_wanted)
        page.compare_wanted.connect(self.compare_wanted)
        page.local_wanted.connect(self.local_wanted)
        page.result_wanted.connect(self._show_result)
        self.left_over.changed.connect(page.tell_left)
        self.gallery.opened.connect(self.opened)
        self.gallery.wall.file_wanted.connect(self.ask_for_file)
        self.gallery.wall.save_wanted.connect(self.ask_to_save)
        self.gallery.wall.compare_now_wanted.connect(self.compare_now_wanted)

    def detach(self) -> None:
        self.strip.leave()
        self._witness.detach()
        self.left_over.detach()
        self.gallery.detach()
        if self._sheet is not None:
            self._sheet.close()

    def show_gallery(self, scenario: Scenario | None = None) -> None:
        """All of them, or the page of one."""
        if scenario is not None:
            self.gallery.show_scenario(scenario)
        self._tabs.setCurrentWidget(self.gallery)
        if scenario is None:
            self.gallery.show_wall()  # whose cards are made when it is seen

    def offer_comparing(self) -> None:
        self.gallery.page.offer_comparing()

    def allow_run(self, why_not: str) -> None:
        self.gallery.page.allow_run(why_not)

    def ask_for_file(self) -> None:
        """Anyone's."""
        asking = QFileDialog(self._window, "Open a scenario file", "", _FILES)
        asking.setObjectName("scenarioFile")
        asking.setFileMode(QFileDialog.FileMode.ExistingFile)
        asking.fileSelected.connect(self.take_file)
        asking.finished.connect(asking.deleteLater)
        asking.open()

    def take_file(self, file: str) -> None:
        """Show its page, or what is wrong with it."""
        self.gallery.show_book(self._library.open_file(Path(file)))
        self._tabs.setCurrentWidget(self.gallery)

    def ask_to_save(self) -> None:
        """What the studio is doing, as a scenario."""
        if self._witness.idle:
            self.trouble.emit("There is nothing to save yet: no worker and no producer of the studio is at work.")
            return
        self.trouble.emit("")
        sheet = SaveScenarioSheet(self._window, self._library.folder, self._witness.faults)
        sheet.wanted.connect(lambda title, file, with_faults: self._save(sheet, title, file, with_faults=with_faults))
        sheet.open()

    def _save(self, sheet: SaveScenarioSheet, title: str, file: Path, *, with_faults: bool) -> None:
        capture = self._witness.capture(file_name(file.stem), title, with_faults=with_faults)
        try:
            save(capture.scenario, file)
        except (OSError, ScenarioError) as error:
            sheet.refuse(f"This cannot be saved as a scenario: {error}")
            return
        sheet.accept()
        self.take_file(str(file))
        if capture.left_out:
            self.trouble.emit(f"Left out of the scenario. {' '.join(capture.left_out)}")

    def what_plays(self) -> Scenario | None:
        """As it is now, to be played again and again; None: nothing does, and the person has been told."""
        if self._performed is not None:
            return self._performed
        if not self._witness.works:
            self.trouble.emit(
                "There is nothing to compare yet: it takes a worker and a producer of the studio's, at work."
            )
            return None
        capture = self._witness.capture(NOW, "What I play now", with_faults=False)
        if not (capture.scenario.workers and capture.scenario.producers):
            self.trouble.emit(f"This cannot be compared. {' '.join(capture.left_out)}")
            return None
        self.trouble.emit(" ".join(capture.left_out))
        return comparable(capture.scenario)

    def follow(self, performance: Performance) -> None:
        """Something is played to its end."""
        self._performed = performance.scenario
        self.strip.follow(performance)

    def show_played(self, played: Played | None) -> None:
        """It has ended; None: without a result."""
        self._performed = None
        self.strip.leave()
        if played is not None and played.result.runs:
            self.gallery.page.show_result(played)
            self._show_result(played)

    def _show_result(self, played: Played) -> None:
        sheet = ResultSheet(self._window, self._theme, played)
        sheet.timeline_wanted.connect(sheet.accept)
        sheet.timeline_wanted.connect(lambda: self._want_timeline(played))
        sheet.again_wanted.connect(sheet.accept)
        sheet.again_wanted.connect(lambda: self.run_wanted.emit(played.result.sitting.scenario))
        sheet.report_wanted.connect(lambda: self._ask_where(sheet, played))
        sheet.finished.connect(self._forget_sheet)
        self._sheet = sheet
        sheet.open()

    def _want_timeline(self, played: Played) -> None:
        """That of a run, or of several on one axis: the tab of its own has the last one alone."""
        if len(played.result.runs) > 1:
            self.timelines_wanted.emit(compared(played.result, played.at, stopped=played.stopped))
        else:
            self.timeline_wanted.emit()

    def _ask_where(self, sheet: ResultSheet, played: Played) -> None:
        scenario = played.result.sitting.scenario
        asking = QFileDialog(sheet, "Save the report", f"{scenario.name}.html", "Web pages (*.html)")
        asking.setObjectName("reportFile")
        asking.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        asking.setDefaultSuffix("html")
        asking.fileSelected.connect(lambda file: spawn(self._report(sheet, played, Path(file)), "report"))
        asking.finished.connect(asking.deleteLater)
        asking.open()

    async def _report(self, sheet: ResultSheet, played: Played, file: Path) -> None:
        """In a thread, as a run may have a hundred thousand deliveries to draw."""
        from wqstudio.scenarios.reports import write_report  # noqa: PLC0415  loaded when asked for

        try:
            await asyncio.to_thread(write_report, played.result, file)
        except OSError as error:
            told = f"The report could not be written: {error}"
        else:
            told = f"The report is in {file}"
        if self._sheet is sheet:
            sheet.tell(told)

    def _forget_sheet(self) -> None:
        self._sheet = None
