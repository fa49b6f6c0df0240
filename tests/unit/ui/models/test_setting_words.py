import pytest

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Setting
from wqstudio.domain.worker import AckMode
from wqstudio.scenarios import SCENARIOS
from wqstudio.ui.models import setting_words as words


def test_a_setting_is_called_by_its_title_or_by_what_it_changes() -> None:
    assert words.title(Setting("a", "Fair")) == "Fair"
    assert words.title(Setting("a", prefetch=1)) == "Prefetch 1"
    assert words.title(Setting("a")) == "As it is"


def test_a_setting_has_the_words_of_the_broker_it_is_played_on() -> None:
    assert words.title(Setting("a", prefetch=10), Product.NATS) == "Pull size 10"
    assert words.title(Setting("a", prefetch=10), Product.RABBITMQ) == "Prefetch 10"
    assert words.title(Setting("a", prefetch=10, product=Product.NATS), Product.RABBITMQ) == "Pull size 10, on NATS"
    (titled,) = words.titled([Setting("a", prefetch=10)], Product.NATS)
    assert titled.title == "Pull size 10"


def test_two_that_would_be_called_alike_are_told_apart() -> None:
    titled = words.titled((Setting("a", prefetch=1), Setting("b", prefetch=1), Setting("c", "Third")))
    assert [each.title for each in titled] == ["Prefetch 1 (1)", "Prefetch 1 (2)", "Third"]


def test_what_the_card_cannot_edit_is_said() -> None:
    assert words.others(Setting("a", prefetch=1)) == ""
    assert words.others(Setting("a", prefetch=1, ack_mode=AckMode.ON_RECEIPT)) == "acknowledged on receipt"


@pytest.mark.parametrize("value", [None, 0, 1, 250])
def test_a_number_is_read_as_it_is_written(value: int | None) -> None:
    assert words.read_held(words.number_text(value)) == value
    if value != 0:
        assert words.read_count(words.number_text(value and 100)) == (value and 100)


@pytest.mark.parametrize("wrong", ["abc", "-1", "0", "1.5", "10000", "9" * 5000, "²", "no limits"])
def test_of_a_number_that_is_none_it_is_said_what_is_wanted(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"A number from 1 to 9,999, or “no limit”"):
        words.read_held(wrong)
    with pytest.raises(ValueError, match=r"A number from 1 to 200$"):
        words.read_count(wrong)


def test_speeds_are_read_with_and_without_their_sign() -> None:
    assert words.read_speeds("×1, x0.5,2") == (1.0, 0.5, 2.0)
    assert words.read_speeds("  ") is None
    for wrong in ("fast", "0", "-1", "1;2", "nan"):
        with pytest.raises(ValueError, match=f"“{wrong}” is not a speed"):
            words.read_speeds(wrong)
    with pytest.raises(ValueError, match="200 speeds at most"):
        words.read_speeds(",".join(201 * ["1"]))


def test_how_much_a_worker_holds_has_the_broker_s_own_name() -> None:
    assert words.holding(Product.RABBITMQ) == "Prefetch"
    assert words.holding(Product.NATS) == "Pull size"


def test_what_never_ends_cannot_be_compared() -> None:
    suited = {scenario.name: words.suits(scenario, own=True) for scenario in SCENARIOS}
    assert not suited["demo"]
    assert suited["fair-dispatch"]
    assert suited["broker-restart"]
    restarting = next(scenario for scenario in SCENARIOS if scenario.name == "broker-restart")
    assert not words.suits(restarting, own=False)
