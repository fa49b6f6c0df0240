"""A scenario as a card in the gallery: its picture, what it is about, where it plays, how long it takes."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Scenario
from wqstudio.ui.icons import pixmap
from wqstudio.ui.models import scenario_words as words
from wqstudio.ui.models.scenario_shelf import Book
from wqstudio.ui.models.topology import topology
from wqstudio.ui.panels.topology_view import TopologyView
from wqstudio.ui.plain import PlainLabel, plain_tip
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XS, Theme

LEAST_WIDTH = 208
_MARK = 24


class ScenarioCard(QPushButton):
    """As high as its words need in its width."""

    def __init__(self, book: Book, theme: Theme, product: Product, why_not: str = "") -> None:
        """``why_not``: why it cannot be played on the broker that is connected."""
        super().__init__()
        self.book = book
        self._theme = theme
        self._picture: TopologyView | None = None
        self._summary = PlainLabel()
        self._why_not = why_not
        self.setObjectName(f"card {_key(book)}")
        self.setAccessibleName(book.title)
        self.setProperty("kind", "choice")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_M)
        self._column.setSpacing(SPACE_XS)
        if book.scenario is None:
            self._show_problems()
        else:
            self._show_scenario(book.scenario, product, why_not)
        for part in self.findChildren(QWidget):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_small(self, *, small: bool) -> None:
        """With a small picture, and its summary in the tool tip alone. Whoever lays cards out has to do so again."""
        if self._picture is None:
            return
        self._picture.show_small(small=small)
        self._summary.setVisible(not small)
        said = (self._summary.text() if small else "", self._why_not)
        self.setToolTip(plain_tip("\n\n".join(filter(None, said))))

    def sizeHint(self) -> QSize:
        return QSize(LEAST_WIDTH, self.heightForWidth(LEAST_WIDTH))

    def minimumSizeHint(self) -> QSize:
        return QSize(LEAST_WIDTH, self._column.totalMinimumSize().height())

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._column.totalHeightForWidth(width)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter as well as the space bar."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def _show_scenario(self, scenario: Scenario, product: Product, why_not: str) -> None:
        foot = f"{words.brokers(scenario)}, {words.length(scenario)}"
        self.setAccessibleDescription(" ".join(filter(None, (scenario.summary, f"{foot}.", why_not))))
        self.setToolTip(plain_tip(why_not))
        picture = self._picture = TopologyView(self._theme)
        shown = product if product in scenario.products else scenario.products[0]
        picture.show_topology(topology(scenario, shown))
        summary = self._summary
        summary.setText(scenario.summary)
        summary.setWordWrap(True)
        summary.setProperty("kind", "muted")
        summary.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._column.addWidget(picture)
        self._column.addWidget(_title(scenario.title))
        self._column.addWidget(summary, 1)
        self._column.addSpacing(SPACE_XS)
        self._column.addWidget(_foot(scenario))

    def _show_problems(self) -> None:
        mark = PlainLabel()
        mark.setPixmap(pixmap("warning", self._theme.tones.warning, _MARK, self.devicePixelRatioF()))
        text = PlainLabel("\n".join(self.book.problems), wordWrap=True)
        text.setProperty("kind", "warning")
        text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setAccessibleDescription(f"This file cannot be played: {text.text()}")
        self._column.addWidget(mark)
        self._column.addWidget(_title(self.book.title))
        self._column.addWidget(text, 1)


def _foot(scenario: Scenario) -> PlainLabel:
    foot = PlainLabel(f"{words.brokers(scenario)}  ·  {words.length(scenario)}", wordWrap=True)
    foot.setProperty("kind", "muted")
    return foot


def _title(text: str) -> PlainLabel:
    title = PlainLabel(text, wordWrap=True)
    title.setProperty("kind", "runTitle")
    return title


def _key(book: Book) -> str:
    if book.file is not None:
        return book.file.stem
    return book.scenario.name if book.scenario is not None else ""
