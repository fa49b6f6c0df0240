"""The inspector of one dead letter."""

import asyncio
import gzip
import json
import os
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QScrollBar,
    QTabBar,
    QTabWidget,
    QTreeView,
    QWidget,
)

from tests.jetstream import JetStream
from tests.rabbit_letters import opened as opened_letters
from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from tests.servers import NatsServer
from tests.ui.letters import ORDER, WRAPPED, pointed_letter, rabbit_letter
from tests.ui.windows import child
from tests.waiting import until
from wqstudio.brokers.factory import open_letters
from wqstudio.brokers.letters import Held, Letters
from wqstudio.engine.letters.bodies import FIRST
from wqstudio.engine.letters.lines import line
from wqstudio.ui.panels.code_view import CodeView
from wqstudio.ui.panels.letter_inspector import LetterInspector
from wqstudio.ui.theme import Theme


@pytest.fixture
def inspector(theme: Theme) -> Iterator[LetterInspector]:
    shown = LetterInspector(theme)
    shown.resize(480, 640)
    shown.show()
    shown.activateWindow()
    yield shown
    shown.close()
    shown.deleteLater()


def body(inspector: LetterInspector) -> CodeView:
    return child(inspector, CodeView, "bodyText")


def text(inspector: QWidget, name: str) -> str:
    return child(inspector, QLabel, name).text()


def tabs(inspector: LetterInspector) -> list[str]:
    bar = child(inspector, QTabWidget, "letterTabs")
    return [bar.tabText(tab) for tab in range(bar.count()) if bar.isTabVisible(tab)]


async def press(inspector: LetterInspector, key: Qt.Key) -> None:
    """With Ctrl, from where the tabs are."""
    await until(inspector.isActiveWindow)
    child(inspector, QTabWidget, "letterTabs").setFocus()
    QTest.keyClick(inspector, key, Qt.KeyboardModifier.ControlModifier)


def click(inspector: LetterInspector, name: str) -> None:
    child(inspector, QAbstractButton, name).click()


def choose(inspector: LetterInspector, menu: str, action: str) -> None:
    next(each for each in child(inspector, QMenu, menu).actions() if each.objectName() == action).trigger()


async def test_nothing_chosen_says_what_would_be_here(inspector: LetterInspector) -> None:
    assert "Select a dead letter" in inspector.empty.said
    assert inspector.empty.isVisible()
    inspector.show_letter(rabbit_letter())
    assert not inspector.empty.isVisible()
    inspector.show_failure("The connection is gone.")
    assert inspector.letter is None
    assert "The connection is gone." in inspector.empty.said


async def test_the_head_tells_why_and_where_and_when(inspector: LetterInspector) -> None:
    inspector.show_letter(rabbit_letter())
    assert text(inspector, "letterReason") == "rejected"
    assert text(inspector, "letterWay") == "orders → orders.dead"
    assert "first died 2 h ago, of 3 times" in text(inspector, "letterFacts").replace("\u202f", " ")
    assert "3 deliveries" in text(inspector, "letterFacts")
    assert text(inspector, "letterError") == "ValueError: <b>no</b> address"
    assert child(inspector, QLabel, "letterError").textFormat() is Qt.TextFormat.PlainText
    assert tabs(inspector) == ["Body", "Headers 3", "History 2"]


async def test_a_wrapped_body_is_opened_and_each_wrap_can_be_looked_at(inspector: LetterInspector) -> None:
    inspector.show_letter(rabbit_letter())
    await until(lambda: not body(inspector).filling)
    assert json.loads(body(inspector).text) == ORDER
    assert body(inspector).text.startswith('{\n  "order": {')
    chips = [child(inspector, QPushButton, f"bodyLayer{level}") for level in range(3)]
    assert [chip.text() for chip in chips] == ["base64", "gzip", "JSON"]
    chips[1].click()
    assert body(inspector).text.startswith("00000000  1f 8b 08")
    chips[0].click()
    assert body(inspector).text == WRAPPED.decode()
    assert child(inspector, QPushButton, "bodyAsText").isChecked()


async def test_a_body_is_read_as_what_is_chosen(inspector: LetterInspector) -> None:
    inspector.show_letter(rabbit_letter(b'{"a": 1}'))
    click(inspector, "bodyAsHex")
    assert body(inspector).text.startswith("00000000  7b 22 61")
    click(inspector, "bodyAsText")
    assert body(inspector).text == '{"a": 1}'
    click(inspector, "bodyAsMessagePack")
    assert "not MessagePack" in text(inspector, "bodyNote")
    assert child(inspector, QPushButton, "bodyAsHex").isChecked()
    inspector.show_letter(rabbit_letter(b"[1,,2]"))
    click(inspector, "bodyAsJSON")
    assert "Line 1, column 4" in text(inspector, "bodyNote")


async def test_what_is_not_recognised_is_unwrapped_by_hand(inspector: LetterInspector) -> None:
    inspector.show_letter(rabbit_letter(zlib.compress(b'{"deflated": true}', wbits=-15)))
    choose(inspector, "bodyUnwrapMenu", "unwrapDEFLATE")
    assert '"deflated": true' in body(inspector).text
    assert child(inspector, QPushButton, "bodyLayer0").text() == "deflate"
    choose(inspector, "bodyUnwrapMenu", "unwrapGZIP")
    assert "cannot be opened" in text(inspector, "bodyNote")


async def test_damage_is_said(inspector: LetterInspector) -> None:
    inspector.show_letter(rabbit_letter(gzip.compress(b'{"a": 1}')[:-5]))
    assert "ends too early" in text(inspector, "bodyNote")
    inspector.show_letter(rabbit_letter(b""))
    assert text(inspector, "bodyNote") == "The body is empty."


async def test_words_are_found_by_keyboard(inspector: LetterInspector) -> None:
    inspector.show_letter(rabbit_letter())
    child(inspector, QTabWidget, "letterTabs").setCurrentIndex(1)
    await press(inspector, Qt.Key.Key_F)
    field = child(inspector, QLineEdit, "findField")
    assert field.isVisible()
    field.setText("SKU")
    assert text(inspector, "findCount") == "2 found"
    first = body(inspector).textCursor().selectionStart()
    assert body(inspector).textCursor().selectedText() == "sku"
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert body(inspector).textCursor().selectionStart() > first
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert body(inspector).textCursor().selectionStart() == first
    field.setText("nowhere")
    assert text(inspector, "findCount") == "not found"
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not field.isVisible()


async def test_the_body_is_copied_and_saved(inspector: LetterInspector, tmp_path: Path) -> None:
    inspector.show_letter(rabbit_letter())
    click(inspector, "bodyCopy")
    assert json.loads(QGuiApplication.clipboard().text()) == ORDER
    came, inside = tmp_path / "came", tmp_path / "inside"
    inspector.body.save(came, inside=False)
    inspector.body.save(inside, inside=True)
    await until(lambda: came.exists() and inside.exists())
    await until(lambda: "Saved" in text(inspector, "bodyNote"))
    assert came.read_bytes() == WRAPPED
    assert json.loads(inside.read_bytes()) == ORDER
    inspector.body.save(tmp_path / "no" / "where", inside=False)
    await until(lambda: "could not be done" in text(inspector, "bodyNote"))


async def test_a_large_body_shows_its_beginning_at_once_and_all_of_it_on_demand(inspector: LetterInspector) -> None:
    large = json.dumps([{"number": number, "name": "x" * 40} for number in range(30_000)]).encode()
    inspector.show_letter(rabbit_letter(large))
    assert '"number": 0' in body(inspector).text
    await until(lambda: not body(inspector).filling)
    assert "The first 262 kB of 2.1 MB" in text(inspector, "bodyNote")
    assert '"number": 29999' not in body(inspector).text
    child(inspector, QPushButton, "bodyShowAll").setFocus()
    click(inspector, "bodyShowAll")
    assert body(inspector).hasFocus()
    await until(lambda: "Filling" in text(inspector, "bodyNote"))
    await until(lambda: not body(inspector).filling, within=60)
    assert text(inspector, "bodyNote") == ""
    assert json.loads(body(inspector).text) == json.loads(large)
    assert not child(inspector, QPushButton, "bodyShowAll").isVisible()


async def test_what_comes_too_late_is_not_shown(inspector: LetterInspector) -> None:
    inspector.show_letter(rabbit_letter(b"[" + b"1," * 1_000_000 + b"1]"))
    click(inspector, "bodyShowAll")
    late = [task for task in asyncio.all_tasks() if task.get_name() == "body of a letter"]
    inspector.show_letter(rabbit_letter(b"the next"))
    assert len(late) == 1
    await asyncio.wait(late)
    await until(lambda: not body(inspector).filling)
    assert body(inspector).text == "the next"


@pytest.mark.parametrize("kind", ["json", "binary", "one line"])
async def test_16_mb_do_not_hold_up_the_window(inspector: LetterInspector, kind: str) -> None:
    large = {
        "json": lambda: b"[" + b",".join([json.dumps(ORDER).encode()] * 120_000) + b"]",
        "binary": lambda: os.urandom(16_000_000),
        "one line": lambda: b"a" * 16_000_000,
    }[kind]()
    inspector.show_letter(rabbit_letter(b"warm"))
    await until(lambda: not body(inspector).filling)
    start = time.process_time()  # what others do on the computer does not count
    inspector.show_letter(rabbit_letter(large))
    assert time.process_time() - start < 0.2
    assert body(inspector).document().characterCount() > 1000
    await until(lambda: not body(inspector).filling)
    assert body(inspector).document().characterCount() < FIRST * 6


async def test_letters_that_turn_a_line_around_are_shown_as_such(inspector: LetterInspector) -> None:
    inspector.show_letter(rabbit_letter("safe\u202etxt.exe".encode()))
    assert "⟨202E⟩" in body(inspector).text
    click(inspector, "bodyCopy")
    assert QGuiApplication.clipboard().text() == "safe\u202etxt.exe"


async def test_headers_are_listed_with_their_types_and_copied(inspector: LetterInspector) -> None:
    inspector.show_letter(rabbit_letter())
    child(inspector, QTabWidget, "letterTabs").setCurrentIndex(1)
    table = child(inspector, QTreeView, "headerTable")
    headers = table.model().index(0, 0)
    rows = [[table.model().index(row, column, headers).data() for column in range(3)] for row in range(3)]
    assert rows[1] == ["tries", "3", "long"]
    assert rows[2] == ["trace", "0x01ff", "binary"]
    assert table.model().rowCount(table.model().index(0, 0, headers)) == 1
    table.setCurrentIndex(table.model().index(1, 0, headers))
    QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "tries\t3\tlong"
    click(inspector, "headerCopy")
    copied = QGuiApplication.clipboard().text()
    assert "content type\tapplication/json" in copied
    assert "routing-keys" in copied


async def test_the_history_goes_back_to_where_it_was_published(inspector: LetterInspector) -> None:
    inspector.show_letter(rabbit_letter())
    child(inspector, QTabWidget, "letterTabs").setCurrentIndex(2)
    history = child(inspector, QWidget, "deathTimeline")
    titles = [each.text() for each in history.findChildren(QLabel) if each.property("kind") == "station"]
    assert titles == [
        "Lies in orders.dead",
        "rejected in orders × 3",
        "expired in orders.retry",
        "Published to order.created",
    ]
    lines = "\n".join(each.text() for each in history.findChildren(QLabel)).replace("\u202f", " ")
    assert "2 h ago" in lines
    assert "3 d ago" in lines
    assert "when is not known" in lines
    assert "shop/order.created" in lines


async def test_a_pointer_stands_beside_its_original(inspector: LetterInspector) -> None:
    inspector.show_letter(pointed_letter())
    assert tabs(inspector)[-1] == "Original"
    child(inspector, QTabWidget, "letterTabs").setCurrentIndex(3)
    assert '"stream_seq": 17' in child(inspector, QPlainTextEdit, "pointerText").toPlainText()
    assert '"task": 1' in child(inspector, QPlainTextEdit, "originalText").toPlainText()
    inspector.show_letter(pointed_letter(body=b"", problem="Message 17 of jobs is gone."))
    assert text(inspector, "letterProblemText") == "Message 17 of jobs is gone."
    assert not child(inspector, QPlainTextEdit, "originalText").isVisible()
    inspector.show_letter(rabbit_letter())
    assert "Original" not in tabs(inspector)
    assert not child(inspector, QWidget, "letterProblem").isVisible()


async def test_a_message_that_is_gone_is_not_called_empty(inspector: LetterInspector) -> None:
    gone = pointed_letter(body=b"", problem="Message 17 of jobs is gone.", lost=True)
    inspector.show_letter(gone)
    assert text(inspector, "bodyNote") == "The body is not to be had any more."
    assert "0 B" not in text(inspector, "letterFacts")
    assert line(gone).preview == "gone"


async def test_editing_is_asked_for(inspector: LetterInspector) -> None:
    asked: list[bool] = []
    inspector.edit_wanted.connect(lambda: asked.append(True))
    await press(inspector, Qt.Key.Key_E)
    assert asked == []
    inspector.show_letter(rabbit_letter())
    await press(inspector, Qt.Key.Key_E)
    click(inspector, "letterEdit")
    assert asked == [True, True]


async def test_every_control_has_a_name(inspector: LetterInspector) -> None:
    inspector.show_letter(rabbit_letter())
    qts = (QScrollBar, QTabBar, QLineEdit)  # whose buttons are Qt's own
    buttons = [each for each in inspector.findChildren(QAbstractButton) if not isinstance(each.parent(), qts)]
    assert [each.objectName() for each in buttons if not (each.accessibleName() or each.text())] == []
    assert all(each.objectName() for each in buttons)


async def test_a_letter_of_a_real_rabbitmq(
    inspector: LetterInspector, rabbit_host: RabbitHost, user: RabbitUser
) -> None:
    user.declare("jobs.dead")
    user.declare("jobs", {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "jobs.dead"})
    user.publish("jobs", WRAPPED, {"tenant": {"id": 7, "tags": ["a", "b"]}, "raw": b"\x00\xff", "n": 2**40})
    ((method, _, _),) = user.take("jobs", 1)
    user.nack(method.delivery_tag, requeue=False)
    await until(lambda: user.ready("jobs.dead") == 1)
    async with opened_letters(rabbit_host, "jobs.dead") as letters:
        (held,) = await letters.page(0, 1)
        inspector.show_letter(letters.read(held))
    assert (text(inspector, "letterReason"), text(inspector, "letterWay")) == ("rejected", "jobs → jobs.dead")
    assert json.loads(body(inspector).text) == ORDER
    click(inspector, "headerCopy")
    copied = QGuiApplication.clipboard().text()
    assert "tenant\t{id: 7, tags: [a, b]}\ttable" in copied
    assert "raw\t0x00ff\tbinary" in copied
    assert f"n\t{2**40}\tlong" in copied
    history = child(inspector, QWidget, "deathTimeline")
    assert any(each.text() == "rejected in jobs" for each in history.findChildren(QLabel))


async def _first(letters: Letters) -> Held:
    """An advisory takes a moment to be stored."""
    end = time.monotonic() + 10
    while not (page := await letters.page(0, 1)):
        assert time.monotonic() < end
        await letters.refresh()
    return page[0]


async def test_a_letter_of_a_real_nats(inspector: LetterInspector, nats_server: NatsServer) -> None:
    stranger = await JetStream.connect(nats_server)
    try:
        await stranger.stream("dlq", "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>", allow_direct=True)
        await stranger.stream("jobs", retention="workqueue", allow_direct=True)
        await stranger.consumer("jobs", "workers", max_deliver=2)
        await stranger.publish_raw("jobs.a", b"Trace: 1\r\nTrace: 2\r\n", json.dumps(ORDER).encode())
        await stranger.exhaust("jobs", "workers", 1, 2)
        letters = await open_letters(nats_server.connection, "dlq")
        try:
            held = await _first(letters)
            inspector.show_letter(letters.read(held))
        finally:
            await letters.close()
    finally:
        await stranger.close()
    assert text(inspector, "letterReason") == "max deliveries"
    assert json.loads(body(inspector).text) == ORDER
    assert tabs(inspector) == ["Body", "Headers 2", "History 1", "Original"]
    assert '"stream_seq": 1' in child(inspector, QPlainTextEdit, "pointerText").toPlainText()
