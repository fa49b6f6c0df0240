"""Reads a dead letter: where it died and why, as the broker's ``x-death`` and the workers' own headers tell. Pure.

Names and keys may be no UTF-8: they are told as they can be read, and what is copied goes on as it came.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from wqstudio.brokers.letters import Held
from wqstudio.brokers.naming_habits import names_dead_letters
from wqstudio.brokers.rabbitmq.amqp import marks
from wqstudio.brokers.rabbitmq.amqp.codec import MalformedTableError, Table
from wqstudio.brokers.rabbitmq.amqp.header_types import moment, shown
from wqstudio.brokers.rabbitmq.amqp.properties import Properties, decode_properties
from wqstudio.brokers.told_headers import CONSUMER, ERROR, ToldHeaders
from wqstudio.domain.letter import Death, Destination, Letter
from wqstudio.domain.queue import Setting
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.text import REPLACED, readable

_HEADERS = ToldHeaders({
    "error": (*ERROR, "mtfaultmessage", "nservicebusexceptioninfomessage", "rbs2errordetails"),  # MassTransit, …, Rebus
    "consumer": CONSUMER,
    "exchange": ("originalexchange",),  # Spring AMQP's republishing, after which the broker tells of no death
    "routing key": ("originalroutingkey",),
})  # fmt: skip
_SHOWN = tuple(field.name for field in fields(Properties) if field.name != "headers")


def read(held: Held, queue: str, exchange: str, *, redelivered: bool | None) -> Letter:
    """``redelivered`` None: not told."""
    try:
        properties = decode_properties(held.envelope)
        table = properties.table
    except MalformedTableError as error:
        problem = f"It cannot be copied: {error}."
        return Letter(held.id, queue, held.body, (), route=readable(held.route), problem=problem)
    told = tuple(_deaths(table.get("x-death")))
    origin = _text(table.get("x-first-death-queue")) or (told[-1].queue if told else "")
    first = next((death for death in reversed(told) if death.queue == origin), None)
    deaths = _newest_first(told, first)
    said = _HEADERS.said(_texts(table))
    source = "" if origin else _way(said.get("exchange", ""), said.get("routing key", ""))
    return Letter(
        held.id,
        queue,
        held.body,
        shown(table),
        properties=(
            *_settings(properties, readable(exchange), readable(held.route), redelivered),
            *([Setting("published to", f"{source}, as whoever copied it tells")] if source else ()),
        ),
        origin=origin,
        route=_first_route(deaths, first, source or readable(held.route)),
        reason=_text(table.get("x-first-death-reason")) or (first.reason if first is not None else ""),
        deliveries=_deliveries(table, first),
        consumer=said.get("consumer", ""),
        error=said.get("error", ""),
        died_at=deaths[0].at if deaths else None,
        published_at=None if properties.timestamp is None else moment(properties.timestamp),
        deaths=deaths,
        source=source,
        came_to_rest=_came_to_rest(deaths, queue, table),
    )


def home(letter: Letter) -> Reading[Destination]:
    """By the default exchange: the one it was published to may lead to other queues, too."""
    if not letter.origin:
        published = f", but that it was published to {letter.source}" if letter.source else ""
        return Unknown(f"its headers do not say in which queue it died{published}; choose where it is to go")
    if letter.origin == letter.queue:
        return Unknown("it died in the very queue where it lies; choose where it is to go")
    if REPLACED in letter.origin:
        return Unknown("the name of the queue where it died is not UTF-8; choose where it is to go")
    return Destination(letter.origin, letter.origin)


def _deaths(entries: Any) -> Iterable[Death]:
    """As the broker keeps them. Entries that anybody wrote by hand may hold anything."""
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            count = entry.get("count")
            yield Death(
                queue=_text(entry.get("queue")),
                reason=_text(entry.get("reason")),
                count=int(count) if isinstance(count, int) else 1,
                at=moment(entry.get("time")),
                routes=tuple(_routes(entry)),
            )


def _newest_first(told: tuple[Death, ...], first: Death | None) -> tuple[Death, ...]:
    """RabbitMQ 3 puts the newest first, and turns the others round with each. They are told apart by their times, which
    are of whole seconds, and where one happened several times of the first; in that case they stay.
    """
    newest, others = told[:1], told[1:]
    if any(death.count > 1 or death.at is None for death in others):
        return told
    return *newest, *sorted(others, key=lambda death: (death is first, -(death.at or 0)))


def _came_to_rest(deaths: tuple[Death, ...], queue: str, table: Table) -> bool:
    """Not where work has come round again: what died here before, waited for its next try, or was requeued."""
    if not deaths or marks.REQUEUED_HEADER in table or any(death.queue == queue for death in deaths):
        return False
    return deaths[0].reason != "expired" or names_dead_letters(queue)


def _routes(entry: Mapping[str, Any]) -> Iterable[str]:
    exchange, keys = _text(entry.get("exchange")), entry.get("routing-keys")
    for key in keys if isinstance(keys, list) else ():
        yield _way(exchange, _text(key))


def _way(exchange: str, routing_key: str) -> str:
    return f"{exchange}/{routing_key}" if exchange else routing_key


def _first_route(deaths: tuple[Death, ...], first: Death | None, here: str) -> str:
    """As it was published at first; where it never died, as it came here. The first death may be the last, too."""
    earliest = first or (deaths[-1] if deaths else None)
    return earliest.routes[0] if earliest is not None and earliest.routes else here


def _deliveries(table: Table, first: Death | None) -> int | None:
    """The studio's own workers count them. Else a rejection was a delivery; of other reasons it is not known."""
    retries = table.get(marks.RETRIES_HEADER)
    if isinstance(retries, int):
        return int(retries)
    return first.count if first is not None and first.reason == "rejected" else None


def _settings(properties: Properties, exchange: str, routing_key: str, redelivered: bool | None) -> tuple[Setting, ...]:
    own = [(name, getattr(properties, name)) for name in _SHOWN]
    told = [Setting(name.replace("_", " "), readable(str(value))) for name, value in own if value is not None]
    way = [Setting("exchange", exchange or "(default)"), Setting("routing key", routing_key)]
    flag = [] if redelivered is None else [Setting("redelivered", "yes" if redelivered else "no")]
    return (*way, *told, *flag)


def _texts(table: Table) -> Iterable[tuple[bytes, str]]:
    return ((name.encode(errors="surrogateescape"), text) for name, value in table.items() if (text := _text(value)))


def _text(value: Any) -> str:
    return readable(value) if isinstance(value, str) else ""
