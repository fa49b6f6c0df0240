"""A sheet that asks where messages are to go, and looks up what that would do with each place that is chosen."""

from typing import Generic

from PySide6.QtWidgets import QWidget

from wqstudio.ui.asking_sheet import AskingSheet
from wqstudio.ui.foresight import Foresight, P
from wqstudio.ui.panels.place_chooser import PlaceChooser

LOOKING = "Looking up what that would do …"


class PlaceSheet(AskingSheet, Generic[P]):
    """Those made of it say how to ``_foresee``, and ``_show`` what was found."""

    def __init__(self, window: QWidget, name: str, width: int, *, parts: str, title: str, places: PlaceChooser) -> None:
        super().__init__(window, name, width, parts=parts, title=title)
        self._places = places
        self._found: Foresight[P] | None = None
        self._answered = False
        """What was asked at first is answered: from then on the keyboard is where the user puts it."""
        places.writing.connect(self._on_writing)
        places.changed.connect(self._look_again)
        places.settled.connect(self._say_trouble)

    async def _foresee(self) -> Foresight[P]:
        """What would be done as things are chosen now."""
        raise NotImplementedError

    def _show(self) -> None:
        """``_found``."""
        raise NotImplementedError

    def _on_writing(self) -> None:
        self._found = None  # it is of what was written before
        self.wait_for_writing()

    def _look_again(self) -> None:
        if self._found is None:
            self.say(LOOKING)
        self.ask(self._foresee, self._take, f"preview in {self.objectName()}")

    def _take(self, found: Foresight[P]) -> None:
        self._found = found
        self._places.offer(found)
        self._show()

    def _say_trouble(self) -> None:
        """Nothing is wrong with what has yet to be written."""
        if self._found is not None and self._found.trouble:
            self.say(self._found.trouble, bad=not (self._found.wants_route or self._places.is_writing))
