from pathlib import Path

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Scenario
from wqstudio.ui.models.scenario_shelf import YOURS, Book, shelves


def _book(title: str, topic: str, *products: Product, summary: str = "") -> Book:
    return Book(Scenario(title.lower(), title, summary, (), (), (), products or tuple(Product), topic=topic))


FAIR = _book("Fair dispatch", "Fairness", Product.RABBITMQ, summary="Prefetch of one.")
DEMO = _book("Job queue", "First steps")
NAK = _book("Delayed retry", "Failures", Product.NATS)
MINE = Book(Scenario("mine", "My own", "", (), (), (), topic="Fairness"), Path("mine.toml"))
BROKEN = Book(None, Path("broken.toml"), ("line 3: no such field",))
ALL = (DEMO, FAIR, NAK, MINE, BROKEN)


def _found(typed: str, product: Product | None = None) -> dict[str, list[str]]:
    return {shelf.topic: [book.title for book in shelf.books] for shelf in shelves(ALL, typed, product)}


def test_topics_come_as_they_are_and_ones_own_before_them() -> None:
    assert _found("") == {
        YOURS: ["My own", "broken.toml"],
        "First steps": ["Job queue"],
        "Fairness": ["Fair dispatch"],
        "Failures": ["Delayed retry"],
    }


def test_every_word_has_to_be_somewhere() -> None:
    assert _found("FAIR one") == {"Fairness": ["Fair dispatch"]}
    assert _found("fair retry") == {}
    assert _found("field") == {YOURS: ["broken.toml"]}


def test_a_broker_leaves_out_what_is_for_others_alone() -> None:
    assert "Failures" not in _found("", Product.RABBITMQ)
    assert _found("", Product.RABBITMQ)["Fairness"] == ["Fair dispatch"]
    assert _found("", Product.NATS)["First steps"] == ["Job queue"]
