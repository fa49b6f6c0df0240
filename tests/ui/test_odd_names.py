"""A queue may be called anything, also what Qt would take for HTML: the window shows its name letter by letter."""

from html import unescape
from pathlib import Path
from urllib.parse import quote

from PySide6.QtCore import Qt
from PySide6.QtGui import Qt as Text
from PySide6.QtWidgets import QLabel, QTreeView, QWidget

from tests.rabbit_servers import RabbitHost
from tests.ui.windows import window_on
from tests.waiting import until
from wqstudio.ui.plain import plain_tip
from wqstudio.ui.theme import Theme

NAME = 'a/b "q" <b>x</b> &amp;'


async def test_no_label_and_no_tip_takes_a_name_for_html(rabbit_host: RabbitHost, theme: Theme, tmp_path: Path) -> None:
    arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": NAME}
    rabbit_host.manage("PUT", f"queues/{{vhost}}/{quote(NAME, safe='')}", {"durable": True, "arguments": arguments})
    async with window_on(rabbit_host.connection, theme, tmp_path) as window:
        view = window.findChild(QTreeView, "explorerTree")
        assert view is not None
        await until(lambda: view.model().rowCount() == 1)
        view.setCurrentIndex(view.model().index(0, 0))
        target = window.findChild(QLabel, "workersTarget")
        assert target is not None
        await until(lambda: NAME in target.text())
        guessing = [label for label in window.findChildren(QLabel) if label.textFormat() is Qt.TextFormat.AutoText]
        assert not [label.text() for label in guessing if type(label).__module__.startswith("wqstudio")]
        assert not [label.objectName() for label in guessing if NAME in label.text()]
        naming = [label for label in window.findChildren(QLabel) if _names(label.text())]
        assert {"scopeTitle", "workersTarget", "detailTitle", "detailLinks"} <= {each.objectName() for each in naming}
        for label in naming:
            assert label.textFormat() is Qt.TextFormat.PlainText or "<b>x" not in label.text(), label.objectName()
        tips = [widget.toolTip() for widget in window.findChildren(QWidget) if _names(widget.toolTip())]
        assert tips
        assert not [tip for tip in tips if Text.mightBeRichText(tip) and "<b>x" in tip]


def _names(text: str) -> bool:
    return NAME in text or NAME in unescape(text)


def test_a_tip_says_what_it_was_given() -> None:
    assert plain_tip("two\nlines & no tag") == "two\nlines & no tag"
    assert "&lt;b&gt;x&lt;/b&gt; &amp;amp;" in plain_tip(NAME)
