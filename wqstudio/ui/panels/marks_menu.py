"""What a person says of a queue: that it keeps dead letters, or that it keeps none."""

import time
from functools import partial

from PySide6.QtWidgets import QMenu

from wqstudio.background import spawn
from wqstudio.domain.events import Event, Level, Topic
from wqstudio.engine.journal.journal import JournalError
from wqstudio.engine.studio import Studio
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.names import visible
from wqstudio.ui.theme import Theme

MARK = "Mark as dead-letter queue"
_UNMARK = "This is not a dead-letter queue"
_FORGET = "Forget what was said of it"


def add_marks(menu: QMenu, theme: Theme, studio: Studio, queue: str, *, dead: bool) -> None:
    """``dead``: it is taken for a dead-letter queue, by what the broker tells or a person said."""
    text, icon, keeps = _offered(dead=dead, said=studio.marked.of(queue) is not None)
    menu.addSeparator()
    action = menu.addAction(text)
    action.setObjectName("markQueue")
    bind_icon(action, icon, theme)
    action.triggered.connect(partial(mark, studio, queue, keeps))


def _offered(*, dead: bool, said: bool) -> tuple[str, str, bool | None]:
    """Text and icon, and what is said of the queue by it."""
    if said:
        return _FORGET, "refresh", None
    return (_UNMARK, "queue", False) if dead else (MARK, "dead", True)


def mark(studio: Studio, queue: str, keeps: bool | None) -> None:
    """Remembered by broker; None: go by what the broker tells again. Trouble is told in the event log."""
    spawn(_mark(studio, queue, keeps), "mark a queue")


async def _mark(studio: Studio, queue: str, keeps: bool | None) -> None:
    try:
        await studio.marked.mark(queue, keeps)
    except JournalError as error:
        text = f"Could not remember what {visible(queue)} is: {error}"
        studio.tell(Event(time.time(), Topic.COMMAND, text, Level.ERROR, queue))
