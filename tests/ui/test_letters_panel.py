"""The tab of dead letters, on real brokers: found, paid for, read, filtered, chosen, given back."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
import shiboken6
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QTabWidget,
    QToolButton,
    QTreeView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.jetstream import JetStream
from tests.rabbit_letters import make_policymaker, set_policy
from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from tests.servers import NatsServer
from tests.slow_front import slow_front
from tests.ui.windows import child, window_on
from tests.waiting import until
from wqstudio.domain.connection import Connection
from wqstudio.domain.letter import Letter, LetterLine
from wqstudio.domain.redrive import Choice, Match
from wqstudio.engine.looks.desk import Desk
from wqstudio.engine.looks.look import Look
from wqstudio.engine.looks.process import LookError
from wqstudio.engine.studio import Studio
from wqstudio.ui.look_session import LookSession, Phase
from wqstudio.ui.models.graves import Grave
from wqstudio.ui.models.letter_choice import Chosen
from wqstudio.ui.models.letter_pages import KEPT, PAGE
from wqstudio.ui.models.letter_rows import LetterColumn
from wqstudio.ui.panels.chosen_letters import WORK
from wqstudio.ui.panels.explorer import ExplorerPanel
from wqstudio.ui.panels.explorer_menu import add_look
from wqstudio.ui.panels.letters import LettersPanel
from wqstudio.ui.panels.letters_view import LettersView
from wqstudio.ui.panels.marks_menu import mark
from wqstudio.ui.scope import Scope
from wqstudio.ui.theme import Theme

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


async def bury(user: JetStream, count: int) -> None:
    """Numbered from 0; every third expired and came from ``mail``, the others were rejected and came from ``jobs``."""
    stream = user.client.jetstream(publish_async_max_pending=4_000)
    for number in range(count):
        origin, reason = ("mail", "expired") if number % 3 == 0 else ("jobs", "rejected")
        headers = {"Original-Subject": f"{origin}.{number % 5}", "Original-Stream": origin, "Reason": reason}
        await stream.publish_async(f"dead.{origin}", b'{"number":%d}' % number, headers=headers)
    await stream.publish_async_completed()


@asynccontextmanager
async def panel_on(connection: Connection, theme: Theme) -> AsyncIterator[LettersPanel]:
    studio = await Studio.open(connection, worker_hosts=1)
    panel = LettersPanel(studio, theme)
    panel.resize(1000, 640)
    panel.show()
    panel.activateWindow()
    try:
        yield panel
    finally:
        panel.detach()
        panel.close()
        panel.deleteLater()
        await studio.close()


@pytest.fixture
async def slow_panel(nats_server: NatsServer, jetstream: JetStream, theme: Theme) -> AsyncIterator[LettersPanel]:
    """Of 12,000 letters, through a server whose answers come late, so that a search lasts."""
    await jetstream.publish_many("dead.any", 12_000)
    async with slow_front(nats_server.port, late=0.4) as port:
        connection = replace(nats_server.connection, urls=(f"nats://127.0.0.1:{port}",), read_only=True)
        async with panel_on(connection, theme) as panel:
            await until(lambda: panel.view is not None and panel.view.model.line(0) is not None)
            yield panel


@asynccontextmanager
async def panel_with_letters(connection: Connection, user: JetStream, theme: Theme) -> AsyncIterator[LettersPanel]:
    """With 300 letters, of which the first page is there."""
    await bury(user, 300)
    async with panel_on(connection, theme) as shown:
        await until(lambda: shown.view is not None and shown.view.model.line(0) is not None)
        yield shown


@pytest_asyncio.fixture
async def panel(nats_server: NatsServer, jetstream: JetStream, theme: Theme) -> AsyncIterator[LettersPanel]:
    """Read-only, which spares the hosts of the fleet."""
    async with panel_with_letters(replace(nats_server.connection, read_only=True), jetstream, theme) as shown:
        yield shown


@pytest_asyncio.fixture
async def moving_panel(nats_server: NatsServer, jetstream: JetStream, theme: Theme) -> AsyncIterator[LettersPanel]:
    async with panel_with_letters(nats_server.connection, jetstream, theme) as shown:
        yield shown


def view(panel: LettersPanel) -> LettersView:
    assert panel.view is not None
    return panel.view


def deafen(panel: LettersPanel) -> None:
    """To the monitor, which is played here."""
    panel._unsubscribe()
    panel._unsubscribe = lambda: None


def session(panel: LettersPanel) -> LookSession:
    assert panel.session is not None
    return panel.session


def no_work() -> bool:
    """On what was chosen."""
    return WORK not in {task.get_name() for task in asyncio.all_tasks()}


def said(panel: QWidget, name: str) -> str:
    return child(panel, QLabel, name).text()


def preview(panel: LettersPanel, row: int) -> str:
    return str(view(panel).model.index(row, LetterColumn.PREVIEW).data())


def numbers(panel: LettersPanel, *rows: int) -> list[str]:
    return [preview(panel, row) for row in rows]


def exported(file: Path) -> list[int]:
    """Ids."""
    return [json.loads(line)["id"] for line in file.read_text().splitlines()]


def all_seen(panel: LettersPanel) -> bool:
    survey = session(panel).survey
    return survey is not None and survey.done


def shows(panel: LettersPanel, row: int, number: int) -> Callable[[], bool]:
    return lambda: preview(panel, row) == f'{{"number":{number}}}'


async def test_where_there_are_dead_letters_a_process_is_kept_ready(panel: LettersPanel) -> None:
    desk = panel._studio.desk
    assert isinstance(desk, Desk)
    await until(lambda: desk._spare.is_ready)


async def test_the_first_page_is_shown_and_memory_stays_bounded_from_end_to_end(
    nats_server: NatsServer, jetstream: JetStream, theme: Theme
) -> None:
    await bury(jetstream, 20_000)
    async with panel_on(replace(nats_server.connection, read_only=True), theme) as panel:
        await until(lambda: panel.view is not None and panel.view.model.line(0) is not None)
        table, model = view(panel).table, view(panel).model
        assert model.rowCount() == 20_000
        assert preview(panel, 0) == '{"number":0}'
        index = model.index(0, LetterColumn.WHY)
        assert (index.data(), model.index(0, LetterColumn.FROM).data()) == ("expired", "mail")
        bar = table.verticalScrollBar()
        for step in range(1, 31):
            bar.setValue(bar.maximum() * step // 30)
            row = table.rowAt(table.viewport().height() // 2)
            await until(shows(panel, row, row))
        assert shows(panel, 19_999, 19_999)()
        assert model.in_memory <= KEPT * PAGE
        panel.open(Grave("dead"))
        await until(shows(panel, 0, 0))
        assert bar.value() == 0, "another look begins with its first letter"
        panel.head.order.click()
        await until(shows(panel, 0, 19_999))
        assert not child(panel, QPushButton, "lettersHome").isEnabled()


async def test_a_filter_narrows_and_says_what_makes_no_sense(panel: LettersPanel, qtbot: QtBot) -> None:
    line = child(panel, QLineEdit, "lettersFilter")
    qtbot.keyClicks(line, "regex:a(b")
    await until(lambda: "regular expression" in said(panel, "lettersFilterError"))
    assert view(panel).model.rowCount() == 300
    line.setText("reason:rejected json:$.number=250")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    await until(lambda: view(panel).model.rowCount() == 1)
    await until(shows(panel, 0, 250))
    assert not child(panel, QLabel, "lettersFilterError").isVisible()
    line.setText("nowhere to be found")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    await until(lambda: "hides all 300" in view(panel).empty.said and view(panel).empty.isVisible())
    qtbot.keyClick(view(panel), Qt.Key.Key_Escape)
    await until(lambda: view(panel).model.rowCount() == 300)
    await until(shows(panel, 7, 7))


async def test_a_search_says_how_far_it_is_and_how_long_it_takes_yet(slow_panel: LettersPanel) -> None:
    told: list[str] = []
    session(slow_panel).counted.connect(lambda: told.append(said(slow_panel, "lettersCount")))
    child(slow_panel, QLineEdit, "lettersFilter").setText("header:Number=11999")
    await until(lambda: "1 letter  ·  of 12,000 in the queue" in said(slow_panel, "lettersCount"))
    searching = [text for text in told if "searched" in text]
    assert any(
        re.fullmatch(r"0 found so far  ·  [1-9][\d,]+ of 12,000 searched  ·  .+ left", text) for text in searching
    ), told


async def test_letters_are_counted_by_reason_and_origin_and_a_click_narrows(panel: LettersPanel) -> None:
    child(panel, QPushButton, "lettersGroup").click()
    await until(lambda: child(panel, QWidget, "letterGroups").isVisible())
    await until(lambda: "200" in child(panel, QPushButton, "letterGroup0").text())
    chips = [child(panel, QPushButton, f"letterGroup{number}") for number in range(4)]
    assert [chip.text() for chip in chips] == ["rejected  200", "expired  100", "jobs  200", "mail  100"]
    panel.activateWindow()
    chips[3].setFocus()
    chips[3].click()
    await until(lambda: view(panel).model.rowCount() == 100)
    assert child(panel, QLineEdit, "lettersFilter").hasFocus(), "the chip is not there any more"
    assert child(panel, QLineEdit, "lettersFilter").text() == "origin:mail"
    await until(shows(panel, 1, 3))
    assert said(panel, "lettersCount") == "100 letters  ·  of 300 in the queue"


async def test_chosen_rows_become_a_choice_at_once_and_are_read_when_it_is_wanted(
    moving_panel: LettersPanel, qtbot: QtBot
) -> None:
    panel = moving_panel
    table, chosen = view(panel).table, view(panel).chosen
    asked: list[tuple[Chosen, bool]] = []
    panel.requeue_wanted.connect(lambda chosen, home: asked.append((chosen, home)))
    table.setFocus()
    table.go(1, extend=False)
    qtbot.keyClick(table, Qt.Key.Key_End, SHIFT)
    assert table.rows == [range(1, 300)]
    assert view(panel).model.in_memory < 300
    child(panel, QPushButton, "lettersHome").click()
    await until(lambda: asked)
    many, home = asked.pop()
    assert (many.choice.count, many.choice.ids) == (299, ())
    choice = await many.whole()
    assert (choice.queue, choice.count, choice.ids, home) == ("dead", 299, tuple(range(2, 301)), True)
    assert set(choice.origins) == {"jobs", "mail"}
    assert view(panel).model.in_memory < 300
    table.go(4, extend=False)
    chosen.requeue(to_origin=False)
    await until(lambda: asked)
    one, home = asked.pop()
    identity = session(panel).standing.identity
    assert identity
    assert await one.whole() == Choice("dead", 1, (5,), origins=("jobs",), routes=("jobs.4",), identity=identity)
    assert not home
    assert said(panel, "lettersCount") == "1 of 300 selected  ·  all that match: 300 (Ctrl+A)"


async def test_all_that_match_is_a_state_and_not_a_million_rows(moving_panel: LettersPanel, qtbot: QtBot) -> None:
    panel = moving_panel
    table = view(panel).table
    asked: list[Chosen] = []
    panel.discard_wanted.connect(asked.append)
    line = child(panel, QLineEdit, "lettersFilter")
    line.setText("reason:expired")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    await until(lambda: all_seen(panel) and view(panel).model.rowCount() == 100)
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_A, CONTROL)
    assert said(panel, "lettersCount") == "all that match selected: 100"
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    await until(lambda: asked)
    assert await asked.pop().whole() == Choice("dead", 100, None, Match(reason="expired"), origins=("mail",))
    table.go(0, extend=False)
    assert not table.all_chosen
    qtbot.keyClick(table, Qt.Key.Key_Escape)
    assert not table.rows
    assert not child(panel, QPushButton, "lettersDiscard").isEnabled()


async def test_all_that_match_are_not_those_of_a_filter_that_is_read_no_more(
    moving_panel: LettersPanel, qtbot: QtBot
) -> None:
    """Asked for before the pause after the last key is over."""
    panel = moving_panel
    table, line = view(panel).table, child(panel, QLineEdit, "lettersFilter")
    asked: list[Chosen] = []
    panel.discard_wanted.connect(asked.append)
    table.selectAll()
    line.setText("reason:expired")
    panel.discard_chosen()
    await until(lambda: all_seen(panel) and view(panel).model.rowCount() == 100)
    assert not asked
    assert not table.all_chosen
    line.setFocus()
    qtbot.keyClick(line, Qt.Key.Key_Down)
    assert panel.focusWidget() is table
    assert table.rows == [range(1)]


async def test_all_that_match_can_be_chosen_while_none_was_found_yet(slow_panel: LettersPanel, qtbot: QtBot) -> None:
    child(slow_panel, QLineEdit, "lettersFilter").setText("header:Number=11999")
    await until(lambda: "0 found so far" in said(slow_panel, "lettersCount"))
    qtbot.keyClick(view(slow_panel).table, Qt.Key.Key_A, CONTROL)
    await until(lambda: said(slow_panel, "lettersCount") == "all that match selected: 1")


async def test_what_is_dragged_is_known_at_once_or_found_on_the_way(panel: LettersPanel) -> None:
    table = view(panel).table
    assert table.make_drag() is None
    table.go(2, extend=False)
    drag = table.make_drag()
    assert drag is not None
    one = Choice("dead", 1, (3,), origins=("jobs",), routes=("jobs.2",), identity=session(panel).standing.identity)
    assert drag.chosen.choice == await drag.chosen.whole() == one
    assert "rejected" in drag.text()
    table.go(0, extend=False)
    table.go(299, extend=True)
    many = table.make_drag()
    assert many is not None
    assert (many.chosen.choice.count, many.chosen.choice.ids) == (300, ())
    assert (await many.chosen.whole()).ids == tuple(range(1, 301))


async def test_of_rows_that_were_never_read_it_is_said_that_they_are_others_now(
    panel: LettersPanel, jetstream: JetStream
) -> None:
    """And not that they are gone."""
    view(panel).table.go(0, extend=False)
    view(panel).table.go(299, extend=True)
    drag = view(panel).table.make_drag()
    assert drag is not None
    await jetstream.api("STREAM.MSG.DELETE.dead", {"seq": 1})
    await until(lambda: view(panel).model.rowCount() == 299)
    with pytest.raises(LookError, match="read anew meanwhile; choose them again"):
        await drag.chosen.whole()


async def test_what_was_chosen_is_meant_though_others_come_to_stand_before_it(
    panel: LettersPanel, jetstream: JetStream
) -> None:
    """Newest first; not all of it was seen, so it is read once it is wanted."""
    table = view(panel).table
    panel.head.order.click()
    await until(shows(panel, 0, 299))
    table.go(10, extend=False)
    table.go(299, extend=True)
    drag = table.make_drag()
    assert drag is not None
    assert (drag.chosen.choice.count, drag.chosen.choice.ids) == (290, ())
    await bury(jetstream, 3)
    await until(lambda: view(panel).model.rowCount() == 303)
    assert (await drag.chosen.whole()).ids == tuple(range(1, 291))


async def test_the_keyboard_reaches_everything(panel: LettersPanel, qtbot: QtBot) -> None:
    table = view(panel).table
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Home)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_Down, SHIFT)
    assert table.rows == [range(1, 3)]
    qtbot.keyClick(table, Qt.Key.Key_C, CONTROL)
    await until(lambda: "2 lines copied" in said(panel, "lettersCount"))
    lines = QGuiApplication.clipboard().text().splitlines()
    assert [line.split("\t")[-1] for line in lines] == ['{"number":1}', '{"number":2}']
    qtbot.keyClick(table, Qt.Key.Key_End)
    await until(shows(panel, 299, 299))
    qtbot.keyClick(table, Qt.Key.Key_Return)
    inspector = view(panel).inspector
    await until(lambda: inspector.letter is not None and inspector.letter.body == b'{"number":299}')
    qtbot.keyClick(table, Qt.Key.Key_Return)
    focused = panel.focusWidget()  # whether the screen's keys come to this window or to another test's
    assert inspector.isAncestorOf(focused)
    removing = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier)
    removing.ignore()
    table.event(removing)
    assert removing.isAccepted()  # or else it would stop a worker
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_F, CONTROL)
    line = child(panel, QLineEdit, "lettersFilter")
    assert panel.focusWidget() is line
    qtbot.keyClick(line, Qt.Key.Key_X)
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert not line.text()


async def test_one_letter_is_edited_through_its_look(moving_panel: LettersPanel) -> None:
    panel = moving_panel
    asked: list[tuple[Look, Letter]] = []
    panel.edit_wanted.connect(lambda look, letter: asked.append((look, letter)))
    view(panel).table.go(5, extend=False)
    child(panel, QPushButton, "lettersEdit").click()
    await until(lambda: asked)
    [(look, letter)] = asked
    assert look is session(panel).look
    assert letter.body == b'{"number":5}'


async def test_an_edit_that_is_asked_for_twice_opens_one_editor(moving_panel: LettersPanel, qtbot: QtBot) -> None:
    panel, asked = moving_panel, list[Letter]()
    panel.edit_wanted.connect(lambda _look, letter: asked.append(letter))
    view(panel).table.go(5, extend=False)
    for _ in range(2):
        qtbot.keyClick(view(panel).table, Qt.Key.Key_E, CONTROL)
    await until(lambda: asked)
    await until(no_work)
    assert len(asked) == 1


async def test_what_was_selected_in_a_queue_that_was_left_is_not_meant_of_the_next_one(
    moving_panel: LettersPanel, jetstream: JetStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was read just before."""
    panel, asked, model = moving_panel, list[Chosen](), view(moving_panel).model
    await jetstream.stream("others_dead", "others_dead")
    panel.requeue_wanted.connect(lambda chosen, _home: asked.append(chosen))
    read = model.read_at

    async def read_and_leave(places: Sequence[range], epoch: int) -> Sequence[LetterLine]:
        lines = await read(places, epoch)
        panel.open(Grave("others_dead"))
        return lines

    monkeypatch.setattr(model, "read_at", read_and_leave)
    monkeypatch.setattr(model, "known", lambda _rows: None)  # as of rows that were never on screen
    view(panel).table.go(5, extend=False)
    child(panel, QPushButton, "lettersHome").click()
    await until(lambda: session(panel).grave == Grave("others_dead"))
    await until(no_work)
    assert not asked


async def test_new_letters_are_there_by_themselves_and_exported_with_all_others(
    panel: LettersPanel, jetstream: JetStream, tmp_path: Path, qtbot: QtBot
) -> None:
    view(panel).table.go(0, extend=False)
    await bury(jetstream, 3)
    await until(lambda: view(panel).model.rowCount() == 303)
    assert view(panel).table.rows == [range(1)]
    exchanged: list[None] = []
    session(panel).exchanged.connect(lambda: exchanged.append(None))
    panel.head.refresh.click()
    await until(lambda: exchanged and not session(panel).busy)
    await until(lambda: view(panel).table.rows == [range(1)])
    await panel.export(tmp_path / "one.jsonl")
    assert len((tmp_path / "one.jsonl").read_text().splitlines()) == 1
    qtbot.keyClick(view(panel).table, Qt.Key.Key_Escape)
    await panel.export(tmp_path / "all.jsonl")
    assert len((tmp_path / "all.jsonl").read_text().splitlines()) == 303
    assert "303 letters exported" in said(panel, "lettersCount")
    await panel.export(tmp_path / "all.jsonl")
    assert "all.jsonl" in said(panel, "lettersCount")


async def test_where_what_is_selected_is_gone_nothing_else_is_exported(
    panel: LettersPanel, jetstream: JetStream, tmp_path: Path
) -> None:
    """Not seen yet, so that it is found out only when it is read."""
    deafen(panel)
    view(panel).table.go(250, extend=False)
    for seq in range(201, 301):
        await jetstream.api("STREAM.MSG.DELETE.dead", {"seq": seq})
    view(panel).model.forget()
    await panel.export(tmp_path / "gone.jsonl")
    assert said(panel, "lettersCount") == "What was selected is not there any more"
    assert not (tmp_path / "gone.jsonl").exists()


async def test_what_was_selected_when_a_file_is_asked_for_is_exported_though_the_selection_is_lost_meanwhile(
    panel: LettersPanel, jetstream: JetStream, tmp_path: Path
) -> None:
    """Somebody else takes a letter, so all are read anew, and so many are not found again."""
    table = view(panel).table
    await until(lambda: numbers(panel, 0, 149)[1] == '{"number":149}')
    table.go(10, extend=False)
    table.go(149, extend=True)
    panel.head.export.click()
    await jetstream.api("STREAM.MSG.DELETE.dead", {"seq": 20})
    await until(lambda: view(panel).model.rowCount() == 299)
    assert table.rows == []
    asking = child(panel, QFileDialog, "lettersFile")
    asking.fileSelected.emit(str(tmp_path / "some.jsonl"))
    asking.reject()
    await until(lambda: "some.jsonl" in said(panel, "lettersCount"))
    assert exported(tmp_path / "some.jsonl") == [*range(11, 20), *range(21, 151)]


async def test_what_is_selected_on_two_pages_stays_selected_on_both(panel: LettersPanel, jetstream: JetStream) -> None:
    """Somebody else takes letters, of which one was selected, so that all are read anew."""
    table = view(panel).table
    table.go(90, extend=False)
    await until(lambda: numbers(panel, 90, 120) == ['{"number":90}', '{"number":120}'])
    table.go(120, extend=True)
    for seq in (3, 95):
        await jetstream.api("STREAM.MSG.DELETE.dead", {"seq": seq})
    await until(lambda: view(panel).model.rowCount() == 298 and table.rows)
    assert table.rows == [range(89, 119)]


async def test_rows_of_letters_that_are_gone_mean_none_that_stand_elsewhere(
    moving_panel: LettersPanel, jetstream: JetStream
) -> None:
    """They went before their page was read."""
    panel, asked = moving_panel, list[Chosen]()
    panel.requeue_wanted.connect(lambda chosen, _home: asked.append(chosen))
    deafen(panel)
    for seq in range(101, 111):
        await jetstream.api("STREAM.MSG.DELETE.dead", {"seq": seq})
    view(panel).table.scrollTo(view(panel).model.index(199, 0))
    await until(lambda: numbers(panel, 189, 190) == ['{"number":199}', "gone meanwhile"])
    view(panel).table.go(188, extend=False)
    view(panel).table.go(195, extend=True)
    child(panel, QPushButton, "lettersHome").click()
    await until(lambda: asked)
    assert (await asked.pop().whole()).ids == (199, 200)
    view(panel).table.go(195, extend=False)
    child(panel, QPushButton, "lettersHome").click()
    await until(lambda: said(panel, "lettersCount") == "What was selected is not there any more")
    assert not asked


async def test_an_export_gets_to_its_end_though_its_look_is_left_meanwhile(
    panel: LettersPanel, jetstream: JetStream, tmp_path: Path
) -> None:
    await bury(jetstream, 20_000)
    await until(lambda: view(panel).model.rowCount() == 20_300)
    file = tmp_path / "all.jsonl"
    exporting = asyncio.create_task(panel.export(file))
    await until(lambda: list(tmp_path.glob("*.part")))
    session(panel).leave("Nobody looked at the tab for a while.")
    await exporting
    assert said(panel, "lettersCount") == "20,300 letters exported to all.jsonl"
    assert len(exported(file)) == 20_300


async def test_a_panel_that_is_closed_meanwhile_is_told_nothing_of_an_export_or_a_copy(
    nats_server: NatsServer, jetstream: JetStream, theme: Theme, tmp_path: Path
) -> None:
    await bury(jetstream, 300)
    studio = await Studio.open(replace(nats_server.connection, read_only=True))
    panel = LettersPanel(studio, theme)
    panel.show()
    await until(lambda: panel.view is not None and panel.view.model.line(0) is not None)
    shown = view(panel)
    shown.table.go(0, extend=False)
    failures: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
    exporting = asyncio.create_task(panel.export(tmp_path / "one.jsonl"))
    await asyncio.sleep(0)  # so that it is under way
    shown.chosen.copy()
    before = asyncio.all_tasks()
    panel.detach()
    shiboken6.delete(panel)
    await exporting
    await until(lambda: not [task for task in before if task.get_name() == WORK and not task.done()])
    await studio.close()
    assert failures == []


async def test_the_first_letter_of_an_empty_queue_is_shown_by_itself_and_its_going_too(
    nats_server: NatsServer, jetstream: JetStream, theme: Theme
) -> None:
    async with panel_on(nats_server.connection, theme) as panel:
        await until(lambda: panel.session is not None and panel.session.phase is Phase.LOOKING)
        await bury(jetstream, 1)
        await until(shows(panel, 0, 0))
        await jetstream.api("STREAM.PURGE.dead")
        await until(lambda: view(panel).model.rowCount() == 0)


async def test_while_a_filter_is_set_it_is_said_that_more_have_come(panel: LettersPanel, jetstream: JetStream) -> None:
    session(panel).sift(Match(text="number"))
    await until(lambda: "300 letters" in said(panel, "lettersCount"))
    await bury(jetstream, 2)
    await until(lambda: "2 more since" in said(panel, "lettersCount"))


async def test_the_menu_of_the_chosen_tells_its_keys_and_exports(panel: LettersPanel, qtbot: QtBot) -> None:
    view(panel).table.go(3, extend=False)
    menu = view(panel).chosen.menu(panel)
    texts = dict(action.text().partition("\t")[::2] for action in menu.actions())
    assert texts == {
        "Requeue to origin": "Ctrl+Return", "Requeue to…": "Ctrl+Shift+Return", "Edit…": "Ctrl+E", "Copy": "Ctrl+C",
        "Export…": "", "Discard…": "Del",
    }  # fmt: skip
    with qtbot.waitSignal(view(panel).chosen.export_wanted):
        next(action for action in menu.actions() if action.text() == "Export…").trigger()
    child(panel, QFileDialog, "lettersFile").reject()


async def test_in_a_small_window_one_reads_letter_by_letter_and_goes_back(panel: LettersPanel) -> None:
    shown, read = view(panel), child(panel, QPushButton, "lettersRead")
    panel.resize(480, 380)
    await until(read.isVisible)
    assert not read.isEnabled()
    shown.table.selectRow(7)
    read.click()
    await until(lambda: shown.inspector.letter is not None)
    assert not shown.table.isVisible()
    assert said(panel, "lettersPlace") == "8 of 300"
    child(panel, QToolButton, "lettersAfter").click()
    await until(lambda: shown.inspector.letter is not None and shown.inspector.letter.id == 9)
    assert said(panel, "lettersPlace") == "9 of 300"
    child(panel, QPushButton, "lettersBack").click()
    assert shown.table.isVisible()
    assert not shown.inspector.isVisible()
    assert shown.table.currentIndex().row() == 8
    panel.resize(480, 800)
    await until(lambda: shown.table.isVisible() and shown.inspector.isVisible())
    table, letter = (each.mapToGlobal(each.rect().center()) for each in (shown.table, shown.inspector))
    assert letter.y() > table.y()
    panel.resize(1000, 640)
    await until(lambda: shown.reading.room.orientation() is Qt.Orientation.Horizontal)
    assert shown.table.isVisible()


async def test_rows_tell_their_age_anew_all_at_once_when_one_is_read(
    panel: LettersPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = view(panel).model.index(2, LetterColumn.WHEN)
    before, now = beside.data(), time.time()
    monkeypatch.setattr("wqstudio.ui.models.letters.time.time", lambda: now + 40)
    view(panel).table.go(1, extend=False)
    await until(lambda: view(panel).inspector.letter is not None)
    assert beside.data() not in {before, None}


async def test_grouping_keeps_the_letter_that_is_chosen(panel: LettersPanel) -> None:
    view(panel).table.go(150, extend=False)
    await until(lambda: view(panel).inspector.letter is not None)
    before = view(panel).inspector.letter
    exchanged: list[None] = []
    session(panel).exchanged.connect(lambda: exchanged.append(None))
    for grouped in (True, False):
        view(panel).filter.group.click()
        assert (session(panel).survey is not None) is grouped
        assert view(panel).model.line(150) is not None  # also before any group is there
        assert view(panel).table.rows == [range(150, 151)]
        await until(lambda: (survey := session(panel).survey) is None or survey.done)
    assert exchanged == []
    assert view(panel).inspector.letter == before


async def test_what_the_monitor_saw_before_the_letters_were_counted_is_no_news(panel: LettersPanel) -> None:
    deafen(panel)
    session(panel).sift(Match(text="number"))
    await until(lambda: "300 letters" in said(panel, "lettersCount"))
    await until(lambda: not session(panel).busy)
    session(panel).follow(310, session(panel).since.arrivals.counted_at - 1)
    assert session(panel).more == 0
    session(panel).follow(310, session(panel).since.arrivals.counted_at + 1)
    assert session(panel).more == 10


async def test_rows_are_read_anew_where_as_many_went_as_came(panel: LettersPanel, jetstream: JetStream) -> None:
    deafen(panel)
    for seq in (1, 2):
        await jetstream.api("STREAM.MSG.DELETE.dead", {"seq": seq})
    await bury(jetstream, 3)
    session(panel).refresh()
    await until(lambda: session(panel).shown == 301)
    await until(lambda: (line := view(panel).model.line(0)) is not None and line.id == 3)


async def test_the_tab_counts_and_follows_the_explorer(
    nats_server: NatsServer, jetstream: JetStream, theme: Theme, tmp_path: Path, qtbot: QtBot
) -> None:
    await bury(jetstream, 12)
    await jetstream.stream("other", metadata={"dead_letter_queue": "true"}, allow_direct=True)
    await jetstream.publish("other.x", b"one")
    await jetstream.stream("jobs", retention="workqueue")
    await jetstream.consumer("jobs", "workers", max_deliver=1)
    await jetstream.publish("jobs.a", b"1", b"2")
    await jetstream.exhaust("jobs", "workers", 2, 1)
    async with window_on(replace(nats_server.connection, read_only=True), theme, tmp_path) as window:
        tabs, tree = child(window, QTabWidget, "tabs"), child(window, QTreeView, "explorerTree")
        panel = child(window, LettersPanel, "lettersPanel")
        tab = tabs.indexOf(panel)
        await until(lambda: tabs.tabText(tab) == "Dead letters 15")
        await until(lambda: tabs.tabToolTip(tab).startswith("13 in dead-letter queues, 2 exhausted in place"))
        assert panel.session is None  # nobody looked yet, so nothing is opened
        explorer = child(window, ExplorerPanel, "explorerPanel")
        menu = QMenu(window)
        add_look(menu, explorer._theme, partial(explorer.look_wanted.emit, Scope("dead")))
        menu.actions()[0].trigger()
        assert tabs.currentWidget() is panel
        await until(lambda: session(panel).grave == Grave("dead"))
        model = tree.model()
        names = [model.index(row, 0).data() for row in range(model.rowCount())]
        tree.setCurrentIndex(model.index(names.index("other"), 0))
        qtbot.keyClick(window, Qt.Key(Qt.Key.Key_1 + tab))
        await until(lambda: panel.view is not None and panel.view.model.line(0) is not None)
        assert session(panel).grave == Grave("other")
        chooser = child(panel, QToolButton, "lettersQueue")
        chooser.menu().aboutToShow.emit()
        offered = [action.text() for action in chooser.menu().actions() if not action.isSeparator()]
        assert offered == ["dead\t12", "exhausted in place: jobs\t2", "other\t1", "Look into another queue …"]
        panel.show_scope(Scope("jobs"))
        await until(lambda: session(panel).grave == Grave("jobs", exhausted=True))
        await until(lambda: session(panel).phase is Phase.LOOKING and preview(panel, 1) == "2")
        await bury(jetstream, 5)
        await until(lambda: tabs.tabText(tab) == "Dead letters 20")


async def test_the_tab_counts_no_letter_twice_that_a_pointer_points_to(
    nats_server: NatsServer, jetstream: JetStream, theme: Theme, tmp_path: Path
) -> None:
    await jetstream.stream("pointers", "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.jobs.>")
    await jetstream.stream("jobs", retention="workqueue")
    await jetstream.consumer("jobs", "workers", max_deliver=1)
    await jetstream.publish("jobs.a", b"1", b"2")
    await jetstream.exhaust("jobs", "workers", 2, 1)
    async with window_on(replace(nats_server.connection, read_only=True), theme, tmp_path) as window:
        panel = child(window, LettersPanel, "lettersPanel")
        await until(lambda: panel.badge_tip.startswith("2 in dead-letter queues, 2 exhausted in place; some of the"))
        assert panel.badge == "Dead letters 2"


async def test_a_queue_that_nobody_told_of_is_marked_by_hand(
    nats_server: NatsServer, jetstream: JetStream, theme: Theme
) -> None:
    await jetstream.stream("later", "later.>", allow_direct=True)
    await jetstream.publish("later.a", b"1", headers={"Reason": "rejected", "Original-Subject": "jobs.a"})
    async with panel_on(nats_server.connection, theme) as panel:
        await until(lambda: panel.session is not None and panel.session.phase is Phase.LOOKING)
        assert not panel.head.mark.isVisible()
        panel.open(Grave("later"))
        await until(lambda: "tell of their deaths" in said(panel, "lettersNote"))
        panel.head.mark.click()
        await until(lambda: panel.badge == "Dead letters 1" and not panel.head.mark.isVisible())


async def test_what_is_selected_is_opened_once_it_is_marked(panel: LettersPanel, jetstream: JetStream) -> None:
    await jetstream.stream("parked", allow_direct=True)
    await until(lambda: session(panel).grave == Grave("dead"))
    panel.show_scope(Scope("parked"))
    mark(panel._studio, "parked", keeps=True)
    await until(lambda: session(panel).grave == Grave("parked"))


async def test_what_dies_in_the_selected_queue_takes_nobody_away_from_what_is_read(
    panel: LettersPanel, jetstream: JetStream
) -> None:
    await jetstream.stream("jobs", retention="workqueue")
    await jetstream.consumer("jobs", "workers", max_deliver=1)
    await jetstream.publish("jobs.a", b"1", b"2")
    await until(lambda: session(panel).grave == Grave("dead"))
    panel.show_scope(Scope("jobs"))
    await jetstream.exhaust("jobs", "workers", 2, 1)
    await until(lambda: "2 exhausted in place" in panel.badge_tip)
    assert session(panel).grave == Grave("dead")


async def test_what_is_called_like_dead_letters_is_offered(nats_server: NatsServer, theme: Theme) -> None:
    user = await JetStream.connect(nats_server)
    await user.stream("failed", allow_direct=True)
    await user.publish("failed.a", b"of which no header tells that it died")
    async with panel_on(nats_server.connection, theme) as panel:
        await until(lambda: "By the name, failed may keep some: look there." in panel.empty.said)
        menu = child(panel, QToolButton, "lettersQueue").menu()
        menu.aboutToShow.emit()
        offered = menu.actions()[0]
        assert (offered.text(), offered.toolTip()[:18]) == ("failed may keep dead letters\t1", "Its name says so, ")
        offered.trigger()
        await until(lambda: panel.view is not None and panel.view.model.line(0) is not None)
        panel.head.mark.click()
        await until(lambda: panel.badge == "Dead letters 1")
        menu.aboutToShow.emit()
        assert menu.actions()[0].text() == "failed\t1"
    await user.close()


async def test_where_there_is_nothing_it_is_said_what_would_be(
    nats_server: NatsServer, theme: Theme, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    connection = replace(nats_server.connection, read_only=True)
    user = await JetStream.connect(nats_server)
    async with panel_on(connection, theme) as panel:
        await until(lambda: "dead_letter_queue=true" in panel.empty.said)
        await user.stream("dead", metadata={"dead_letter_queue": "true"}, allow_direct=True)
        await until(lambda: panel.view is not None and "dead is empty" in panel.view.empty.said)
        panel.open(Grave("nowhere"))
        await until(lambda: said(panel, "checkoutTitle") == "nowhere could not be opened")
        assert "nowhere" in said(panel, "checkoutSentences")
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    async with panel_on(connection, theme) as panel:
        assert "journal of dead letters is not available" in panel.empty.said
        panel.open(Grave("dead"))  # in vain, and without harm
    await user.close()


# --- RabbitMQ

POLICIES = "policies/{vhost}"


def bury_in(user: RabbitUser, queue: str, count: int, **arguments: object) -> None:
    user.declare(f"{queue}.dead", arguments)
    letters = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": f"{queue}.dead"}
    user.declare(queue, {**letters, **arguments})
    for number in range(count):
        user.publish(queue, b'{"number":%d}' % number)
    for method, _, _ in user.take(queue, count):
        user.nack(method.delivery_tag, requeue=False)


async def priced(panel: LettersPanel) -> None:
    await until(lambda: session(panel).phase is Phase.PRICED and not session(panel).busy, within=20)


async def test_where_nothing_leads_any_more_a_look_finds_dead_letters(
    rabbit_host: RabbitHost, user: RabbitUser, theme: Theme
) -> None:
    bury_in(user, "jobs", 3)
    await until(lambda: user.ready("jobs.dead") == 3)
    user.delete("jobs")
    async with panel_on(rabbit_host.connection, theme) as panel:
        await until(lambda: "jobs.dead may keep some" in panel.empty.said, within=20)
        panel.open(Grave("jobs.dead"))
        await priced(panel)
        child(panel, QPushButton, "checkoutLook").click()
        await until(lambda: panel.badge == "Dead letters 3", within=20)
        await until(lambda: "Its messages carry x-death, so it counts" in said(panel, "lettersNote"))
        assert not panel.head.mark.isVisible()


async def test_looking_is_paid_for_after_it_was_said_what_it_costs_and_given_back(
    rabbit_host: RabbitHost, user: RabbitUser, theme: Theme
) -> None:
    bury_in(user, "jobs", 27)
    await until(lambda: user.ready("jobs.dead") == 27)
    async with panel_on(replace(rabbit_host.connection, read_only=True), theme) as panel:
        await priced(panel)
        assert "redelivered" in said(panel, "checkoutSentences")
        assert user.ready("jobs.dead") == 27
        child(panel, QPushButton, "checkoutLook").click()
        await until(shows(panel, 26, 26))
        assert user.ready("jobs.dead") == 0
        assert said(panel, "heldText").startswith("27 held, given back in 29:")
        assert not panel.head.order.isEnabled()
        deafen(panel)
        for later, more in ((5, 0), (11, 0), (12, 2)):  # its statistics come late, and stay wrong for one poll
            session(panel).follow(29, session(panel).since.arrivals.counted_at + later)
            assert session(panel).more == more
        child(panel, QPushButton, "heldGiveBack").click()
        assert said(panel, "checkoutSentences") == "What was held is given back."
        await until(lambda: user.ready("jobs.dead") == 27)
        child(panel, QPushButton, "checkoutAgain").click()
        await priced(panel)
        child(panel, QPushButton, "checkoutLook").click()
        await until(shows(panel, 0, 0))
        assert panel._watch is not None
        panel._watch._away.setInterval(50)
        panel.hide()
        await until(lambda: user.ready("jobs.dead") == 27)
        panel.show()
        assert "Nobody looked" in said(panel, "checkoutSentences")


async def test_a_look_that_could_lose_a_message_is_refused_until_the_limit_is_lifted(
    rabbit_host: RabbitHost, user: RabbitUser, theme: Theme
) -> None:
    bury_in(user, "orders", 5, **{"x-queue-type": "quorum"})
    set_policy(rabbit_host, "orders.dead", delivery_limit=20)
    await until(lambda: user.ready("orders.dead") == 5)
    async with panel_on(rabbit_host.connection, theme) as panel:
        await priced(panel)
        lift = child(panel, QPushButton, "checkoutLift")
        assert lift.isVisible()
        assert not child(panel, QPushButton, "checkoutLook").isVisible()
        assert "Lift the delivery limit" in said(panel, "checkoutRefusal")
        lift.click()
        await until(lambda: "may set no policies" in said(panel, "checkoutTrouble"), within=20)
        make_policymaker(rabbit_host)
        await until(lift.isEnabled)
        lift.click()
        await until(lambda: session(panel).phase is Phase.LOOKING, within=30)
        await until(shows(panel, 4, 4))
        assert "looks left" in said(panel, "heldText")
        assert user.ready("orders.dead") == 0
        session(panel).leave("enough")
        await until(lambda: user.ready("orders.dead") == 5)
        await until(lambda: [each["name"] for each in rabbit_host.manage("GET", POLICIES)] == ["of-orders.dead"])


async def test_a_lost_connection_is_said_and_looked_through_again(
    rabbit_host: RabbitHost, user: RabbitUser, theme: Theme
) -> None:
    bury_in(user, "jobs", 3)
    await until(lambda: user.ready("jobs.dead") == 3)
    async with panel_on(replace(rabbit_host.connection, read_only=True), theme) as panel:
        await priced(panel)
        child(panel, QPushButton, "checkoutLook").click()
        await until(shows(panel, 2, 2))
        ours: list[str] = []

        def listed() -> list[str]:
            connections = rabbit_host.manage("GET", "vhosts/{vhost}/connections")
            names = [
                (each["name"], each.get("client_properties", {}).get("connection_name", "")) for each in connections
            ]
            ours[:] = [name for name, given in names if "letters" in given]
            return ours

        await until(listed)
        rabbit_host.manage("DELETE", f"connections/{ours[0].replace(' ', '%20').replace('>', '%3E')}")
        await until(lambda: user.ready("jobs.dead") == 3)
        await until(lambda: session(panel).phase is Phase.ENDED)
        assert "given back" in said(panel, "checkoutSentences")
        child(panel, QPushButton, "checkoutAgain").click()
        await priced(panel)
