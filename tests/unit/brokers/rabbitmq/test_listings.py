"""Exchanges, bindings, channels, connections and policies of a real node, as tables."""

import json
from dataclasses import replace

import pika

from tests.jetstream import snapshot_when
from tests.listings import Cells, listed, listed_when
from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from tests.turns import longest_step
from tests.web_server import answer, web_server
from wqstudio.brokers.rabbitmq.amqp.marks import EXCHANGE
from wqstudio.brokers.rabbitmq.broker import RabbitBroker, connect
from wqstudio.brokers.rabbitmq.listings import AT_HAND, KEPT_FOR
from wqstudio.domain.listing import Cell, Measure
from wqstudio.domain.queue import QueueSpec
from wqstudio.domain.reading import Unknown

LATE = 50.0
"""Seconds that statistics may be late."""


def declare_exchange(host: RabbitHost, name: str, kind: str, **options: object) -> None:
    host.manage("PUT", f"exchanges/{{vhost}}/{name}", {"type": kind, "durable": True, **options})


def bind(host: RabbitHost, exchange: str, destination: str, key: str, **arguments: object) -> None:
    """``destination`` is ``q/name`` or ``e/name``."""
    host.manage("POST", f"bindings/{{vhost}}/e/{exchange}/{destination}", {"routing_key": key, "arguments": arguments})


async def test_every_listing_says_what_it_would_hold(broker: RabbitBroker) -> None:
    assert broker.listings == ("Exchanges", "Bindings", "Channels", "Connections", "Policies")
    unread = broker.listing("Policies").rows
    assert isinstance(unread, Unknown)
    await broker.snapshot()
    for title in broker.listings:
        listing = broker.listing(title)
        assert listing.title == title
        assert listing.empty
        assert all(column.tip for column in listing.columns)
    assert listed(broker, "Policies") == {}


async def test_exchanges_tell_what_they_are_and_what_passes_through(
    broker: RabbitBroker, user: RabbitUser, rabbit_host: RabbitHost
) -> None:
    await broker.ensure(QueueSpec("ours", ("jobs.>",)))
    user.declare("jobs")
    declare_exchange(rabbit_host, "spare", "fanout", durable=False, internal=True)
    declare_exchange(rabbit_host, "orders", "topic", arguments={"alternate-exchange": "spare"})
    declare_exchange(rabbit_host, "by-policy", "direct", auto_delete=True)
    bind(rabbit_host, "orders", "q/jobs", "a.*")
    bind(rabbit_host, "orders", "e/by-policy", "b.#")
    policy = {"pattern": "^by-", "definition": {"alternate-exchange": "orders"}, "apply-to": "exchanges"}
    rabbit_host.manage("PUT", "policies/{vhost}/rest", policy)

    def has_rates(rows: dict[str, Cells]) -> bool:
        user.publish("a.b", b"task", exchange="orders")
        rate = rows["orders"]["In"]
        # While messages pass, the node may not have counted those that have left yet.
        return not isinstance(rate, (str, Unknown)) and rate > 0 and rows["orders"]["Out"] == rate

    found = await listed_when(broker, "Exchanges", has_rates, LATE)
    orders, spare, default = found["orders"], found["spare"], found["(default exchange)"]
    assert [orders[column] for column in ("Type", "Features", "Bindings", "Alternate exchange", "Made by")] == [
        *("topic", "durable", 2, "spare", ""),
    ]
    assert spare["Features"] == "transient, internal"
    assert found["by-policy"]["Features"] == "durable, auto-delete"
    assert [found["by-policy"][column] for column in ("Policy", "Alternate exchange")] == ["rest", "orders"]
    assert (default["Bindings"], default["Made by"]) == (2, "RabbitMQ")
    assert found[EXCHANGE]["Made by"] == "the studio"


async def test_bindings_lead_to_queues_and_tell_whose_dead_letters_take_them(
    broker: RabbitBroker, user: RabbitUser, rabbit_host: RabbitHost
) -> None:
    for number in range(5):
        letters = {"x-dead-letter-exchange": "dead", "x-dead-letter-routing-key": "gone"}
        user.declare(f"jobs {number}", letters)
    user.declare("topical", {"x-dead-letter-exchange": "words", "x-dead-letter-routing-key": "a.b"})
    user.declare("as published", {"x-dead-letter-exchange": "dead"})
    user.declare("dlq/1")
    declare_exchange(rabbit_host, "dead", "direct")
    declare_exchange(rabbit_host, "words", "topic")
    bind(rabbit_host, "dead", "q/dlq%2F1", "gone")
    bind(rabbit_host, "dead", "q/dlq%2F1", "else", number=7)
    bind(rabbit_host, "words", "e/dead", "a.*")
    bind(rabbit_host, "words", "e/dead", "c.*")
    await broker.snapshot()
    rows = broker.listing("Bindings").rows
    assert not isinstance(rows, Unknown)
    assert {row.cells: row.queue for row in rows.values()} == {
        ("dead", "direct", "gone", "", "dlq/1", "queue", "jobs 0, jobs 1, jobs 2 …"): "dlq/1",
        ("dead", "direct", "else", "number: 7", "dlq/1", "queue", "as published"): "dlq/1",
        ("words", "topic", "a.*", "", "dead", "exchange", "topical"): "",
        ("words", "topic", "c.*", "", "dead", "exchange", ""): "",
    }


async def test_channels_and_connections_tell_who_publishes_and_consumes_how(
    broker: RabbitBroker, user: RabbitUser, rabbit_host: RabbitHost
) -> None:
    user.declare("jobs")
    given = rabbit_host.connection
    parameters = pika.URLParameters(given.urls[0])
    parameters.credentials = pika.PlainCredentials(given.user, given.password)
    parameters.virtual_host = given.vhost
    parameters.client_properties = {"connection_name": "somebody's program"}
    program = pika.BlockingConnection(parameters)
    publishing, consuming = program.channel(), program.channel()
    publishing.confirm_delivery()
    for _ in range(4):
        publishing.basic_publish("", "jobs", b"task")
    consuming.basic_qos(prefetch_count=3)
    consuming.basic_consume("jobs", lambda *_: None)
    consuming.basic_qos(prefetch_count=9, global_qos=True)
    program.process_data_events(0.1)
    transacting = program.channel()
    transacting.tx_select()

    def by_number(rows: dict[str, Cells]) -> list[Cells]:
        mine = [row for row in rows.values() if row["Connection"] == "somebody's program"]
        return sorted(mine, key=lambda row: str(row["Channel"]))

    found = by_number(
        await listed_when(
            broker, "Channels", lambda rows: [row["Unacked"] for row in by_number(rows)] == [0, 3, 0], LATE
        )
    )
    assert [row["Mode"] for row in found] == ["confirm", "", "transactional"]
    assert [row["Prefetch"] for row in found] == ["no limit", 3, "no limit"]
    version = rabbit_host.manage("GET", "overview")["rabbitmq_version"]
    told: list[Cell] = ["no limit", 9, "no limit"]
    not_told: list[Cell] = [Unknown("RabbitMQ does not tell it from version 4 on")] * 3
    assert [row["Global prefetch"] for row in found] == (told if version.startswith("3.") else not_told)
    assert [row["Consumers"] for row in found] == [0, 1, 0]
    assert [row["leads to"] for row in found] == ["", "jobs", ""]
    assert [row["State"] for row in found] == ["idle", "idle", "idle"]
    assert all(row["User"] == given.user and row["Idle since"] for row in found)
    connection = next(row for row in listed(broker, "Connections").values() if row["Name"] == "somebody's program")
    assert str(connection["Client"]).startswith("Pika Python Client Library 1.")
    assert [connection[column] for column in ("Protocol", "TLS", "State", "Channels")] == [
        *("AMQP 0-9-1", "no", "running", 3)
    ]
    assert str(found[0]["Channel"]) == f"{connection['Connection']} (1)"
    program.close()


async def test_policies_tell_what_follows_them(broker: RabbitBroker, user: RabbitUser, rabbit_host: RabbitHost) -> None:
    for name in ("jobs", "jobs more", "other"):
        user.declare(name)
    declare_exchange(rabbit_host, "jobs", "fanout")

    def put(kind: str, name: str, **policy: object) -> None:
        rabbit_host.manage("PUT", f"{kind}/{{vhost}}/{name}", policy)

    put("policies", "all", pattern="^jobs", definition={"message-ttl": 90_000}, **{"apply-to": "queues"})
    put("policies", "one", pattern="^jobs$", definition={"max-length": 5, "overflow": "drop-head"}, priority=3)
    put("operator-policies", "all", pattern="", definition={"max-length": 9_000}, **{"apply-to": "queues"})
    wanted = {
        ("all", "policy", "^jobs", "queues", 0, "message-ttl: 1 min 30 s", 1, 0),
        ("one", "policy", "^jobs$", "all", 3, "max-length: 5, overflow: drop-head", 1, 1),
        ("all", "operator policy", "", "queues", 0, "max-length: 9,000", 3, ""),
    }

    def cells() -> object:
        rows = broker.listing("Policies").rows
        return rows if isinstance(rows, Unknown) else {row.cells for row in rows.values()}

    await snapshot_when(broker, lambda _: cells() == wanted, LATE)  # each policy reaches the queues by itself


async def test_a_listing_is_the_same_object_while_nothing_in_it_can_have_changed(
    broker: RabbitBroker, user: RabbitUser
) -> None:
    user.declare("jobs")
    await broker.snapshot()
    before = {title: broker.listing(title) for title in broker.listings}
    await broker.snapshot()
    still = {title for title in broker.listings if broker.listing(title) is before[title]}
    assert {"Exchanges", "Bindings", "Connections", "Policies"} <= still
    user.declare("more")
    await broker.snapshot()
    assert broker.listing("Exchanges") is not before["Exchanges"]
    assert listed(broker, "Exchanges")["(default exchange)"]["Bindings"] == 2


async def test_many_bindings_are_put_together_only_while_somebody_looks_and_without_a_stall(
    broker: RabbitBroker, rabbit_host: RabbitHost
) -> None:
    many = 3 * AT_HAND
    transient = {"durable": False, "auto_delete": False, "arguments": {}}
    binding = {"source": "x", "destination": "jobs", "destination_type": "queue", "arguments": {}}
    definitions = {
        "queues": [{"name": "jobs", **transient}],
        "exchanges": [{"name": "x", "type": "topic", "internal": False, **transient}],
        "bindings": [{**binding, "routing_key": f"a.{number}.*"} for number in range(many)],
    }
    rabbit_host.manage("POST", "definitions/{vhost}", definitions)
    await broker.snapshot()
    unasked = broker.listing("Bindings").rows
    assert isinstance(unasked, Unknown)
    assert "next poll" in unasked.reason
    longest = await longest_step(broker, polls=1)
    rows = broker.listing("Bindings").rows
    assert not isinstance(rows, Unknown)
    assert len(rows) == many
    assert longest < 0.02, longest
    for _ in range(KEPT_FOR + 1):
        await broker.snapshot()
    assert isinstance(broker.listing("Bindings").rows, Unknown)


async def test_without_a_management_api_all_is_unknown_with_the_remedy(rabbit_host: RabbitHost) -> None:
    blind = await connect(replace(rabbit_host.connection, management_url="http://127.0.0.1:1"))
    await blind.snapshot()
    assert blind.listings
    for title in blind.listings:
        rows = blind.listing(title).rows
        assert isinstance(rows, Unknown)
        assert "enable the plugin rabbitmq_management" in rows.reason
    await blind.close()


async def test_what_cannot_be_listed_is_unknown_with_its_reason_and_not_empty(
    rabbit_host: RabbitHost, user: RabbitUser
) -> None:
    user.declare("jobs")
    async with web_server() as web:
        web.answers["/"] = answer(b'{"error":"internal","reason":"out of sorts"}', 500)
        for path in ("overview", "queues/{vhost}?page=1", "exchanges/{vhost}", "policies/{vhost}"):
            real = rabbit_host.manage("GET", path.replace("?page=1", "?page=1&page_size=500"))
            web.answers[f"/api/{path.replace('{vhost}', rabbit_host.path)}"] = answer(json.dumps(real).encode())
        broker = await connect(replace(rabbit_host.connection, management_url=f"http://127.0.0.1:{web.port}"))
        await broker.snapshot()
        for title in ("Bindings", "Channels", "Connections"):
            rows = broker.listing(title).rows
            assert isinstance(rows, Unknown)
            assert "out of sorts" in rows.reason
        bindings = listed(broker, "Exchanges")["amq.direct"]["Bindings"]
        operators = listed(broker, "Policies")["(operator policies)"]["Definition"]
        assert isinstance(bindings, Unknown)
        assert isinstance(operators, Unknown)
        assert "Listing the bindings failed" in bindings.reason
        assert "Listing the operator policies failed" in operators.reason
        await broker.close()


async def test_a_node_that_gathers_no_statistics_has_unknown_rates(rabbit_host: RabbitHost) -> None:
    async with web_server() as web:
        web.answers["/"] = answer(b"[]")
        web.answers["/api/overview"] = answer(b'{"disable_stats":true}')
        web.answers["/api/queues"] = answer(b'{"items":[],"page_count":0}')
        web.answers["/api/exchanges"] = answer(b'[{"name":"x"}]')
        broker = await connect(replace(rabbit_host.connection, management_url=f"http://127.0.0.1:{web.port}"))
        await broker.snapshot()
        rate = listed(broker, "Exchanges")["x"]["In"]
        assert isinstance(rate, Unknown)
        assert "reckons no rates" in rate.reason
        await broker.close()


async def test_figures_are_measured_as_such(broker: RabbitBroker) -> None:
    await broker.snapshot()
    for title in broker.listings:
        listing = broker.listing(title)
        assert not isinstance(listing.rows, Unknown)
        for row in listing.rows.values():
            for column, cell in zip(listing.columns, row.cells, strict=True):
                assert column.measure is not Measure.TEXT or isinstance(cell, (str, Unknown)), (title, column, cell)
                assert column.measure is Measure.TEXT or cell in {"", "no limit"} or not isinstance(cell, str)
