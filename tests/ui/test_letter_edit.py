"""Editing a dead letter before it is requeued."""

import base64
import gzip
import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QTableView,
    QTabWidget,
)

from tests.jetstream import JetStream
from tests.rabbit_letters import opened as opened_letters, outlet_on
from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from tests.servers import NatsServer
from tests.ui.letters import ORDER, pointed_letter, rabbit_letter
from tests.ui.windows import child
from tests.waiting import until
from wqstudio.brokers.factory import open_letters, open_outlet
from wqstudio.brokers.letters import Copy
from wqstudio.domain.letter import Destination, Edit, Header, Letter
from wqstudio.ui.models.header_edits import HeaderEdits
from wqstudio.ui.panels.code_view import CodeView
from wqstudio.ui.panels.letter_edit import LetterEdit
from wqstudio.ui.theme import Theme

Open = Callable[[Letter], LetterEdit]


@pytest.fixture
def edit(theme: Theme) -> Iterator[Open]:
    dialogs: list[LetterEdit] = []

    def opened(letter: Letter) -> LetterEdit:
        dialog = LetterEdit(letter, theme)
        dialogs.append(dialog)
        dialog.show()
        dialog.activateWindow()
        return dialog

    yield opened
    for dialog in dialogs:
        dialog.done(0)
        dialog.deleteLater()


def body(dialog: LetterEdit) -> CodeView:
    return child(dialog, CodeView, "editBody")


def headers(dialog: LetterEdit) -> HeaderEdits:
    model = child(dialog, QTableView, "editHeaders").model()
    assert isinstance(model, HeaderEdits)
    return model


def said(dialog: LetterEdit, name: str) -> str:
    return child(dialog, QLabel, name).text()


def sends(dialog: LetterEdit) -> bool:
    return child(dialog, QPushButton, "editSend").isEnabled()


def diff(dialog: LetterEdit) -> list[str]:
    lines = child(dialog, QPlainTextEdit, "editDiff").toPlainText().split("\n")
    return [line for line in lines if line[:1] in ("-", "+")]


def replace_text(dialog: LetterEdit, old: str, new: str) -> None:
    body(dialog).setPlainText(body(dialog).text.replace(old, new))


def cell(table: QTableView) -> QLineEdit:
    """The editor that is open in it."""
    return next(each for each in table.findChildren(QLineEdit) if each.isVisible())


def sent(dialog: LetterEdit) -> Edit:
    """What the button gives out."""
    given: list[Edit] = []
    dialog.edited.connect(given.append)
    child(dialog, QPushButton, "editSend").click()
    (only,) = given
    assert not dialog.isVisible()
    return only


async def test_nothing_changed_is_nothing_to_send(edit: Open) -> None:
    dialog = edit(rabbit_letter())
    assert not sends(dialog)
    assert said(dialog, "editWhy") == "Nothing is changed yet."
    assert dialog.edit() == Edit()
    assert "one copy only" in said(dialog, "editFate")
    assert said(dialog, "editFate").endswith("removed from orders.dead.")
    pointing = edit(pointed_letter(pointed_in="jobs"))
    assert said(pointing, "editFate").endswith("removed from jobs, and its pointer from dlq.")


async def test_it_is_sent_by_the_keyboard_with_what_is_being_written_in_a_cell(edit: Open) -> None:
    """In a body Tab and Enter belong to the text, so that no key leads to the button."""
    dialog = edit(rabbit_letter())
    given: list[Edit] = []
    dialog.edited.connect(given.append)
    await until(dialog.isActiveWindow)
    QTest.keyClick(body(dialog), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert not given, "nothing is changed yet"
    child(dialog, QTabWidget, "editTabs").setCurrentIndex(1)
    child(dialog, QPushButton, "editHeaderAdd").click()
    QTest.keyClicks(cell(child(dialog, QTableView, "editHeaders")), "X-By-Hand")
    QTest.keyClick(
        cell(child(dialog, QTableView, "editHeaders")), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier
    )
    (only,) = given
    assert only.headers is not None
    assert only.headers[-1].name == "X-By-Hand"


async def test_a_wrapped_body_is_edited_as_what_it_is_and_wrapped_again(edit: Open) -> None:
    dialog = edit(rabbit_letter())
    told = "Edited as JSON, sent as gzip in base64 again. Letters are sent as \\u escapes again, as they came."
    assert said(dialog, "editRemark") == told
    replace_text(dialog, "81723", "81724")
    await until(lambda: sends(dialog))
    assert diff(dialog) == ['-     "id": 81723,', '+     "id": 81724,']
    given = sent(dialog)
    assert given.headers is None
    assert given.body is not None
    changed = json.dumps(ORDER).replace("81723", "81724").encode()
    assert gzip.decompress(base64.b64decode(given.body)) == changed


async def test_headers_are_changed_added_and_removed_and_the_rest_is_the_very_same(edit: Open) -> None:
    letter = rabbit_letter()
    dialog = edit(letter)
    await until(dialog.isActiveWindow)
    child(dialog, QTabWidget, "editTabs").setCurrentIndex(1)
    model = headers(dialog)
    model.setData(model.index(1, 1), "4")
    child(dialog, QAbstractButton, "editHeaderAdd").click()
    table = child(dialog, QTableView, "editHeaders")
    QTest.keyClicks(cell(table), "note")
    QTest.keyClick(cell(table), Qt.Key.Key_Tab)
    await until(lambda: cell(table).text() == "")
    QTest.keyClicks(cell(table), "by hand")
    QTest.keyClick(cell(table), Qt.Key.Key_Return)
    await until(lambda: not table.findChildren(QLineEdit))
    table.selectRow(2)
    QTest.keyClick(table, Qt.Key.Key_Delete)
    assert diff(dialog) == [
        "- tries: 3  (long)",
        "- trace: 0x01ff  (binary)",
        "+ tries: 4  (long)",
        "+ note: by hand  (string)",
    ]
    given = sent(dialog)
    assert given.body is None
    assert given.headers is not None
    assert given.headers[0] is letter.headers[0]
    assert given.headers[1:] == (Header("tries", 4, "long"), Header("note", "by hand", "string"))


async def test_all_can_be_put_back(edit: Open) -> None:
    dialog = edit(rabbit_letter())
    headers(dialog).remove([0, 1])
    assert sends(dialog)
    child(dialog, QAbstractButton, "editHeaderRestore").click()
    assert not sends(dialog)
    assert dialog.edit() == Edit()


async def test_a_fault_is_named_and_can_be_insisted_on(edit: Open) -> None:
    dialog = edit(rabbit_letter(b'{\n  "a": 1\n}'))
    replace_text(dialog, "1", "one")
    await until(lambda: said(dialog, "editFault") != "")
    assert said(dialog, "editFault") == "Line 2, column 8: Expecting value."
    assert not sends(dialog)
    child(dialog, QCheckBox, "editInsist").click()
    assert sends(dialog)
    assert sent(dialog).body == b'{\n  "a": one\n}'


async def test_what_cannot_be_encoded_cannot_be_insisted_on(edit: Open) -> None:
    dialog = edit(rabbit_letter(b"\x00\xff"))
    replace_text(dialog, "ff", "f")
    await until(lambda: "missing" in said(dialog, "editFault"))
    assert not child(dialog, QCheckBox, "editInsist").isVisible()
    assert not sends(dialog)
    replace_text(dialog, "f", "fe 00")
    await until(lambda: sends(dialog))
    assert sent(dialog).body == b"\x00\xfe\x00"


async def test_a_header_that_its_type_cannot_hold_is_not_sent(edit: Open) -> None:
    dialog = edit(rabbit_letter())
    model = headers(dialog)
    model.setData(model.index(1, 1), "four")
    assert not sends(dialog)
    assert said(dialog, "editWhy") == "tries: “four” is not a valid long."


async def test_letters_that_qt_would_change_stay(edit: Open) -> None:
    dialog = edit(rabbit_letter("one\u00a0two\r\nthree\u2028four\r\n".encode()))
    assert not sends(dialog)
    replace_text(dialog, "three", "3")
    await until(lambda: sends(dialog))
    assert sent(dialog).body == "one\u00a0two\r\n3\u2028four\r\n".encode()


async def test_a_letter_whose_original_is_gone_needs_a_body(edit: Open) -> None:
    dialog = edit(pointed_letter(body=b"", problem="Message 17 of jobs is gone.", lost=True))
    assert "Message 17 of jobs is gone." in said(dialog, "editFate")
    headers(dialog).remove([0])
    assert said(dialog, "editWhy") == "It needs a body."
    body(dialog).setPlainText("a new one")
    await until(lambda: sends(dialog))
    assert sent(dialog) == Edit(b"a new one", ())


async def test_of_a_letter_whose_original_lives_no_edited_copy_is_sent(edit: Open) -> None:
    dialog = edit(pointed_letter(problem="It is alive: consumer all has yet to give it out."))
    body(dialog).setPlainText("another")
    await until(lambda: said(dialog, "editWhy") == "It cannot be requeued now.")
    assert not sends(dialog)
    assert said(dialog, "editFate").startswith("It is alive: consumer all has yet to give it out. An edited copy")


async def test_a_body_too_large_to_edit_goes_as_it_came(edit: Open) -> None:
    dialog = edit(rabbit_letter(b"x" * 2_000_000))
    assert body(dialog).isReadOnly()
    assert "more than can be edited" in body(dialog).placeholderText()
    headers(dialog).remove([1])
    assert sent(dialog).body is None


async def test_esc_warns_before_work_is_lost(edit: Open) -> None:
    dialog = edit(rabbit_letter())
    headers(dialog).remove([0])
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert child(dialog, QPushButton, "editCancel").text() == "Discard the changes"
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    other = edit(rabbit_letter())
    QTest.keyClick(other, Qt.Key.Key_Escape)
    assert not other.isVisible()


async def test_every_control_has_a_name(edit: Open) -> None:
    dialog = edit(rabbit_letter())
    own = [each for each in dialog.findChildren(QPushButton) if each.parent() is not None]
    assert all(each.objectName() and (each.accessibleName() or each.text()) for each in own)
    assert child(dialog, QTabWidget, "editTabs").accessibleName()
    assert body(dialog).accessibleName()
    assert child(dialog, QPlainTextEdit, "editDiff").accessibleName()


async def test_an_edited_letter_of_a_real_rabbitmq_keeps_what_nobody_touched(
    edit: Open, rabbit_host: RabbitHost, user: RabbitUser
) -> None:
    user.declare("jobs.dead")
    user.declare("jobs", {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "jobs.dead"})
    user.publish("jobs", b'{"id":1}', {"tenant": {"id": 7, "tags": ["a"]}, "raw": b"\x00\xff", "n": 2**40, "k": 1})
    ((method, _, _),) = user.take("jobs", 1)
    user.nack(method.delivery_tag, requeue=False)
    await until(lambda: user.ready("jobs.dead") == 1)
    async with opened_letters(rabbit_host, "jobs.dead") as letters, outlet_on(rabbit_host) as outlet:
        (held,) = await letters.page(0, 1)
        dialog = edit(letters.read(held))
        replace_text(dialog, "1", "2")
        model = headers(dialog)
        row = next(row for row in range(model.rowCount()) if model.index(row, 0).data() == "k")
        model.setData(model.index(row, 1), "5")
        await until(lambda: sends(dialog))
        (outcome,) = await outlet.put([Copy(held, Destination("jobs", "jobs"), "mark", sent(dialog))])
        assert outcome.safe, outcome.reason
    ((_, properties, content),) = user.take("jobs", 1)
    assert content == b'{"id":2}'
    kept = {name: properties.headers[name] for name in ("tenant", "raw", "n", "k")}
    assert kept == {"tenant": {"id": 7, "tags": ["a"]}, "raw": b"\x00\xff", "n": 2**40, "k": 5}


async def test_an_edited_letter_of_a_real_nats(edit: Open, nats_server: NatsServer) -> None:
    stranger = await JetStream.connect(nats_server)
    await stranger.stream("jobs", retention="workqueue", allow_direct=True)
    await stranger.stream("dead", "dead.>", allow_direct=True, metadata={"dead_letter_queue": "true"})
    await stranger.publish_raw("dead.a", b"Original-Subject: jobs.a\r\nTrace: 1\r\nTrace: 2\r\n", b'{"id": 1}')
    letters = await open_letters(nats_server.connection, "dead")
    outlet = await open_outlet(nats_server.connection)
    try:
        (held,) = await letters.page(0, 1)
        dialog = edit(letters.read(held))
        replace_text(dialog, "1", "2")
        headers(dialog).remove([2])
        await until(lambda: sends(dialog))
        (outcome,) = await outlet.put([Copy(held, Destination("jobs", "jobs.a"), "mark", sent(dialog))])
        assert outcome.safe, outcome.reason
        stored = (await stranger.api("STREAM.MSG.GET.jobs", {"seq": 1}))["message"]
    finally:
        await outlet.close()
        await letters.close()
        await stranger.close()
    assert base64.b64decode(stored["data"]) == b'{"id": 2}'
    assert base64.b64decode(stored["hdrs"]).count(b"Trace: ") == 1


async def test_all_of_it_is_on_a_small_screen_too(theme: Theme, monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop's at 200 %."""
    small = SimpleNamespace(availableSize=lambda: QSize(960, 540))
    monkeypatch.setattr(LetterEdit, "screen", lambda _self: small)
    dialog = LetterEdit(rabbit_letter(), theme)
    assert dialog.height() < 540
    assert dialog.minimumSizeHint().height() < 540
    dialog.deleteLater()
