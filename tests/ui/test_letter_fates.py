"""What the tab of dead letters says while its letters are moved, and of those that have gone."""

import asyncio
import base64
import re
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDoubleSpinBox, QLabel, QLineEdit, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from tests.contract.graveyards import DEAD, WORK, NatsGraveyard, RabbitGraveyard, buried
from tests.rabbit_servers import RabbitHost
from tests.ui.letter_windows import (
    ORDERS,
    check_out,
    choose,
    click,
    confirm,
    desk,
    look,
    press,
    result,
    sheet,
)
from tests.ui.windows import child, window_on
from tests.waiting import until
from wqstudio.domain.redrive import Action, Match, Plan, RunState
from wqstudio.engine.looks import wire
from wqstudio.engine.looks.dead_letters import journal_file
from wqstudio.engine.looks.process import LettersProcess, MoveError
from wqstudio.engine.looks.redrive_process import RedriveProcess
from wqstudio.engine.moves.redrive import new_run
from wqstudio.ui.main_window import MainWindow
from wqstudio.ui.models.letter_cells import RowState
from wqstudio.ui.models.letter_rows import LetterColumn
from wqstudio.ui.panels.death_timeline import DeathTimeline
from wqstudio.ui.panels.letter_inspector import LetterInspector
from wqstudio.ui.panels.letter_pane import LetterPane
from wqstudio.ui.panels.letters import LettersPanel
from wqstudio.ui.panels.letters_table import LettersTable
from wqstudio.ui.theme import Theme


def inspector(window: MainWindow) -> LetterInspector:
    return child(window, LetterInspector, "letterInspector")


async def reads(window: MainWindow, qtbot: QtBot, row: int) -> None:
    """A person clicks on a row, and its letter is shown."""
    table = child(window, LettersTable, "lettersTable")
    at = table.visualRect(table.model().index(row, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    await shown(window, ORDERS[row])


async def shown(window: MainWindow, body: bytes) -> None:
    await until(lambda: (letter := inspector(window).letter) is not None and letter.body == body)


async def fate(window: MainWindow) -> str:
    await until(lambda: inspector(window).fate)
    label = child(window, QLabel, "letterFateText")
    assert label.isVisible()
    return label.text()


def counted(window: MainWindow) -> str:
    return child(window, QLabel, "lettersCount").text()


def head(window: MainWindow) -> str:
    return child(window, QToolButton, "lettersQueue").text().split()[-1]


async def test_a_letter_that_was_requeued_says_so_and_the_next_is_a_click_away(
    window: MainWindow, graveyard: NatsGraveyard, qtbot: QtBot
) -> None:
    await reads(window, qtbot, 4)
    table = child(window, LettersTable, "lettersTable")
    qtbot.keyClick(table, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(await sheet(window), Qt.Key.Key_Return)
    assert (await fate(window)).startswith(f"Requeued to {WORK} at ")
    await shown(window, ORDERS[4])
    assert not child(window, QPushButton, "letterEdit").isEnabled()
    await until(lambda: table.model().rowCount() == 29)
    click(window, "letterNext", qtbot)
    await shown(window, ORDERS[5])
    assert inspector(window).fate == ""
    assert child(window, QPushButton, "letterEdit").isEnabled()
    assert await graveyard.bodies(WORK) == [ORDERS[4]]


async def test_a_letter_that_was_brought_back_is_not_said_to_be_where_it_went(window: MainWindow, qtbot: QtBot) -> None:
    await reads(window, qtbot, 4)
    table = child(window, LettersTable, "lettersTable")
    qtbot.keyClick(table, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(await sheet(window), Qt.Key.Key_Return)
    assert (await fate(window)).startswith(f"Requeued to {WORK} at ")
    await result(window)
    await until(child(window, QPushButton, "runUndo").isVisible)
    [newest] = desk(window).journal.page(0, 1, desk(window).place)
    await desk(window).undo(newest)
    await until(lambda: inspector(window).fate.startswith(f"Requeued to {WORK}, and brought back to {DEAD} at "))


async def test_the_arrow_keys_go_on_beside_the_gap_of_a_letter_that_was_discarded(
    window: MainWindow, qtbot: QtBot
) -> None:
    await reads(window, qtbot, 4)
    table = child(window, LettersTable, "lettersTable")
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    await confirm(await sheet(window), qtbot)
    assert (await fate(window)).startswith("Discarded at ")
    await until(lambda: table.model().rowCount() == 29 and table.model().index(4, 0).data() is not None)
    qtbot.keyClick(table, Qt.Key.Key_Up)
    await shown(window, ORDERS[3])


async def test_a_letter_that_somebody_else_took_is_said_to_be_gone(
    window: MainWindow, graveyard: NatsGraveyard, qtbot: QtBot
) -> None:
    await reads(window, qtbot, 0)
    user = await graveyard._jetstream()
    await user.api(f"STREAM.MSG.DELETE.{DEAD}", {"seq": 1})
    assert f"It is not in {DEAD} any more" in await fate(window)


async def test_with_its_stream_goes_what_was_read_and_chosen_though_one_made_anew_has_letters_of_the_same_ids(
    window: MainWindow, graveyard: NatsGraveyard, qtbot: QtBot
) -> None:
    await reads(window, qtbot, 4)
    await graveyard.remove(DEAD)
    await graveyard.make()
    others = [b"other %d" % number for number in range(31)]
    await graveyard.bury(others)
    assert f"It is not in {DEAD} any more" in await fate(window)
    await until(lambda: counted(window) == "31 letters")
    await shown(window, ORDERS[4])
    click(window, "letterNext", qtbot)
    await until(lambda: (letter := inspector(window).letter) is not None and letter.body in others)


async def test_while_a_run_goes_on_a_letter_that_has_gone_says_so(window: MainWindow, qtbot: QtBot) -> None:
    await reads(window, qtbot, 0)
    run = desk(window).begin(look(window), Plan(DEAD, rate=5))
    assert (await fate(window)).startswith(f"Requeued to {WORK} at ")
    assert not run.is_over
    run.cancel()
    await run.over()


async def test_a_letter_that_is_refused_is_shown_on(window: MainWindow, graveyard: NatsGraveyard, qtbot: QtBot) -> None:
    await graveyard.limit_work(3)
    await reads(window, qtbot, 5)
    desk(window).begin(look(window), Plan(DEAD))
    await result(window)
    await until(lambda: counted(window).startswith("1 of 27 selected"))
    await shown(window, ORDERS[5])
    assert inspector(window).fate == ""


async def test_counts_follow_a_run(window: MainWindow) -> None:
    run = desk(window).begin(look(window), Plan(DEAD, rate=4))

    def agree() -> bool:
        left = len(ORDERS) - run.progress.moved
        return counted(window) == f"{left} letters" and head(window) == str(left)

    await until(lambda: run.progress.moved >= 3)
    await until(agree)
    assert not run.is_over
    run.cancel()
    await run.over()
    await until(agree)


async def test_counts_follow_a_run_that_is_finished(window: MainWindow, graveyard: NatsGraveyard) -> None:
    """What it had taken before was counted when its letters were looked at."""
    begun = RedriveProcess(
        LettersProcess(graveyard.connection, journal_file()), new_run(), Plan(DEAD, rate=8), lambda _: None
    )
    await until(lambda: begun.progress.moved >= 6)
    begun.kill()
    with pytest.raises(MoveError):
        await begun.run()
    child(window, QToolButton, "lettersRefresh").click()
    left = len(await graveyard.bodies(DEAD))
    await until(lambda: counted(window) == f"{left} letters")
    [entry] = await desk(window).interrupted()
    rest = await desk(window).finish(entry)
    assert counted(window) == f"{left} letters"
    await until(lambda: rest.progress.moved > entry.progress.moved)
    await rest.halt()
    now = len(await graveyard.bodies(DEAD))
    await until(lambda: counted(window) == f"{now} letters")
    rest.cancel()
    await rest.over()


async def test_of_what_is_selected_those_that_have_gone_are_not_counted_any_more(
    window: MainWindow, qtbot: QtBot
) -> None:
    choose(window, qtbot, 20)
    window.actions_by_name["requeueHome"].trigger()
    preview = await sheet(window)
    child(preview, QDoubleSpinBox, "moveRate").setValue(4)
    await until(child(preview, QPushButton, "moveGo").isEnabled)
    press(preview, "moveGo")
    await until(lambda: desk(window).runs)
    [run] = desk(window).runs

    def agree() -> bool:
        moved = run.progress.moved
        return counted(window).startswith(f"{20 - moved} of {30 - moved} selected")

    await until(lambda: run.progress.moved >= 2)
    await until(agree)
    assert not run.is_over
    run.cancel()
    await run.over()


async def test_what_a_run_did_is_counted_before_rabbitmqs_statistics_tell_of_it(
    rabbit_host: RabbitHost, theme: Theme, tmp_path: Path
) -> None:
    async with (
        buried(RabbitGraveyard(rabbit_host, "classic"), ORDERS) as graveyard,
        window_on(graveyard.connection, theme, tmp_path) as window,
    ):
        await check_out(window)
        await until(lambda: counted(window) == "30 letters")
        ids = tuple(line.id for line in await look(window).page(0, 10))
        await desk(window).begin(look(window), Plan(DEAD, ids=ids)).over()
        await until(lambda: counted(window) == "20 letters")
        assert head(window) == "20"


async def test_what_a_discard_has_taken_is_never_counted_twice(
    rabbit_host: RabbitHost, theme: Theme, tmp_path: Path
) -> None:
    """Look and run both tell of it, each at its own time: the count would jump below what is left, and back."""
    async with (
        buried(RabbitGraveyard(rabbit_host, "classic"), ORDERS * 50) as graveyard,
        window_on(graveyard.connection, theme, tmp_path) as window,
    ):
        await check_out(window)
        await until(lambda: counted(window) == "1,500 letters")
        session = child(window, LettersPanel, "lettersPanel").session
        assert session is not None
        shown: list[int] = []
        session.counted.connect(lambda: shown.append(session.count))
        await desk(window).begin(look(window), Plan(DEAD, Action.DISCARD, rate=300)).over()
        await until(lambda: counted(window) == "0 letters")
        assert len(set(shown)) > 5
        assert shown == sorted(shown, reverse=True)


async def test_how_long_ago_a_letter_died_is_said_alike_in_its_head_and_its_history(
    window: MainWindow, qtbot: QtBot
) -> None:
    await reads(window, qtbot, 0)
    facts = child(window, QLabel, "letterFacts")
    await until(lambda: re.search(r"\d\d\Ws ago", facts.text()))  # by the second, some time after it was shown
    ages = [re.findall(r"\d\d\Ws ago", text) for text in texts(child(window, DeathTimeline, "deathTimeline"))]
    assert re.findall(r"\d\d\Ws ago", facts.text()) in ages, ages


async def test_the_list_shows_the_text_that_is_in_base64(window: MainWindow, graveyard: NatsGraveyard) -> None:
    await graveyard.bury([base64.b64encode(b'{"order": "inside"}')])
    model = child(window, LettersTable, "lettersTable").model()
    await until(lambda: model.index(len(ORDERS), LetterColumn.PREVIEW).data() == '{"order": "inside"}')


async def test_rows_that_a_run_has_moved_go_while_it_is_paused(window: MainWindow) -> None:
    table = child(window, LettersTable, "lettersTable")
    table.selectAll()
    run = desk(window).begin(look(window), Plan(DEAD, rate=5))
    await until(lambda: run.progress.moved >= 3)
    press(window, "runPause")
    first = table.model().index
    await until(lambda: table.model().rowCount() == len(ORDERS) - run.progress.moved)
    await until(lambda: first(0, LetterColumn.PREVIEW).data() == ORDERS[run.progress.moved].decode())
    assert not run.is_over
    assert table.all_chosen
    assert counted(window) == f"all that match selected: {len(ORDERS) - run.progress.moved}"
    run.cancel()
    await run.over()


async def test_rows_go_that_were_moved_while_they_were_counted(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, run = look(window), desk(window).begin(look(window), Plan(DEAD, rate=5))
    counting = looked._asked
    late: list[int] = []

    async def slow(question: wire.Question, *rest: Any) -> Any:
        answer = await counting(question, *rest)
        if isinstance(question, wire.CatchUp) and not late:
            late.append(run.progress.moved)
            await until(lambda: run.progress.moved > late[0])
            press(window, "runPause")
            await until(lambda: run.progress.state is RunState.PAUSED)
        return answer

    monkeypatch.setattr(looked, "_asked", slow)
    await until(lambda: late)
    model = child(window, LettersTable, "lettersTable").model()
    await until(lambda: run.progress.state is RunState.PAUSED)
    await until(lambda: model.rowCount() == len(ORDERS) - run.progress.moved)
    run.cancel()
    await run.over()


async def test_what_is_chosen_below_stays_so_while_rows_above_go(window: MainWindow, qtbot: QtBot) -> None:
    await reads(window, qtbot, 20)
    table = child(window, LettersTable, "lettersTable")
    run = desk(window).begin(look(window), Plan(DEAD, rate=5))
    await until(lambda: run.progress.moved >= 3)
    press(window, "runPause")
    await until(lambda: table.rows == [range(20 - run.progress.moved, 21 - run.progress.moved)])
    await shown(window, ORDERS[20])
    assert table.model().index(table.rows[0].start, LetterColumn.PREVIEW).data() == ORDERS[20].decode()
    run.cancel()
    await run.over()


async def test_what_is_chosen_while_others_take_its_place_is_what_it_looked_like(window: MainWindow) -> None:
    table, session = child(window, LettersTable, "lettersTable"), child(window, LettersPanel, "lettersPanel").session
    assert session is not None
    looks: list[str] = []

    def preview(row: int) -> str:
        return str(table.model().index(row, LetterColumn.PREVIEW).data())

    def choose_at_once() -> None:
        if not looks:
            looks.append(preview(10))
            table.go(10, extend=False)

    session.exchanged.connect(choose_at_once)
    run = desk(window).begin(look(window), Plan(DEAD, rate=4))
    await until(lambda: looks)
    assert looks[0] in [body.decode() for body in ORDERS]
    press(window, "runPause")
    await until(lambda: table.rows and preview(table.rows[0].start) == looks[0])
    await shown(window, looks[0].encode())
    run.cancel()
    await run.over()


async def test_the_last_letter_stays_chosen_while_those_before_it_go(window: MainWindow) -> None:
    await keeps_its_last(window, ORDERS)


async def test_the_last_letter_of_a_rabbitmq_look_stays_chosen_while_those_before_it_go(
    rabbit_host: RabbitHost, theme: Theme, tmp_path: Path
) -> None:
    async with (
        buried(RabbitGraveyard(rabbit_host, "classic"), ORDERS) as graveyard,
        window_on(graveyard.connection, theme, tmp_path) as window,
    ):
        await looks(window, len(ORDERS))
        await keeps_its_last(window, ORDERS)


async def keeps_its_last(window: MainWindow, bodies: list[bytes]) -> None:
    """The rows that the table has too many meanwhile stand where it does."""
    table, last = child(window, LettersTable, "lettersTable"), bodies[-1]
    table.go(len(bodies) - 1, extend=False)
    await shown(window, last)
    run = desk(window).begin(look(window), Plan(DEAD, rate=10))
    await until(lambda: run.progress.moved >= 15)
    press(window, "runPause")
    await until(lambda: table.model().rowCount() == len(bodies) - run.progress.moved)
    await until(lambda: table.rows == [range(table.model().rowCount() - 1, table.model().rowCount())])
    assert table.model().index(table.rows[0].start, LetterColumn.PREVIEW).data() == last.decode()
    await shown(window, last)
    run.cancel()
    await run.over()


async def test_counts_agree_and_nothing_is_called_a_fault_while_a_rabbitmq_run_takes_all(
    rabbit_host: RabbitHost, theme: Theme, tmp_path: Path
) -> None:
    graveyard, count = RabbitGraveyard(rabbit_host, "classic"), 300
    await graveyard.make()
    await graveyard.lay([b"%d" % number for number in range(count)])
    async with window_on(graveyard.connection, theme, tmp_path) as window:
        await looks(window, count)
        table, panel = child(window, LettersTable, "lettersTable"), child(window, LettersPanel, "lettersPanel")
        table.selectAll()
        run = desk(window).begin(look(window), Plan(DEAD, rate=30))
        said: set[str] = set()
        while run.progress.moved < 180:  # beyond a check of what is held
            said.add(counted(window))
            await asyncio.sleep(0.02)
        assert all(each.startswith("all that match selected: ") for each in said), said
        assert not inspector(window).isVisible()
        press(window, "runPause")

        def agree() -> bool:
            left = count - run.progress.moved
            held = int(child(window, QLabel, "heldText").text().split()[0])
            return counted(window).endswith(f": {left}") and head(window) == f"{left}" and held <= left

        await until(agree)
        assert panel.badge == f"Dead letters {count - run.progress.moved}"
        await until(lambda: table.model().rowCount() == count - run.progress.moved)
        assert panel.session is not None
        pane = LetterPane(panel.session, theme)
        pane.read(1)  # as who chose its row just before it went
        await until(lambda: "It was moved while it was being read." in texts(pane))
        assert "The dead letter is gone" in texts(pane)
        pane.deleteLater()
        run.cancel()
        await run.over()
    await graveyard.close()


def texts(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel)]


async def looks(window: MainWindow, count: int) -> None:
    """At letters of RabbitMQ, once that is agreed to."""
    panel = child(window, LettersPanel, "lettersPanel")
    await until(lambda: panel.badge == f"Dead letters {count}")
    await check_out(window)
    await until(lambda: window.findChild(LettersTable, "lettersTable") is not None)
    await until(lambda: child(window, LettersTable, "lettersTable").model().index(0, 0).data() is not None)


async def test_with_a_filter_set_rows_go_while_a_run_takes_them(window: MainWindow, qtbot: QtBot) -> None:
    line, table = child(window, QLineEdit, "lettersFilter"), child(window, LettersTable, "lettersTable")
    qtbot.keyClicks(line, "order")
    await until(lambda: look(window).survey is not None and counted(window) == "30 letters")
    run = desk(window).begin(look(window), Plan(DEAD, match=Match(text="order"), rate=4))
    await until(lambda: run.progress.moved >= 3 and table.model().rowCount() <= 30 - 3)
    assert not run.is_over
    first = table.model().index(0, LetterColumn.PREVIEW)
    await until(lambda: first.data() not in (None, ORDERS[0].decode(), RowState.COMING.value))
    assert not run.is_over
    await until(lambda: counted(window) == f"{30 - run.progress.moved} letters")
    run.cancel()
    await run.over()


async def test_with_a_filter_set_rows_go_while_a_run_takes_what_a_rabbitmq_look_holds(
    rabbit_host: RabbitHost, theme: Theme, tmp_path: Path, qtbot: QtBot
) -> None:
    async with (
        buried(RabbitGraveyard(rabbit_host, "classic"), ORDERS) as graveyard,
        window_on(graveyard.connection, theme, tmp_path) as window,
    ):
        await check_out(window)
        await until(lambda: counted(window) == "30 letters")
        qtbot.keyClicks(child(window, QLineEdit, "lettersFilter"), "order")
        await until(lambda: (survey := look(window).survey) is not None and survey.done)
        run = desk(window).begin(look(window), Plan(DEAD, match=Match(text="order"), rate=4))
        table = child(window, LettersTable, "lettersTable")
        await until(lambda: run.progress.moved >= 3 and table.model().rowCount() <= 30 - 3)
        assert not run.is_over
        await until(lambda: counted(window) == f"{30 - run.progress.moved} letters")
        run.cancel()
        await run.over()
