"""What becomes of chosen dead letters in the window: previews, runs that are steered, finished, undone, imports."""

import asyncio
import csv
import re
import time
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QSpinBox,
    QTabWidget,
    QTreeView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.contract.graveyards import DEAD, WORK, NatsGraveyard, RabbitGraveyard, buried
from tests.rabbit_servers import RabbitHost
from tests.servers import StartNatsServer
from tests.ui.letter_windows import (
    ORDERS,
    choose,
    confirm,
    desk,
    letters_window_on,
    look,
    name,
    press,
    result,
    said,
    sheet,
    show_letters,
    write,
)
from tests.ui.windows import child, window_on
from tests.waiting import until
from wqstudio.brokers.factory import open_letters
from wqstudio.domain.letter import Edit
from wqstudio.domain.redrive import Action, Choice, Match, Plan
from wqstudio.engine.journal.journal import Move
from wqstudio.engine.looks.desk import Desk
from wqstudio.engine.moves.redrive import new_run
from wqstudio.engine.studio import Studio
from wqstudio.ui.foresight import Where
from wqstudio.ui.letter_moves import LetterMoves
from wqstudio.ui.letter_tabs import LetterTabs
from wqstudio.ui.main_window import MainWindow
from wqstudio.ui.models.letter_choice import Chosen, known_at_once
from wqstudio.ui.models.move_facts import Fact, Section
from wqstudio.ui.panels.code_view import CodeView
from wqstudio.ui.panels.events import EventsPanel
from wqstudio.ui.panels.facts_view import FactsView
from wqstudio.ui.panels.give_up_sheet import GiveUpSheet
from wqstudio.ui.panels.import_sheet import ImportSheet
from wqstudio.ui.panels.journal import JournalPanel
from wqstudio.ui.panels.letter_edit import LetterEdit
from wqstudio.ui.panels.letters import LettersPanel
from wqstudio.ui.panels.letters_table import LettersTable
from wqstudio.ui.panels.move_preview import MovePreview
from wqstudio.ui.panels.runs import RunsStrip
from wqstudio.ui.panels.undo_sheet import UndoSheet
from wqstudio.ui.theme import Theme


async def test_the_keypads_enter_asks_as_the_other_does(window: MainWindow, qtbot: QtBot) -> None:
    choose(window, qtbot, 3)
    table, control = child(window, LettersTable, "lettersTable"), Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(table, Qt.Key.Key_Enter, control | Qt.KeyboardModifier.KeypadModifier)
    assert name(await sheet(window)) == f"Requeue 3 to {WORK}"


async def test_a_field_that_one_has_gone_to_keeps_the_keyboard_when_the_answer_comes(
    window: MainWindow, graveyard: NatsGraveyard, qtbot: QtBot
) -> None:
    choose(window, qtbot, 3)
    window.actions_by_name["requeueHome"].trigger()
    await until(lambda: window.findChild(MovePreview, "movePreview") is not None)
    shown = child(window, MovePreview, "movePreview")
    assert shown.focusWidget() is shown.card, "no field asks to be written in"
    rate = child(shown, QDoubleSpinBox, "moveRate")
    rate.setFocus(Qt.FocusReason.TabFocusReason)
    await sheet(window)
    qtbot.keyClicks(shown.focusWidget(), "50")
    assert (rate.value(), rate.hasFocus()) == (50, True)
    assert await graveyard.bodies(WORK) == []


async def test_the_chosen_go_home_by_a_key(window: MainWindow, graveyard: NatsGraveyard, qtbot: QtBot) -> None:
    choose(window, qtbot, 3)
    table = child(window, LettersTable, "lettersTable")
    qtbot.keyClick(table, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    shown = await sheet(window)
    assert name(shown) == f"Requeue 3 to {WORK}"
    facts = child(shown, FactsView, "moveFacts").said
    for told in ("Kept: Original-Subject, Original-Stream", "Nats-Msg-Id", "counted from 1 again", "duplicate window"):
        assert told in facts
    qtbot.keyClick(shown, Qt.Key.Key_Return)
    assert (await result(window)).startswith("Requeued 3")
    assert await graveyard.bodies(WORK) == ORDERS[:3]
    assert await graveyard.bodies(DEAD) == ORDERS[3:]


async def test_what_was_chosen_in_a_stream_that_was_made_anew_since_is_left_alone(
    window: MainWindow, graveyard: NatsGraveyard, qtbot: QtBot
) -> None:
    """While the preview was on screen."""
    choose(window, qtbot, 3)
    window.actions_by_name["requeueHome"].trigger()
    shown = await sheet(window)
    await graveyard.remove(DEAD)
    await graveyard.make()
    await graveyard.bury(ORDERS, {"Original-Stream": WORK})
    press(shown, "moveGo")
    told = await result(window)
    assert told.startswith(f"Stopped: requeued 0. {DEAD} was deleted and made anew since: what was chosen is gone")
    assert await graveyard.bodies(DEAD) == ORDERS
    assert await graveyard.bodies(WORK) == []


def requeue_all(window: MainWindow, queue: str) -> None:
    """By the explorer's menu."""
    tree = child(window, QTreeView, "explorerTree")
    model = tree.model()
    row = next(row for row in range(model.rowCount()) if model.index(row, 0).data() == queue)
    tree.customContextMenuRequested.emit(tree.visualRect(model.index(row, 0)).center())
    action = window.findChild(QAction, "requeueAll")
    assert action is not None
    action.trigger()
    menu = action.parent()
    assert isinstance(menu, QMenu)
    menu.close()


async def test_all_of_a_queue_go_home_from_the_explorer_whatever_is_filtered(
    window: MainWindow, graveyard: NatsGraveyard
) -> None:
    session = child(window, LettersPanel, "lettersPanel").session
    assert session is not None
    session.sift(Match(text="7"))
    child(window, QTabWidget, "tabs").setCurrentIndex(0)
    requeue_all(window, DEAD)
    shown = await sheet(window)
    assert name(shown) == f"Requeue {len(ORDERS)} to {WORK}"
    press(shown, "moveGo")
    await result(window)
    assert await graveyard.bodies(WORK) == ORDERS


async def test_where_a_look_costs_something_that_is_agreed_to_first(
    rabbit_host: RabbitHost, theme: Theme, tmp_path: Path
) -> None:
    async with (
        buried(RabbitGraveyard(rabbit_host, "classic"), ORDERS[:3]) as graveyard,
        window_on(graveyard.connection, theme, tmp_path) as window,
    ):
        panel = child(window, LettersPanel, "lettersPanel")
        await until(lambda: panel.badge == "Dead letters 3")
        requeue_all(window, DEAD)
        await until(child(window, QPushButton, "checkoutLook").isVisible)
        assert window.findChild(MovePreview) is None
        press(window, "checkoutLook")
        assert name(await sheet(window)) == f"Requeue 3 to {WORK}"


async def test_what_does_not_fit_is_not_said_to_go(
    window: MainWindow, graveyard: NatsGraveyard, tmp_path: Path
) -> None:
    file = tmp_path / "kept.jsonl"
    await look(window).export(Choice(DEAD, len(ORDERS)), file)
    await graveyard.evict_from_work(5)
    child(window, LettersTable, "lettersTable").selectAll()
    window.actions_by_name["requeueHome"].trigger()
    shown = await sheet(window)
    assert (name(shown), shown.windowTitle()) == (f"Requeue 5 to {WORK}", "Requeue 5 messages")
    press(shown, "moveCancel")
    tabs = window.findChild(LetterTabs)
    assert tabs is not None
    tabs.bring(str(file))
    await until(lambda: window.findChild(ImportSheet) is not None)
    asked = child(window, ImportSheet, "importSheet")
    await until(child(asked, QPushButton, "importGo").isEnabled)
    assert child(asked, QPushButton, "importGo").text() == "Import 5"
    assert child(asked, QLabel, "importHeading").text() == "Import 5 messages"


async def test_what_does_not_fit_into_a_rabbitmq_queue_is_not_said_to_go(
    rabbit_host: RabbitHost, theme: Theme, tmp_path: Path
) -> None:
    async with buried(RabbitGraveyard(rabbit_host, "classic"), ORDERS) as graveyard:
        await graveyard.evict_from_work(5)
        async with window_on(graveyard.connection, theme, tmp_path) as window:
            panel = child(window, LettersPanel, "lettersPanel")
            await until(lambda: panel.badge == f"Dead letters {len(ORDERS)}")
            requeue_all(window, DEAD)
            await until(child(window, QPushButton, "checkoutLook").isVisible)
            press(window, "checkoutLook")
            assert name(await sheet(window)) == f"Requeue 5 to {WORK}"


async def test_what_grows_old_enough_while_a_preview_is_read_is_left_alone(
    window: MainWindow, graveyard: NatsGraveyard
) -> None:
    """It says 30, so 30 go, whatever the filter by age would mean by then."""
    opened = time.time()
    await until(lambda: time.time() > opened + 1.0)
    child(window, QLineEdit, "lettersFilter").setText("older:1s")
    await until(lambda: (found := look(window).survey) is not None and found.matched == 30 and found.done)
    child(window, LettersTable, "lettersTable").selectAll()
    window.actions_by_name["discardLetters"].trigger()
    shown = await sheet(window)
    assert name(shown) == "Discard 30"
    await graveyard.bury(later := [b"later %d" % number for number in range(5)])
    buried = time.time()
    await until(lambda: time.time() > buried + 1.0)
    press(shown, "moveGo")
    assert (await result(window)).startswith("Discarded 30")
    assert await graveyard.bodies(DEAD) == later


async def test_esc_and_enter_leave_all_as_it_is_where_there_is_no_undo(
    window: MainWindow, graveyard: NatsGraveyard, qtbot: QtBot, tmp_path: Path
) -> None:
    choose(window, qtbot, 3)
    window.actions_by_name["discardLetters"].trigger()
    qtbot.keyClick(await sheet(window), Qt.Key.Key_Escape)
    await until(lambda: window.findChild(MovePreview, "movePreview") is None)
    window.actions_by_name["discardLetters"].trigger()
    shown = await sheet(window)
    await until(child(shown, QPushButton, "moveCancel").hasFocus)
    nowhere = tmp_path / "none" / "letters.jsonl"
    shown.export(nowhere)
    qtbot.keyClick(shown, Qt.Key.Key_Return)  # what cannot be undone wants more than that
    await until(lambda: window.findChild(MovePreview, "movePreview") is None)
    await until(lambda: str(nowhere) in told(window))
    assert await graveyard.bodies(DEAD) == ORDERS
    [export] = desk(window).journal.page(0, 9, desk(window).place)
    assert export.plan.action is Action.EXPORT


async def test_nothing_is_begun_while_it_is_looked_what_another_number_means(
    window: MainWindow, graveyard: NatsGraveyard, qtbot: QtBot
) -> None:
    """Not either, if something that means the same letters is set meanwhile."""
    choose(window, qtbot, 20)
    window.actions_by_name["discardLetters"].trigger()
    shown = await sheet(window)
    limit, go = child(shown, QSpinBox, "moveLimit"), child(shown, QPushButton, "moveGo")
    limit.setValue(5)

    def set_another() -> None:
        """While it is asked what 5 means, and with time for the answer to come first."""
        shown._settle.setInterval(1_500)
        limit.setValue(7)

    loop = asyncio.get_running_loop()
    once = Qt.ConnectionType.SingleShotConnection
    shown._settle.timeout.connect(lambda: loop.call_soon(set_another), once)
    await until(go.isEnabled)
    assert name(shown) == "Discard 7"
    limit.setValue(0)
    child(shown, QDoubleSpinBox, "moveRate").setValue(1_000)
    assert not go.isEnabled(), f"it says {name(shown)}"
    await until(lambda: name(shown) == "Discard 20" and go.isEnabled())
    press(shown, "moveGo")
    assert (await result(window)).startswith("Discarded 20")
    assert await graveyard.bodies(DEAD) == ORDERS[20:]


async def test_letters_go_to_no_place_but_the_one_that_was_chosen_last(window: MainWindow, qtbot: QtBot) -> None:
    choose(window, qtbot, 2)
    window.actions_by_name["requeueHome"].trigger()
    shown = await sheet(window)
    assert name(shown) == f"Requeue 2 to {WORK}"
    places = child(shown, QComboBox, "movePlace")
    write(places, "no.such.place")
    child(shown, QSpinBox, "moveBatch").setValue(5)
    assert not child(shown, QPushButton, "moveGo").isEnabled()


async def test_how_many_at_a_time_is_an_option_that_the_journal_tells(window: MainWindow, qtbot: QtBot) -> None:
    choose(window, qtbot, 3)
    window.actions_by_name["requeueHome"].trigger()
    shown = await sheet(window)
    child(shown, QSpinBox, "moveBatch").setValue(2)
    press(shown, "moveGo")
    assert (await result(window)).startswith("Requeued 3")
    [entry] = desk(window).journal.page(0, 9, desk(window).place)
    assert entry.plan.batch == 2
    press(window, "runShow")
    await until(lambda: "2 at a time" in child(window, FactsView, "journalFacts").said)


async def test_the_journal_tells_how_far_a_run_is_that_goes_on(window: MainWindow) -> None:
    run = desk(window).begin(look(window), Plan(DEAD, rate=2.0, batch=1))
    window.findChildren(LetterTabs)[0].show_in_journal(run.id)
    facts = child(window, FactsView, "journalFacts")
    await until(lambda: re.search("Requeued [2-9]$", facts.said, re.MULTILINE))
    assert not run.is_over
    run.cancel()
    await run.over()


async def test_a_place_and_a_subject_are_asked_for_and_checked(
    window: MainWindow, graveyard: NatsGraveyard, qtbot: QtBot
) -> None:
    choose(window, qtbot, 2)
    window.actions_by_name["requeueTo"].trigger()
    shown = await sheet(window)
    assert "Choose where" in said(shown)
    place, subject = child(shown, QComboBox, "movePlace"), child(shown, QComboBox, "moveSubject")
    assert place.itemText(1) == f"{WORK}  ·  origin"
    assert DEAD not in [place.itemData(row) for row in range(place.count())]
    place.setCurrentIndex(1)
    place.activated.emit(1)
    await until(child(shown, QPushButton, "moveGo").isEnabled)
    assert subject.currentText() == "each its own subject"
    subject.setFocus()
    qtbot.keyClicks(subject, "mail.any")
    await until(lambda: f"{WORK} does not take mail.any; it takes {WORK}.>." in said(shown))
    message = child(shown, QLabel, "moveMessage")
    assert message.property("kind") == "muted", "there may be more to come"
    assert subject.currentText() == "mail.any"
    qtbot.keyClick(subject, Qt.Key.Key_Return)
    await until(lambda: message.property("kind") == "error")
    line = subject.lineEdit()
    assert line is not None
    line.selectAll()
    qtbot.keyClicks(subject, f"{WORK}.other")
    assert message.property("kind") == "muted"
    await until(child(shown, QPushButton, "moveGo").isEnabled)
    press(shown, "moveGo")
    assert (await result(window)).startswith("Requeued 2")
    assert await graveyard.bodies(WORK) == ORDERS[:2]


async def test_a_subject_is_written_where_they_are_to_go_as_on_the_command_line(
    window: MainWindow, graveyard: NatsGraveyard, qtbot: QtBot
) -> None:
    choose(window, qtbot, 2)
    window.actions_by_name["requeueTo"].trigger()
    shown = await sheet(window)
    place, facts = child(shown, QComboBox, "movePlace"), child(shown, FactsView, "moveFacts")
    place.setFocus()
    qtbot.keyClicks(place, "no.where")
    assert not child(shown, QPushButton, "moveGo").isEnabled(), "not before that was looked at"
    await until(lambda: "2: No stream takes no.where, so nothing would be stored." in facts.said)
    qtbot.keyClick(place, Qt.Key.Key_Backspace)
    qtbot.keyClicks(place, "e")
    assert not child(shown, QPushButton, "moveGo").isEnabled()
    await until(child(shown, QPushButton, "moveGo").isEnabled)  # the same as before is looked at, too
    qtbot.keyClick(place, Qt.Key.Key_Return)
    await until(child(shown, QPushButton, "moveGo").isEnabled)
    assert shown.isVisible(), "what is written is looked at, and not done"
    assert name(shown) == "Try to requeue 2"
    write(place, WORK)  # a stream's name is that stream, as in the list
    await until(child(shown, QComboBox, "moveSubject").isVisible)
    write(place, f"{WORK}.other")
    await until(lambda: name(shown) == f"Requeue 2 to {WORK}.other")
    assert not child(shown, QComboBox, "moveSubject").isVisible()
    press(shown, "moveGo")
    assert (await result(window)).startswith("Requeued 2")
    assert await graveyard.bodies(WORK) == ORDERS[:2]


async def test_a_preview_that_is_closed_looks_at_nothing_any_more(window: MainWindow, qtbot: QtBot) -> None:
    moves, known, failed = window.findChild(LetterMoves), asyncio.Event(), list[object]()
    assert moves is not None
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failed.append(context))
    choice = Choice(DEAD, len(ORDERS), origins=(WORK,))

    async def chosen() -> Choice:
        await known.wait()
        return choice

    moves.drop(Chosen(look(window), choice, chosen), Where(WORK, None))
    shown = child(window, MovePreview, "movePreview")
    write(child(shown, QComboBox, "movePlace"), "no.where")
    shown.reject()
    write(child(shown, QComboBox, "movePlace"), "no.where.else")  # as by the keyboard that leaves what is closed
    await until(lambda: window.findChild(MovePreview) is None)
    known.set()
    choose(window, qtbot, 3)
    window.actions_by_name["requeueHome"].trigger()
    assert name(await sheet(window)) == f"Requeue 3 to {WORK}"
    assert failed == []


async def test_what_no_stream_is_known_to_take_can_be_tried_as_on_the_command_line(
    window: MainWindow, graveyard: NatsGraveyard, qtbot: QtBot
) -> None:
    user = await graveyard._jetstream()
    await user.api(f"STREAM.DELETE.{WORK}")
    choose(window, qtbot, 3)
    window.actions_by_name["requeueHome"].trigger()
    shown = await sheet(window)
    await until(child(shown, QPushButton, "moveGo").isEnabled)
    assert "3: No stream takes " in child(shown, FactsView, "moveFacts").said
    assert "Unless a subject mapping of the server leads it to a stream" in child(shown, FactsView, "moveFacts").said
    assert shown.windowTitle() == child(shown, QLabel, "moveHeading").text() == "Requeue up to 3 messages"
    assert name(shown) == "Try to requeue 3"
    press(shown, "moveGo")
    assert (await result(window)).startswith("Requeued 0, 3 refused and still there")
    assert await graveyard.bodies(DEAD) == ORDERS


async def test_what_a_mapping_of_the_server_leads_to_a_stream_goes_there(
    start_nats_server: StartNatsServer, theme: Theme, tmp_path: Path, qtbot: QtBot
) -> None:
    graveyard = NatsGraveyard(start_nats_server('mappings { "orders.*": "jobs.$1" }'))
    await graveyard.make()
    await graveyard.bury(ORDERS[:2], {"Original-Subject": "orders.new"})
    async with window_on(graveyard.connection, theme, tmp_path) as window:
        await show_letters(window)
        choose(window, qtbot, 2)
        window.actions_by_name["requeueHome"].trigger()
        shown = await sheet(window)
        await until(child(shown, QPushButton, "moveGo").isEnabled)
        qtbot.keyClick(shown, Qt.Key.Key_Return)
        assert (await result(window)).startswith("Requeued 2")
    assert await graveyard.bodies(WORK) == ORDERS[:2]
    await graveyard.close()


async def test_a_discard_offers_an_export_that_an_import_brings_back(
    window: MainWindow, graveyard: NatsGraveyard, qtbot: QtBot, tmp_path: Path
) -> None:
    child(window, LettersTable, "lettersTable").selectAll()
    window.actions_by_name["discardLetters"].trigger()
    shown = await sheet(window)
    assert name(shown) == f"Discard {len(ORDERS)}"
    assert "no undo" in child(shown, FactsView, "moveFacts").said
    assert child(shown, QPushButton, "moveExport").isVisible()
    file = tmp_path / "kept.jsonl"
    shown.export(file)
    go = child(shown, QPushButton, "moveGo")
    assert not go.isEnabled(), "not before the file is whole"
    shown._show()  # as when a question of before is answered
    assert not go.isEnabled()
    await until(lambda: f"Exported {len(ORDERS)}" in said(shown))
    await graveyard.bury([b"late"])
    await until(go.isEnabled)
    assert name(shown) == f"Discard {len(ORDERS)}"
    await confirm(shown, qtbot, keypad=True)
    assert (await result(window)).startswith(f"Discarded {len(ORDERS)}")
    assert await graveyard.bodies(DEAD) == [b"late"], "it is in no file"
    press(window, "runDismiss")
    tabs = window.findChild(LetterTabs)
    assert tabs is not None
    assert "There before" not in await bring(window, tabs, file)
    await until(lambda: "Published 30" in results(window))
    assert await graveyard.bodies(WORK) == ORDERS
    said_before = await bring(window, tabs, file)
    assert "30 were published there before" in said_before
    assert "the last 2 min is known by its id, and not stored a second time" in said_before
    await until(lambda: "Published 0, 30 not stored a second time" in results(window))
    assert await graveyard.bodies(WORK) == ORDERS
    tabs.show_in_journal("")
    journal = child(window, JournalPanel, "journalPanel")
    await until(lambda: journal.model.rowCount() == 4 and journal.model.index(1, 3).data() == "done")
    assert journal.model.index(1, 1).data() == "Import kept.jsonl → where they came from"
    assert [journal.model.index(row, 2).data() for row in range(2)] == ["0", f"{len(ORDERS)}"]
    assert journal.model.index(0, 3).data() == "done, 30 known"
    assert [journal.model.index(3, column).data() for column in range(1, 4)] == [
        f"Export {DEAD} → kept.jsonl",
        f"{len(ORDERS)}",
        "done",
    ]
    await until(lambda: "30 not stored a second time: the broker knows them by their ids" in journal.detail.facts.said)


async def bring(window: MainWindow, tabs: LetterTabs, file: Path) -> str:
    """Import a file. What was said before."""
    tabs.bring(str(file))
    await until(lambda: window.findChild(ImportSheet) is not None)
    asked = child(window, ImportSheet, "importSheet")
    await until(child(asked, QPushButton, "importGo").isEnabled)
    said = child(asked, FactsView, "importFacts").said
    press(asked, "importGo")
    await until(lambda: window.findChild(ImportSheet) is None)
    return said


def results(window: MainWindow) -> str:
    return "\n".join(label.text() for label in window.findChildren(QLabel, "runResult"))


async def test_a_file_of_no_messages_is_said_to_be_none(window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "notes.jsonl").write_text("buy milk\n")
    window.findChildren(LetterTabs)[0].bring(str(tmp_path / "notes.jsonl"))
    await until(lambda: window.findChild(ImportSheet) is not None)
    asked = child(window, ImportSheet, "importSheet")
    await until(lambda: "Line 1 is not an exported message" in child(asked, QLabel, "importMessage").text())
    assert not child(asked, QPushButton, "importGo").isEnabled()
    asked.reject()


async def test_a_run_is_slowed_paused_and_cancelled_at_a_letters_boundary(
    window: MainWindow, graveyard: NatsGraveyard
) -> None:
    desk(window).begin(look(window), Plan(DEAD, rate=2))
    await until(lambda: window.findChild(QDoubleSpinBox, "runRate") is not None)
    assert child(window, QDoubleSpinBox, "runRate").value() == 2
    child(window, QDoubleSpinBox, "runRate").setValue(20)
    figures = child(window, QLabel, "runFigures")
    await until(lambda: " left" in figures.text())
    press(window, "runPause")
    await until(lambda: "paused" in figures.text())
    press(window, "runPause")
    await until(lambda: "paused" not in figures.text())
    press(window, "runCancel")
    assert figures.text().endswith(" · being cancelled")
    assert (await result(window)).startswith("Cancelled: requeued ")
    moved = await graveyard.bodies(WORK)
    assert 0 < len(moved) < len(ORDERS)
    assert moved + await graveyard.bodies(DEAD) == ORDERS


async def test_what_was_refused_is_listed_with_its_reason(window: MainWindow, graveyard: NatsGraveyard) -> None:
    await graveyard.limit_work(10)
    desk(window).begin(look(window), Plan(DEAD))
    assert "20 refused and still there" in await result(window)
    press(child(window, QWidget, "resultLine"), "runRefused")
    reasons = child(window, QWidget, "runReasons")
    assert "the stream is full" in " ".join(label.text() for label in reasons.findChildren(QLabel))
    reasons.close()


async def test_what_was_interrupted_is_offered_and_finished(window: MainWindow, graveyard: NatsGraveyard) -> None:
    run = desk(window).begin(look(window), Plan(DEAD, rate=20))
    await until(lambda: run.progress.moved >= 1)
    look(window)._process.kill()
    await until(lambda: window.findChild(QLabel, "interruptedFigures") is not None)
    assert "nothing lost" in child(window, QLabel, "interruptedFigures").text()
    press(window, "runFinish")
    await until(lambda: window.findChild(QDoubleSpinBox, "runRate") is not None)
    child(window, QDoubleSpinBox, "runRate").setValue(0)
    assert (await result(window)).startswith(f"Requeued {len(ORDERS)}")
    assert await graveyard.bodies(WORK) == ORDERS
    assert await graveyard.bodies(DEAD) == []


async def half_done(window: MainWindow) -> str:
    """The first letter, by a run that was killed when it was about to copy it. The run."""
    letters = await open_letters(desk(window).connection, DEAD)
    [first] = await letters.page(0, 1)
    await letters.close()
    journal, run = desk(window).journal, new_run()
    journal.begin(run, desk(window).place, Plan(DEAD, towards=WORK), 1)
    journal.record(run, [Move(0, letters.fingerprint(first))])
    return run


async def test_what_another_run_has_half_done_is_left_to_it_and_that_run_is_offered(
    window: MainWindow, graveyard: NatsGraveyard
) -> None:
    run = await half_done(window)
    desk(window).begin(look(window), Plan(DEAD))
    said = f"1 left to run {run}, which was not finished: finish it first"
    assert f"Requeued {len(ORDERS) - 1}, {said}" in await result(window)
    await until(child(window, QPushButton, "runFinishOther").isVisible)
    press(window, "runShow")
    await until(child(window, QPushButton, "journalFinishOther").isVisible)
    assert said in child(window, FactsView, "journalFacts").said
    press(window, "journalFinishOther")
    await until(lambda: not child(window, QPushButton, "journalFinishOther").isVisible())
    assert sorted(await graveyard.bodies(WORK)) == sorted(ORDERS)
    assert await desk(window).interrupted() == []
    child(window, QTabWidget, "tabs").setCurrentWidget(child(window, LettersPanel, "lettersPanel"))
    offered = [button.isVisible() for button in window.findChildren(QPushButton, "runFinishOther")]
    assert offered == [False] * len(offered)


async def test_an_interrupted_run_is_given_up_once_that_is_confirmed(window: MainWindow, qtbot: QtBot) -> None:
    run = await half_done(window)
    child(window, RunsStrip, "runsStrip").look_for_interrupted()
    await until(lambda: window.findChild(QWidget, "interruptedLine") is not None)
    window.findChildren(LetterTabs)[0].show_in_journal(run)
    await until(child(window, QPushButton, "journalGiveUp").isVisible)
    table = child(window, JournalPanel, "journalPanel").table
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    asked = await give_up_sheet(window)
    assert "1 was under way: it may lie at its destination" in child(asked, QLabel, "giveUpText").text()
    qtbot.keyClick(asked, Qt.Key.Key_Escape)
    await until(lambda: window.findChild(GiveUpSheet) is None)
    assert [entry.id for entry in await desk(window).interrupted()] == [run]
    table.customContextMenuRequested.emit(table.visualRect(table.currentIndex()).center())
    menu = child(window, QMenu, "journalMenu")
    assert [action.text() for action in menu.actions()] == ["Finish", "Give up…\tDel"]
    menu.actions()[1].trigger()
    menu.close()
    asked = await give_up_sheet(window)
    qtbot.keyClick(child(asked, QPushButton, "giveUpGo"), Qt.Key.Key_Return)
    facts = child(window, FactsView, "journalFacts")
    await until(lambda: "given up by hand" in facts.said)
    assert not child(window, QPushButton, "journalGiveUp").isVisible()
    assert (
        window.findChild(QWidget, "interruptedLine") is None
        or not child(window, QWidget, "interruptedLine").isVisible()
    )
    assert await desk(window).interrupted() == []


async def test_why_it_was_not_given_up_is_told_also_when_the_sheet_was_closed_meanwhile(window: MainWindow) -> None:
    asked, run = await given_up_by_another_window(window)
    press(asked, "giveUpGo")
    asked.reject()
    await until(lambda: f"Run {run} is over" in told(window))


async def test_what_went_wrong_in_a_sheet_can_be_tried_again(window: MainWindow) -> None:
    asked, run = await given_up_by_another_window(window)
    press(asked, "giveUpGo")
    await until(lambda: f"Run {run} is over" in child(asked, QLabel, "giveUpMessage").text())
    assert child(asked, QPushButton, "giveUpGo").isEnabled()


async def given_up_by_another_window(window: MainWindow) -> tuple[GiveUpSheet, str]:
    """While this one asks whether to."""
    run = await half_done(window)
    window.findChildren(LetterTabs)[0].show_in_journal(run)
    await until(child(window, QPushButton, "journalGiveUp").isVisible)
    press(window, "journalGiveUp")
    asked = await give_up_sheet(window)
    [entry] = await desk(window).interrupted()
    await desk(window).give_up(entry)
    return asked, run


async def give_up_sheet(window: MainWindow) -> GiveUpSheet:
    await until(lambda: window.findChild(GiveUpSheet) is not None)
    asked = child(window, GiveUpSheet, "giveUpSheet")
    await until(child(asked, QPushButton, "giveUpGo").isEnabled)
    return asked


def told(window: MainWindow) -> str:
    """All events."""
    events = child(window, EventsPanel, "eventsPanel").model
    return "\n".join(str(events.index(row, 0).data()) for row in range(events.rowCount()))


async def test_what_another_window_left_is_offered_when_it_opens(
    graveyard: NatsGraveyard, theme: Theme, tmp_path: Path
) -> None:
    studio = await Studio.open(graveyard.connection, worker_hosts=1)
    before = studio.desk
    assert isinstance(before, Desk)
    gone = before.look(DEAD)
    await gone.open()
    run = before.begin(gone, Plan(DEAD, rate=20))
    await until(lambda: run.progress.moved >= 1)
    await studio.close()
    async with window_on(graveyard.connection, theme, tmp_path) as window:
        await until(lambda: window.findChild(QWidget, "interruptedLine") is not None)
        assert f"Interrupted: Requeue {DEAD}" in child(window, QWidget, "interruptedLine").accessibleName()
        await until(lambda: "waits to be finished. Interrupted: requeued " in told(window))
        assert f" of {len(ORDERS)}; nothing is lost" in told(window)
        tabs = child(window, QTabWidget, "tabs")
        letters = tabs.indexOf(child(window, LettersPanel, "lettersPanel"))
        assert not tabs.tabIcon(letters).isNull(), "the tab is marked"
        press(window, "runLeave")
        await until(lambda: not child(window, RunsStrip, "runsStrip").isVisible())
        assert tabs.tabIcon(letters).isNull()
        assert len(await desk(window).interrupted()) == 1


async def test_a_requeue_is_undone_and_the_journal_tells_of_both(
    window: MainWindow, graveyard: NatsGraveyard, qtbot: QtBot, tmp_path: Path
) -> None:
    desk(window).begin(look(window), Plan(DEAD, rate=500))
    assert (await result(window)).startswith(f"Requeued {len(ORDERS)}")
    await until(child(window, QPushButton, "runUndo").isVisible)
    press(window, "runShow")
    journal = child(window, JournalPanel, "journalPanel")
    assert child(window, QTabWidget, "tabs").currentWidget() is journal
    await until(child(window, QPushButton, "journalUndo").isVisible)
    press(window, "journalUndo")
    await until(lambda: window.findChild(UndoSheet, "undoSheet") is not None)
    asked = child(window, UndoSheet, "undoSheet")
    await until(child(asked, QPushButton, "undoGo").isEnabled)
    assert child(asked, QLabel, "undoHeading").text() == f"Bring back {len(ORDERS)} messages"
    assert child(asked, QLabel, "undoAbout").text() == f"from {WORK} back to {DEAD}"
    assert child(asked, QPushButton, "undoGo").text() == f"Bring back {len(ORDERS)}"
    said_before = child(asked, QLabel, "undoText").text()
    assert "It goes at 500/s at most, as the requeue did." in said_before
    assert "no undo of its own" in said_before
    qtbot.keyClick(asked, Qt.Key.Key_Return)
    await until(lambda: not child(window, QPushButton, "journalUndo").isEnabled())
    await until(lambda: journal.model.rowCount() == 2 and journal.model.index(0, 3).data() == "done")
    assert journal.model.index(0, 1).data() == f"Undo: back to {DEAD}"
    window.resize(1100, 700)
    child(window, QPushButton, "journalAll").click()
    header = journal.table.horizontalHeader()
    await until(lambda: header.sectionSize(5) and header.length() == journal.table.viewport().width())
    assert header.sectionSize(1) >= 80, "what was done can be told"
    window.resize(1440, 900)
    await until(lambda: header.sectionSize(4) and header.length() == journal.table.viewport().width())
    child(window, QPushButton, "journalHere").click()
    await until(lambda: journal.model.rowCount() == 2 and journal.model.index(1, 3).data() == "done")
    journal.table.selectRow(1)
    await until(lambda: "undone already" in journal.detail.facts.said)
    assert f"{len(ORDERS)} requeued" in journal.detail.facts.said
    assert sorted(await graveyard.bodies(DEAD)) == sorted(ORDERS)
    await journal.export(tmp_path / "journal.csv")
    rows = list(csv.DictReader((tmp_path / "journal.csv").read_text().splitlines()))
    assert [(row["action"], row["moved"]) for row in rows] == [("undo", "30"), ("requeue", "30")]


async def test_an_undo_tells_what_somebody_has_from_what_is_not_there_any_more(
    window: MainWindow, graveyard: NatsGraveyard
) -> None:
    desk(window).begin(look(window), Plan(DEAD))
    await result(window)
    await graveyard.take(2, settle=True)
    await graveyard.take(3, settle=False)
    await until(child(window, QPushButton, "runUndo").isVisible)
    press(window, "runUndo")
    await until(lambda: window.findChild(UndoSheet, "undoSheet") is not None)
    asked = child(window, UndoSheet, "undoSheet")
    await until(child(asked, QPushButton, "undoGo").isEnabled)
    told = child(asked, QLabel, "undoText").text()
    assert "3 were given out already, and stay with whoever has them." in told
    assert "2 are not there any more" in told
    asked.reject()


async def test_an_edited_letter_goes_once_as_it_was_edited(
    window: MainWindow, graveyard: NatsGraveyard, qtbot: QtBot
) -> None:
    (line,) = await look(window).page(4, 1)
    moves = window.findChild(LetterMoves)
    assert moves is not None
    one = known_at_once(look(window), Choice(DEAD, 1, (line.id,), origins=(WORK,)))
    moves.requeue_edited(one, Edit(b"better"))
    shown = await sheet(window)
    assert name(shown) == f"Requeue 1 to {WORK}"
    assert "as it was edited, once" in child(shown, FactsView, "moveFacts").said
    assert not child(shown, QWidget, "moveRate").isVisible()
    qtbot.keyClick(shown, Qt.Key.Key_Return)
    await result(window)
    assert await graveyard.bodies(WORK) == [b"better"]
    assert await graveyard.bodies(DEAD) == ORDERS[:4] + ORDERS[5:]


async def test_a_second_move_from_the_same_look_waits_for_the_first(window: MainWindow, qtbot: QtBot) -> None:
    run = desk(window).begin(look(window), Plan(DEAD, rate=2))
    child(window, LettersTable, "lettersTable").selectRow(len(ORDERS) - 1)
    window.actions_by_name["requeueHome"].trigger()
    shown = await sheet(window)
    qtbot.keyClick(shown, Qt.Key.Key_Return)
    assert "being moved already" in said(shown)
    shown.reject()
    run.cancel()
    await run.over()


async def test_a_read_only_window_moves_nothing(graveyard: NatsGraveyard, theme: Theme, tmp_path: Path) -> None:
    async with window_on(replace(graveyard.connection, read_only=True), theme, tmp_path) as window:
        await show_letters(window)
        for action in ("requeueHome", "requeueTo", "discardLetters", "importLetters"):
            assert not window.actions_by_name[action].isEnabled()
        assert not child(window, QAbstractButton, "lettersImport").isEnabled()
    assert await graveyard.bodies(DEAD) == ORDERS


async def test_where_no_origin_is_known_a_place_is_asked_for_and_typing_names_it(
    graveyard: NatsGraveyard, theme: Theme, tmp_path: Path, qtbot: QtBot
) -> None:
    user = await graveyard._jetstream()
    for number in range(2):
        await user.publish("dead.orphan", b"%d" % number)
    async with letters_window_on(graveyard.connection, theme, tmp_path) as window:
        table = child(window, LettersTable, "lettersTable")
        table.selectRow(len(ORDERS))
        qtbot.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
        window.actions_by_name["requeueHome"].trigger()
        shown = await sheet(window)
        assert child(shown, QLabel, "moveHeading").text() == shown.windowTitle() == "Requeue 2 messages"
        assert said(shown) == "None can go to where it came from: choose where they are to go."
        place = child(shown, QComboBox, "movePlace")
        await until(place.hasFocus)
        line = place.lineEdit()
        assert line is not None
        await until(lambda: line.selectedText() == line.text() == "Each to where it came from")
        qtbot.keyClicks(place, f"{WORK}.other")
        qtbot.keyClick(place, Qt.Key.Key_Tab)
        await until(lambda: name(shown) == f"Requeue 2 to {WORK}.other")
        assert shown.windowTitle() == "Requeue 2 messages"
        press(shown, "moveCancel")


async def test_a_click_into_the_place_selects_what_is_offered(window: MainWindow, qtbot: QtBot) -> None:
    choose(window, qtbot, 2)
    window.actions_by_name["requeueHome"].trigger()
    shown = await sheet(window)
    await until(child(shown, QPushButton, "moveGo").hasFocus)
    line = child(shown, QComboBox, "movePlace").lineEdit()
    assert line is not None
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton)
    await until(lambda: line.selectedText() == "Each to where it came from")
    press(shown, "moveCancel")


async def test_cancel_in_the_preview_goes_back_to_the_edit_as_it_was(
    window: MainWindow, graveyard: NatsGraveyard, qtbot: QtBot
) -> None:
    choose(window, qtbot, 1)
    await until(child(window, QPushButton, "lettersEdit").isEnabled)
    press(window, "lettersEdit")
    await until(lambda: window.findChild(LetterEdit) is not None)
    editor = child(window, LetterEdit, "letterEditDialog")
    body = child(editor, CodeView, "editBody")
    body.setPlainText('{"order": "better"}')
    await until(child(editor, QPushButton, "editSend").isEnabled)
    press(editor, "editSend")
    assert not editor.isVisible(), "one question at a time"
    qtbot.keyClick(await sheet(window), Qt.Key.Key_Escape)
    await until(editor.isVisible)
    assert body.text == '{"order": "better"}'
    assert child(editor, QPushButton, "editCancel").text() == "Cancel"
    press(editor, "editSend")
    await until(lambda: len(window.findChildren(MovePreview)) == 1)
    press(await sheet(window), "moveGo")
    await result(window)
    await until(lambda: window.findChild(LetterEdit) is None)
    assert await graveyard.bodies(WORK) == [b'{"order": "better"}']
    assert await graveyard.bodies(DEAD) == ORDERS[1:]


async def test_a_preview_with_room_for_all_of_it_does_not_scroll(window: MainWindow, qtbot: QtBot) -> None:
    choose(window, qtbot, 1)
    window.actions_by_name["requeueHome"].trigger()
    shown = await sheet(window)
    facts = child(shown, FactsView, "moveFacts")
    facts.show_sections([Section("Cost", (Fact("one word"),))])
    bar, width = facts.verticalScrollBar(), facts.viewport().width()
    for words in range(10, 120):  # until only a scroll bar, where there is none to be, has it take a line more
        facts.show_sections([Section("Cost", (Fact("x " * words),))])
        if facts.wanted_height(width) < facts.wanted_height(width - bar.sizeHint().width()):
            break
    else:
        raise AssertionError("no text is as long as that")
    facts.setFixedHeight(0)
    await until(lambda: not facts.height())
    shown.place()
    await until(lambda: facts.height() >= facts.wanted_height(width))
    await until(lambda: not bar.isVisible())
    assert bar.maximum() == 0
    shown.reject()
