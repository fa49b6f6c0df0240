import pytest
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QApplication

from wqstudio.ui.names import elided, visible


@pytest.fixture
def metrics(qapp: QApplication) -> QFontMetrics:
    return QFontMetrics(QFont(qapp.font()))


def test_white_space_is_seen() -> None:
    assert visible("  ") == "“  ”"
    assert visible("\t\n") == r"“\t\n”"
    assert visible(" a ") == " a "


def test_the_place_gives_way_to_what_is_in_it(metrics: QFontMetrics) -> None:
    name = f"{'a-virtual-host-' * 5} › orders"
    room = metrics.horizontalAdvance("a-virt…host › orders")
    short = elided(name, metrics, room)
    assert short.startswith("a-")
    assert "…" in short
    assert short.endswith(" › orders")
    assert metrics.horizontalAdvance(short) <= room
    assert elided(name, metrics, metrics.horizontalAdvance(" › orders")) == "orders"
    assert elided("orders", metrics, 1_000) == "orders"


def test_what_is_long_in_itself_leaves_the_place_a_few_letters(metrics: QFontMetrics) -> None:
    """Queues of one name in several virtual hosts would look alike."""
    room = metrics.horizontalAdvance("m" * 18)
    one, other = (elided(f"{place} › {'long-name-' * 6}", metrics, room) for place in ("orders", "mail-of-shops"))
    assert one != other
    assert one.startswith("o")
    assert other.startswith("m")
    assert all(metrics.horizontalAdvance(each) <= room for each in (one, other))
