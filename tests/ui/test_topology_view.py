"""What a scenario's picture leaves to be read."""

from dataclasses import replace

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from wqstudio.domain.scenario import Scenario
from wqstudio.scenarios import SCENARIOS
from wqstudio.ui.models.topology import topology
from wqstudio.ui.panels.painting import legible
from wqstudio.ui.panels.topology_view import _Drawing
from wqstudio.ui.theme import Concept, Theme

_CARD = QRectF(0, 0, 228, 86)
_PAGE = QRectF(0, 0, 480, 182)


class _Drawn(_Drawing):
    """By itself, with the words that came of it."""

    def __init__(self, scenario: Scenario, area: QRectF, theme: Theme, *, detailed: bool) -> None:
        self.image = QImage(area.size().toSize(), QImage.Format.Format_RGB32)
        self.image.fill(QColor(theme.tones.panel))
        self.words: list[str] = []
        painter = QPainter(self.image)
        super().__init__(painter, area, topology(scenario), theme, detailed=detailed)
        self.paint()
        painter.end()

    def _elided(self, text: str, room: float) -> str:
        self.words.append(super()._elided(text, room))
        return self.words[-1]

    def below(self, name: str) -> QRect:
        """Where it stands, below a queue."""
        (at,) = [self._places[one.key] for column in self._topology.columns for one in column if one.name == name]
        width = self._metrics.horizontalAdvance(name)
        return QRectF(at.x() - width / 2, at.y() + self._pipe.height() / 2 + 2, width, 12).toRect()


def _scenario(name: str) -> Scenario:
    return next(one for one in SCENARIOS if one.name == name)


def _near(one: QColor, other: QColor) -> bool:
    shares = ((one.red(), other.red()), (one.green(), other.green()), (one.blue(), other.blue()))
    return all(abs(a - b) < 40 for a, b in shares)


def test_what_a_scheduler_passes_on_goes_past_the_name_of_its_queue(theme: Theme) -> None:
    drawn = _Drawn(_scenario("scheduled-tasks"), _CARD, theme, detailed=False)
    ink, name = legible(Concept.PUBLISHED.color, theme), drawn.below("scheduled")
    places = [(x, y) for x in range(name.left(), name.right()) for y in range(name.top(), name.bottom())]
    assert not [place for place in places if _near(drawn.image.pixelColor(*place), ink)]


def test_what_a_producer_sends_is_said_whole(theme: Theme) -> None:
    scenario = _scenario("dots")
    many = replace(scenario, producers=tuple(replace(one, count=20_000, rate=600.0) for one in scenario.producers))
    assert "20,000 messages, 600/s" in _Drawn(many, _PAGE, theme, detailed=True).words
