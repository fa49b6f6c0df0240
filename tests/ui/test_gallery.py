"""The gallery by itself: cards, pages, words and brokers that narrow it, files with mistakes."""

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QScrollArea, QTabWidget, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.scenario_texts import SHORT
from tests.ui.windows import child
from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Scenario
from wqstudio.scenarios import SCENARIOS
from wqstudio.ui.models.playable import Stage
from wqstudio.ui.panels.gallery import Gallery
from wqstudio.ui.panels.scenario_card import ScenarioCard
from wqstudio.ui.scenario_library import Library
from wqstudio.ui.theme import Scheme, Theme


@pytest.fixture
def library(tmp_path: Path) -> Library:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "two-at-work.toml").write_text(SHORT, encoding="utf-8")
    (folder / "rabbit.toml").write_text(SHORT.replace('"nats"', '"rabbitmq"'), encoding="utf-8")
    return Library(SCENARIOS, folder)


@pytest.fixture
def gallery(qtbot: QtBot, theme: Theme, library: Library) -> Gallery:
    return _made(qtbot, theme, library, Stage(Product.NATS, own=True, read_only=False))


def _made(qtbot: QtBot, theme: Theme, library: Library, stage: Stage, rabbit_missing: str = "") -> Gallery:
    gallery = Gallery(library, theme, stage, rabbit_missing)
    qtbot.addWidget(gallery)
    gallery.resize(800, 600)
    gallery.show()
    gallery.activateWindow()
    qtbot.waitUntil(gallery.isActiveWindow)  # keys go nowhere before
    return gallery


def _open(gallery: Gallery, name: str) -> None:
    QTest.mouseClick(child(gallery, ScenarioCard, f"card {name}"), Qt.MouseButton.LeftButton)


def _titles(gallery: Gallery) -> list[str]:
    return [card.book.title for card in gallery.findChildren(ScenarioCard) if card.isVisible()]


def test_what_to_watch_for_is_in_sight_when_a_page_opens_in_a_small_window(gallery: Gallery, qtbot: QtBot) -> None:
    """As much of it as a window of 1100x700 leaves it, whichever scenario it is."""
    gallery.resize(520, 430)
    for scenario in SCENARIOS:
        gallery.show_scenario(scenario)
        watch = next(label for label in gallery.page.findChildren(QLabel) if label.text() == scenario.watch[0])
        page = gallery.page
        qtbot.waitUntil(lambda: watch.height() > 0)  # noqa: B023  awaited in this turn
        end = watch.mapTo(page.viewport(), watch.rect().bottomLeft()).y()
        assert end < page.viewport().height(), scenario.name


def test_two_rows_of_cards_are_whole_in_a_small_window(gallery: Gallery, qtbot: QtBot) -> None:
    """As much of it as a window of 1100x700 leaves it; what has no room on the cards is in their tool tips."""

    def bottoms() -> set[int]:
        cards = [card for card in gallery.findChildren(ScenarioCard) if card.isVisible()]
        return {card.mapTo(area.viewport(), card.rect().bottomLeft()).y() for card in cards}

    area = child(gallery, QScrollArea, "galleryCards")
    gallery.resize(520, 420)
    qtbot.waitUntil(lambda: sum(bottom <= area.viewport().height() for bottom in bottoms()) >= 2)
    card = child(gallery, ScenarioCard, "card fair-dispatch")
    summary = card.book.scenario.summary if card.book.scenario is not None else ""
    assert summary in card.toolTip()
    assert not _part(card, summary).isVisible()
    for label in (each for each in card.findChildren(QLabel) if each.isVisible()):
        assert label.height() >= label.heightForWidth(label.width())
        assert card.rect().contains(label.geometry())
    shown = QSignalSpy(_Shows(_part(card, summary)).again)
    gallery.resize(520, 421)
    gallery.resize(520, 419)
    assert shown.count() == 0, "it is known how high they would be"
    gallery.resize(800, 700)
    qtbot.waitUntil(_part(card, summary).isVisible)
    assert summary not in card.toolTip()


class _Shows(QObject):
    """Of a widget."""

    again = Signal()

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShowToParent:
            self.again.emit()
        return super().eventFilter(watched, event)


@pytest.mark.parametrize("size", [(480, 419), (640, 520), (820, 619)])
def test_the_second_row_of_cards_is_whole(qtbot: QtBot, theme: Theme, tmp_path: Path, size: tuple[int, int]) -> None:
    """As windows of 1100x700, of 1440x900 and others leave it room, for whoever has no scenarios yet."""
    gallery = _made(qtbot, theme, Library(SCENARIOS, tmp_path), Stage(Product.NATS, own=True, read_only=False))
    area = child(gallery, QScrollArea, "galleryCards")
    gallery.resize(*size)

    def rows() -> list[list[QRect]]:
        cards = [card for card in gallery.findChildren(ScenarioCard) if card.isVisible()]
        places = [QRect(card.mapTo(area.viewport(), QPoint()), card.size()) for card in cards]
        return [[place for place in places if place.y() == top] for top in sorted({place.y() for place in places})]

    qtbot.waitUntil(lambda: area.viewport().width() > size[0] - 20 and len(rows()[0]) == size[0] // 240)
    qtbot.waitUntil(lambda: all(_fits(card) for card in gallery.findChildren(ScenarioCard)))
    assert all(map(area.viewport().rect().contains, (*rows()[0], *rows()[1])))


def test_cards_have_their_summaries_at_first_sight_where_there_is_room(
    qtbot: QtBot, theme: Theme, tmp_path: Path
) -> None:
    """As a window of 1440x900 leaves it room, which nobody resizes afterwards."""
    tabs = _first_seen(qtbot, theme, tmp_path, 820, 650)
    card = child(tabs, ScenarioCard, "card demo")
    assert card.book.scenario is not None
    assert _part(card, card.book.scenario.summary).isVisible()


def test_the_first_card_is_seen_from_its_upper_edge_in_a_small_window(
    qtbot: QtBot, theme: Theme, tmp_path: Path
) -> None:
    """As a window of 1000x620 leaves it room: cards that become small just then lead nowhere else."""
    tabs = _first_seen(qtbot, theme, tmp_path, 520, 370)
    area = child(tabs, QScrollArea, "galleryCards")
    assert child(tabs, ScenarioCard, "card demo").hasFocus()
    assert area.verticalScrollBar().value() == 0


def _first_seen(qtbot: QtBot, theme: Theme, folder: Path, width: int, height: int) -> QTabWidget:
    """Its tab is chosen in a window that has been there for a while."""
    stage = Stage(Product.NATS, own=True, read_only=False)
    tabs, gallery = QTabWidget(), Gallery(Library(SCENARIOS, folder), theme, stage)
    qtbot.addWidget(tabs)
    tabs.addTab(QWidget(), "Overview")
    tabs.addTab(gallery, "Scenarios")
    tabs.resize(width, height)
    tabs.show()
    tabs.activateWindow()
    qtbot.waitUntil(tabs.isActiveWindow)
    tabs.setCurrentWidget(gallery)
    gallery.show_wall()
    qtbot.waitUntil(lambda: child(gallery, ScenarioCard, "card demo").width() > 200)
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
    return tabs


def _part(card: ScenarioCard, text: str) -> QLabel:
    return next(label for label in card.findChildren(QLabel) if label.text() == text)


def test_a_card_opens_its_page_and_the_way_back_leads_to_the_card(gallery: Gallery) -> None:
    _open(gallery, "two-at-work")
    assert gallery.currentWidget() is gallery.page
    assert child(gallery, QLabel, "scenarioTitle").text() == "Two at work"
    said = [label.text() for label in gallery.page.findChildren(QLabel)]
    assert {"Nothing is lost.", "All twelve are worked off.", "acknowledged: 12"} <= set(said)
    assert child(gallery, QPushButton, "scenarioRun").isVisible()
    assert not child(gallery, QPushButton, "scenarioCompare").isVisible()
    child(gallery, QPushButton, "scenarioBack").click()
    assert gallery.currentWidget() is gallery.wall
    assert child(gallery, ScenarioCard, "card two-at-work").hasFocus()


def test_it_is_worked_by_keys_alone(qtbot: QtBot, gallery: Gallery) -> None:
    asked: list[Scenario] = []
    gallery.page.run_wanted.connect(asked.append)
    card = child(gallery, ScenarioCard, "card demo")
    card.setFocus()
    QTest.keyClick(card, Qt.Key.Key_Return)
    run = child(gallery, QPushButton, "scenarioRun")
    qtbot.waitUntil(run.hasFocus)
    QTest.keyClick(run, Qt.Key.Key_Space)
    assert [scenario.name for scenario in asked] == ["demo"]
    QTest.keyClick(gallery, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: gallery.currentWidget() is gallery.wall)


def test_words_and_brokers_narrow_the_cards(gallery: Gallery) -> None:
    every = _titles(gallery)
    assert every.count("Two at work") == 2
    child(gallery, QLineEdit, "gallerySearch").setText("two one producer sends nats")
    assert _titles(gallery) == ["Two at work"]
    child(gallery, QPushButton, "galleryFilterRabbitMQ").click()
    assert _titles(gallery) == []
    child(gallery, QLineEdit, "gallerySearch").clear()
    assert _titles(gallery).count("Two at work") == 1
    assert "Job queue" in _titles(gallery)


def test_enter_opens_the_first_card_that_a_search_leaves(gallery: Gallery) -> None:
    search = child(gallery, QLineEdit, "gallerySearch")
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert gallery.currentWidget() is gallery.wall
    QTest.keyClicks(search, "nothing is called so")
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert gallery.currentWidget() is gallery.wall
    search.clear()
    QTest.keyClicks(search, "two one producer sends nats")
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert gallery.currentWidget() is gallery.page
    assert child(gallery, QLabel, "scenarioTitle").text() == "Two at work"


@pytest.mark.parametrize("width", [440, 520, 820])
@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
def test_cards_wrap_and_nothing_is_cut(
    qtbot: QtBot, gallery: Gallery, theme: Theme, width: int, scheme: Scheme
) -> None:
    theme.use(scheme)
    gallery.resize(width, 500)
    cards = gallery.findChildren(ScenarioCard)
    qtbot.waitUntil(lambda: all(_fits(card) for card in cards))
    for label in (label for card in cards for label in card.findChildren(QLabel)):
        assert label.height() >= label.heightForWidth(label.width()), label.text()
    _open(gallery, "two-at-work")
    qtbot.waitUntil(lambda: gallery.page.horizontalScrollBar().maximum() == 0)


@pytest.mark.parametrize("size", [(440, 380), (520, 500), (800, 560), (1300, 900)])
def test_scrolled_to_the_end_the_last_cards_are_in_sight(qtbot: QtBot, gallery: Gallery, size: tuple[int, int]) -> None:
    gallery.resize(*size)
    area = child(gallery.wall, QScrollArea, "galleryCards")
    qtbot.waitUntil(lambda: all(_fits(card) for card in gallery.findChildren(ScenarioCard)))
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    last = gallery.findChildren(ScenarioCard)[-1]
    below = area.viewport().height() - last.mapTo(area.viewport(), last.rect().bottomLeft()).y()
    assert 0 <= below < 40


def _fits(card: QWidget) -> bool:
    around = card.parentWidget()
    return around is not None and around.rect().contains(card.geometry()) and card.height() >= card.minimumHeight()


def test_a_scenario_of_another_broker_says_so_and_offers_a_local_one(gallery: Gallery) -> None:
    asked: list[tuple[Product, str]] = []
    gallery.page.local_wanted.connect(lambda product, scenario: asked.append((product, scenario.name)))
    gallery.page.offer_comparing()
    _open(gallery, "rabbit")
    assert [each for each in QApplication.topLevelWidgets() if each.isVisible()] == [gallery]
    assert "connected is NATS" in child(gallery, QLabel, "scenarioObstacle").text()
    child(gallery, QPushButton, "scenarioLocal").click()
    assert asked == [(Product.RABBITMQ, "rabbit")]


def test_where_no_rabbitmq_can_be_started_it_says_how_to_get_it(qtbot: QtBot, theme: Theme, library: Library) -> None:
    gallery = _made(qtbot, theme, library, Stage(Product.NATS, own=True, read_only=False), "Install it like this.")
    _open(gallery, "rabbit")
    assert "Install it like this." in child(gallery, QLabel, "scenarioObstacle").text()
    assert not child(gallery, QPushButton, "scenarioLocal").isEnabled()


def test_on_somebody_elses_broker_it_says_what_is_made_there(qtbot: QtBot, theme: Theme, library: Library) -> None:
    gallery = _made(qtbot, theme, library, Stage(Product.NATS, own=False, read_only=False))
    _open(gallery, "two-at-work")
    promise = child(gallery, QLabel, "scenarioPromise").text()
    assert promise == "Makes shared on this broker, marked as the studio's own, and at the end removes it."


def test_while_something_runs_nothing_else_can_be_run(gallery: Gallery) -> None:
    gallery.page.allow_run("A scenario is running; stop it first")
    _open(gallery, "two-at-work")
    run = child(gallery, QPushButton, "scenarioRun")
    assert not run.isEnabled()
    assert "stop it first" in run.toolTip()
    assert child(gallery, QLabel, "scenarioWhyNot").text() == "A scenario is running; stop it first."


def test_settings_are_compared_once_somebody_can(gallery: Gallery, library: Library) -> None:
    settings = '\n[[settings]]\nname = "one"\nprefetch = 1\n[[settings]]\nname = "ten"\nprefetch = 10\n'
    (library.folder / "compared.toml").write_text(SHORT + settings, encoding="utf-8")
    library.refresh()
    _open(gallery, "compared")
    compare = child(gallery, QPushButton, "scenarioCompare")
    assert not compare.isVisible()
    asked: list[Scenario] = []
    gallery.page.compare_wanted.connect(asked.append)
    gallery.page.offer_comparing()
    compare.click()
    assert [setting.prefetch for setting in asked[0].settings] == [1, 10]


def test_a_file_with_a_mistake_names_line_and_field_and_is_read_again(
    gallery: Gallery, library: Library, tmp_path: Path
) -> None:
    file = tmp_path / "elsewhere.toml"
    file.write_text(SHORT.replace("service =", "servicee ="), encoding="utf-8")
    gallery.show_book(library.open_file(file))
    assert child(gallery, QLabel, "scenarioTitle").text() == "elsewhere.toml cannot be played"
    assert child(gallery, QLabel, "scenarioProblems").text().startswith('line 14: worker 1, field "servicee"')
    file.write_text(SHORT, encoding="utf-8")
    child(gallery, QPushButton, "scenarioReload").click()
    assert child(gallery, QLabel, "scenarioTitle").text() == "Two at work"
    child(gallery, QPushButton, "scenarioBack").click()
    assert _titles(gallery).count("Two at work") == 3


def test_a_file_that_is_no_text_says_so_without_a_line(library: Library) -> None:
    (library.folder / "binary.toml").write_bytes(b"\xff\xfe\x00")
    (book,) = (book for book in library.own if book.file == (library.folder / "binary.toml").absolute())
    assert book.problems == ("not a text file in UTF-8; save it as that",)


def test_a_file_that_has_come_meanwhile_is_there_when_the_gallery_is_shown_again(
    gallery: Gallery, library: Library
) -> None:
    gallery.hide()
    (library.folder / "late.toml").write_text(SHORT.replace("Two at work", "Late"), encoding="utf-8")
    gallery.show()
    assert "Late" in _titles(gallery)
