"""What is read out of a dead letter: of a real node's making, and of anybody's."""

import time

import pytest

from tests.rabbit_letters import PLAIN, opened, put
from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from tests.waiting import until
from wqstudio.brokers.letters import Held
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient
from wqstudio.brokers.rabbitmq.amqp.codec import encode_table
from wqstudio.brokers.rabbitmq.amqp.marks import REQUEUED_HEADER
from wqstudio.brokers.rabbitmq.amqp.properties import Properties
from wqstudio.brokers.rabbitmq.letters import reading as letter_reading
from wqstudio.domain.letter import Destination, Letter
from wqstudio.domain.reading import Unknown


async def test_a_letter_that_died_twice_tells_where_why_and_when(rabbit_host: RabbitHost, user: RabbitUser) -> None:
    user.declare("jobs", {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "delay"})
    user.declare("delay", {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead", "x-message-ttl": 1})
    user.declare("dead")
    user._channel.exchange_declare("orders", "topic", durable=True)
    user._channel.queue_bind("jobs", "orders", "order.#")
    user.publish("order.new", b"body", {"x-exception-message": "no such customer"}, exchange="orders")
    ((method, _, _),) = user.take("jobs", 1)
    user.nack(method.delivery_tag, requeue=False)
    await until(lambda: user.ready("dead") == 1)
    async with opened(rabbit_host, "dead") as letters:
        (held,) = await letters.page(0, 1)
        letter = letters.read(held)
        assert letters.home(letter) == Destination("jobs", "jobs")
    assert (letter.id, letter.queue, letter.body) == (1, "dead", b"body")
    assert (letter.origin, letter.route, letter.reason) == ("jobs", "orders/order.new", "rejected")
    assert (letter.deliveries, letter.error, letter.problem) == (1, "no such customer", "")
    assert [(death.queue, death.reason, death.count) for death in letter.deaths] == [
        ("delay", "expired", 1),
        ("jobs", "rejected", 1),
    ]
    assert letter.died_at is not None
    assert abs(letter.died_at - time.time()) < 60
    assert {setting.name: setting.value for setting in letter.properties}["routing key"] == "dead"


async def test_deaths_in_one_place_after_another_are_told_newest_first(
    rabbit_host: RabbitHost, user: RabbitUser
) -> None:
    """RabbitMQ 3 turns those before the newest round."""
    for queue, then in (("jobs", "soon"), ("soon", "later"), ("later", "dead")):
        user.declare(queue, {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": then, "x-message-ttl": 1})
    user.declare("dead")
    user.publish("jobs", b"body")
    await until(lambda: user.ready("dead") == 1)
    async with opened(rabbit_host, "dead") as letters:
        (held,) = await letters.page(0, 1)
        letter = letters.read(held)
    assert [death.queue for death in letter.deaths] == ["later", "soon", "jobs"]
    assert (letter.origin, letter.route) == ("jobs", "jobs")


def test_what_died_again_where_it_died_first_was_published_as_at_first() -> None:
    again = {"queue": "jobs", "reason": "rejected", "count": 2, "exchange": "orders", "routing-keys": ["order.new"]}
    waited = {"queue": "retry", "reason": "expired", "count": 1, "routing-keys": ["retry"]}
    table = encode_table({"x-death": [again, waited], "x-first-death-queue": "jobs"})
    letter = _read(Properties(headers=table).encode())
    assert [(death.queue, death.count) for death in letter.deaths] == [("jobs", 2), ("retry", 1)]
    assert letter.route == "orders/order.new"


DIED = {"queue": "jobs", "reason": "rejected", "count": 1}
WAITED = {"queue": "jobs.later", "reason": "expired", "count": 1}


@pytest.mark.parametrize(
    ("queue", "headers", "rests"),
    [
        ("parked", {"x-death": [DIED]}, True),
        ("parked", {}, False),
        ("jobs", {"x-death": [WAITED, DIED]}, False),
        ("jobs", {"x-death": [DIED]}, False),
        ("mail", {"x-death": [WAITED]}, False),
        ("mail", {"x-death": [DIED], REQUEUED_HEADER: "a1.7"}, False),
        ("jobs_dlq", {"x-death": [WAITED, DIED]}, True),
    ],
    ids=["died elsewhere", "never died", "tried again", "put back", "waited", "requeued", "expired, and so named"],
)
def test_what_came_to_rest_is_told_from_work_that_comes_round(
    queue: str, headers: dict[str, object], *, rests: bool
) -> None:
    held = Held(1, queue, Properties(headers=encode_table(headers)).encode(), b"", None)
    assert letter_reading.read(held, queue, "", redelivered=None).came_to_rest is rests


async def test_what_never_died_has_no_home(rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser) -> None:
    user.declare("dead")
    await put(client, "dead", b"body", properties=PLAIN)
    async with opened(rabbit_host, "dead") as letters:
        (held,) = await letters.page(0, 1)
        letter = letters.read(held)
        assert (letter.origin, letter.deaths, letter.died_at) == ("", (), None)
        assert isinstance(letters.home(letter), Unknown)


@pytest.mark.parametrize(
    "headers",
    [
        {"x-death": "nonsense"},
        {"x-death": [1, {"count": "many", "time": 2**63 - 1, "queue": 7, "routing-keys": "x"}]},
        {"x-first-death-queue": 1, "Wqs-Retries": "x", "error": ["x"]},
    ],
)
def test_headers_that_somebody_made_up_are_read_as_far_as_they_make_sense(headers: dict[str, object]) -> None:
    letter = _read(Properties(headers=encode_table(headers), timestamp=2**63 - 1).encode())
    assert (letter.origin, letter.error, letter.published_at, letter.problem) == ("", "", None, "")
    assert [header.name for header in letter.headers] == list(headers)


@pytest.mark.parametrize(
    "name", ["x-exception-message", "last-error", "X-Last-Error", "Error", "dlq_error", "MT-Fault-Message"]
)
def test_what_workers_write_of_an_error_is_read_however_they_call_it(name: str) -> None:
    letter = _read(Properties(headers=encode_table({name: "no such customer", "x-consumer": "worker 3"})).encode())
    assert (letter.error, letter.consumer) == ("no such customer", "worker 3")


def test_where_a_copy_was_published_at_first_is_told_and_not_taken_for_its_home() -> None:
    """Of a copy that Spring AMQP has published: the broker tells of no death."""
    said = {"x-original-exchange": "orders", "x-original-routingKey": "order.new", "x-exception-message": "no customer"}
    letter = _read(Properties(headers=encode_table(said)).encode())
    assert (letter.origin, letter.came_from, letter.route) == ("", "orders/order.new", "orders/order.new")
    told = {setting.name: setting.value for setting in letter.properties}
    assert told["published to"] == "orders/order.new, as whoever copied it tells"
    home = letter_reading.home(letter)
    assert isinstance(home, Unknown)
    assert "published to orders/order.new; choose where" in home.reason


def test_headers_that_are_none_are_said_so() -> None:
    assert "not an AMQP table" in _read(Properties(headers=b"\x00\x00\x00\x03\x01xS").encode()).problem
    assert "cut short" in _read(b"\x20").problem


def test_retries_by_the_studios_workers_count() -> None:
    assert _read(Properties(headers=encode_table({"Wqs-Retries": 4})).encode()).deliveries == 4


def test_a_letter_that_died_where_it_lies_is_not_sent_back_there() -> None:
    letter = _read(Properties(headers=encode_table({"x-first-death-queue": "dead"})).encode())
    assert isinstance(letter_reading.home(letter), Unknown)


def _read(properties: bytes) -> Letter:
    return letter_reading.read(Held(1, "route", properties, b"", None), "dead", "", redelivered=None)
