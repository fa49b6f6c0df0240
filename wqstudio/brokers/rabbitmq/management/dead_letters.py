"""Which queues receive the dead letters of which: through arguments or policies, exchanges and bindings. Pure."""

import re
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass

from wqstudio.brokers.naming_habits import names_dead_letters
from wqstudio.brokers.rabbitmq.management.records import BindingRecord, ExchangeRecord, QueueRecord

_CORRECT = "correct the queue's dead-letter-exchange"
_HOPS = 20
"""Exchanges may be bound to exchanges, in circles too."""
_DELAYS = re.compile(r"(?<![a-z])(?:retr(?:y|ies)|delay|wait|back-?off|later|schedul|hold)", re.IGNORECASE)
"""What people call queues in which messages wait until they are due."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a queue's dead letters go. ``routing_key`` None: each keeps its own, so the queues are possible ones."""

    exchange: str
    routing_key: str | None
    queues: tuple[str, ...]
    gap: str = ""
    """What is missing on the way, and the remedy, where no queue is reached for certain."""


class Routes:
    """The exchanges and bindings of a virtual host, as one poll saw them."""

    def __init__(
        self,
        exchanges: Iterable[ExchangeRecord],
        bindings: Iterable[BindingRecord],
        shown: Callable[[str], str] = str,
    ) -> None:
        """``shown`` gives the name by which the queue of that name goes."""
        self._shown = shown
        self._exchanges = {exchange.name: exchange for exchange in exchanges}
        self._from: dict[str, list[BindingRecord]] = defaultdict(list)
        for binding in bindings:
            if binding.source:
                self._from[binding.source].append(binding)

    def target(self, queue: QueueRecord) -> Target | None:
        """None: its dead letters are dropped."""
        exchange, key = queue.rule("dead-letter-exchange"), queue.rule("dead-letter-routing-key")
        if not isinstance(exchange, str):
            return None
        key = key if isinstance(key, str) else None
        reached = tuple(dict.fromkeys(self._reached(exchange, key, queue.name)))
        return Target(exchange, key, reached, "" if reached else self.gap(exchange, key, _CORRECT))

    def behind(self, exchange: str, key: str) -> tuple[str, ...]:
        """The queues to which an exchange leads what has this key; of one that goes by headers, all it may lead to."""
        return tuple(dict.fromkeys(self._bound(exchange, key, _HOPS)))

    def _reached(self, exchange: str, key: str | None, origin: str) -> Iterator[str]:
        if not exchange:  # the default exchange leads to the queue whose name is the key, and by default is the origin
            yield origin if key is None else self._shown(key)
            return
        yield from self._bound(exchange, key, _HOPS)

    def _bound(self, exchange: str, key: str | None, hops: int) -> Iterator[str]:
        if not hops or exchange not in self._exchanges:
            return
        kind, routed = self._exchanges[exchange].type, False
        for binding in self._from.get(exchange, ()):
            if key is not None and not leads(kind, binding.routing_key, key):
                continue
            routed = True
            if binding.destination_type == "queue":
                yield self._shown(binding.destination)
            else:
                yield from self._bound(binding.destination, key, hops - 1)
        if (key is None or not routed) and (alternate := self._alternate(exchange)):
            yield from self._bound(alternate, key, hops - 1)

    def _alternate(self, exchange: str) -> str:
        """Where the exchange sends what it has no binding for, as far as its arguments tell."""
        alternate = self._exchanges[exchange].arguments.get("alternate-exchange")
        return alternate if isinstance(alternate, str) else ""

    def gap(self, exchange: str, key: str | None, otherwise: str = "check the name") -> str:
        """What is missing where an exchange leads to no queue, and the remedy: ``otherwise`` of one that is not there.

        Empty where a policy of the exchange, which may name an alternate, leaves it open.
        """
        if exchange not in self._exchanges:
            return f"the exchange {exchange} is not there; declare it, or {otherwise}"
        if self._exchanges[exchange].policy:
            return ""
        key_in_words = "" if key is None else f" for the routing key {key or '(empty)'}"
        return f"no queue is bound to the exchange {exchange}{key_in_words}; bind one"


def receivers(
    queues: Iterable[QueueRecord], targets: Mapping[str, Target | None], consumed: Container[str]
) -> frozenset[str]:
    """The queues where dead letters come to rest. ``consumed``: those that are known to have consumers.

    Not those that work only passes through again: a queue that dead-letters to another in its turn, and what expired in
    a delay before a retry. One that leads back to itself alone, or nowhere, as under a policy for all queues, is no way
    through.
    """
    found = {
        receiver
        for queue in queues
        if (target := targets.get(queue.name)) is not None
        for receiver in target.queues
        if receiver != queue.name and not _is_delay(queue, receiver, consumed)
    }
    return frozenset(receiver for receiver in found if not _leads_on(receiver, targets.get(receiver)))


def _leads_on(queue: str, target: Target | None) -> bool:
    return target is not None and any(other != queue for other in target.queues)


def _is_delay(queue: QueueRecord, receiver: str, consumed: Container[str]) -> bool:
    """Whether messages wait in ``queue`` until they are due, and go to be worked on in ``receiver``.

    Work queues have times to live as well. From a delay nobody consumes, and nothing is there to die of but time; what
    it leads to is worked on now, or else the delay's name says what it is. A name for dead letters outweighs all that.
    """
    limits = ("max-length", "max-length-bytes", "delivery-limit")
    if queue.rule("message-ttl") is None or any(queue.rule(limit) is not None for limit in limits):
        return False
    if queue.name in consumed or names_dead_letters(receiver):
        return False
    return receiver in consumed or _DELAYS.search(queue.name) is not None


def leads(kind: str, pattern: str, key: str) -> bool:
    """Whether a binding of that exchange takes the key. Of kinds that decide by more than the key: it may."""
    match kind:
        case "direct":
            return pattern == key
        case "topic":
            return _matches(pattern.split("."), key.split("."))
        case _:
            return True


def _matches(pattern: list[str], words: list[str]) -> bool:
    """``*`` is one word, ``#`` any number; the sets of reached positions keep many ``#`` from taking for ever."""
    reached = {0}
    for part in pattern:
        if part == "#":
            reached = set(range(min(reached), len(words) + 1)) if reached else set()
        else:
            reached = {at + 1 for at in reached if at < len(words) and part in {"*", words[at]}}
    return len(words) in reached
