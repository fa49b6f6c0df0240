"""What changed from one poll to the next, in sentences."""

import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Generic, TypeVar

from wqstudio.brokers.feed import EventFlow
from wqstudio.brokers.rabbitmq.management.naming import Place
from wqstudio.brokers.rabbitmq.management.records import ConnectionRecord, ConsumerRecord, NodeRecord, PolicyRecord
from wqstudio.brokers.rabbitmq.management.sight import Sight
from wqstudio.brokers.rabbitmq.management.wording import some
from wqstudio.brokers.rabbitmq.watching.readings import kind
from wqstudio.brokers.rabbitmq.watching.tags import came_and_left
from wqstudio.domain.events import Event, Level, Several, Topic
from wqstudio.domain.reading import Reading, Unknown

OWN_REMOVAL = 10.0
"""Seconds after our deleting a queue for which its being gone is our doing."""

T = TypeVar("T")


class _Latest(Generic[T]):
    """What was known last of a listing. One that could not be read is no change, and hides none."""

    def __init__(self) -> None:
        self._known: T | None = None

    def changed(self, reading: Reading[T]) -> tuple[T, T] | None:
        """From what to what; None: not at all, or it is known for the first time."""
        if isinstance(reading, Unknown):
            return None
        before, self._known = self._known, reading
        return None if before is None or before is reading else (before, reading)


class Happenings:
    def __init__(self, flow: EventFlow) -> None:
        self._flow = flow
        self._before: Sight | None = None
        self._consumers: _Latest[Mapping[str, tuple[ConsumerRecord, ...]]] = _Latest()
        self._connections: _Latest[Mapping[str, ConnectionRecord]] = _Latest()
        self._policies: _Latest[Mapping[Place, PolicyRecord]] = _Latest()
        self._nodes: _Latest[Mapping[str, NodeRecord]] = _Latest()
        self._removed: dict[str, float] = {}

    def removing(self, queue: str) -> None:
        """We delete it, which is told elsewhere."""
        self._removed[queue] = time.monotonic()

    def saw(self, sight: Sight) -> None:
        """Tell what is other than at the last poll; the first tells nothing."""
        before, self._before = self._before, sight
        if before is not None:
            self._tell_queues(before, sight)
        if consumers := self._consumers.changed(sight.consumers):
            self._tell_consumers(*consumers)
        if connections := self._connections.changed(sight.topology.connections):
            self._tell_connections(*connections)
        if policies := self._policies.changed(sight.topology.policies):
            self._tell_policies(*policies)
        if nodes := self._nodes.changed(sight.topology.nodes):
            self._tell_nodes(*nodes)

    def _tell_queues(self, before: Sight, now: Sight) -> None:
        unread = before.unread.keys() | now.unread.keys()
        gone = [name for name in before.queues if name not in now.queues and name not in unread]
        came = [name for name in now.queues if name not in before.queues and name not in unread]
        ours = {name for name in gone if time.monotonic() - self._removed.get(name, -OWN_REMOVAL) < OWN_REMOVAL}
        self._tell(Topic.QUEUE, "Queue", "Queues", came, "made", kinds={n: kind(now.queues[n]) for n in came})
        self._tell(Topic.QUEUE, "Queue", "Queues", [name for name in gone if name not in ours], "deleted")
        for name, queue in now.queues.items():
            old = before.queues.get(name)
            if old is not None and (old.policy, old.operator_policy) != (queue.policy, queue.operator_policy):
                policy = queue.policy or queue.operator_policy
                text = f"Queue {name} follows policy {policy} now" if policy else f"Queue {name} follows no policy now"
                self._happened((Topic.QUEUE, "policy"), Topic.QUEUE, text, queue=name)
            if old is not None and old.leader and queue.leader and old.leader != queue.leader:
                self._happened((Topic.QUEUE, "leader"), Topic.QUEUE, f"Queue {name} is now led by {queue.leader}")

    def _tell_consumers(
        self, before: Mapping[str, tuple[ConsumerRecord, ...]], now: Mapping[str, tuple[ConsumerRecord, ...]]
    ) -> None:
        for queue in before.keys() | now.keys():
            old, new = before.get(queue, ()), now.get(queue, ())
            if old != new:
                self._consumers_of(queue, old, new)

    def _consumers_of(self, queue: str, old: tuple[ConsumerRecord, ...], new: tuple[ConsumerRecord, ...]) -> None:
        came, left = came_and_left(old, new)
        self._tell(Topic.CONSUMER, "Consumer", "consumers", sorted(came), f"come to {queue}", queue=queue)
        self._tell(Topic.CONSUMER, "Consumer", "consumers", sorted(left), f"gone from {queue}", queue=queue)

    def _tell_connections(self, old: Mapping[str, ConnectionRecord], new: Mapping[str, ConnectionRecord]) -> None:
        self._connections_were("opened", [each for name, each in new.items() if name not in old])
        self._connections_were("closed", [each for name, each in old.items() if name not in new])

    def _connections_were(self, done: str, them: Sequence[ConnectionRecord]) -> None:
        """Some programs make one for every message: the event log counts those that follow each other."""
        if not them:
            return
        several = Several("", f" connections were {done}")
        text = f"Connection {_who(them[0])} was {done}"
        if len(them) > 1:
            text = f"{several.said(len(them))}: {some(_programs(them))}"
        self._flow.put(Event(time.time(), Topic.SERVER, text, several=several, count=len(them)))

    def _tell_policies(self, old: Mapping[Place, PolicyRecord], new: Mapping[Place, PolicyRecord]) -> None:
        changed = [place.name for place in new if place in old and new[place] != old[place]]
        self._tell(Topic.QUEUE, "Policy", "policies", [place.name for place in new if place not in old], "made")
        self._tell(Topic.QUEUE, "Policy", "policies", changed, "changed")
        self._tell(Topic.QUEUE, "Policy", "policies", [place.name for place in old if place not in new], "deleted")

    def _tell_nodes(self, old: Mapping[str, NodeRecord], new: Mapping[str, NodeRecord]) -> None:
        for name, node in new.items():
            before = old.get(name, NodeRecord(name))
            for text, level in _node_changes(before, node):
                self._flow.put(Event(time.time(), Topic.SERVER, f"Node {name} {text}", level))

    def _tell(
        self,
        topic: Topic,
        noun: str,
        nouns: str,
        names: Collection[str],
        done: str,
        *,
        queue: str = "",
        kinds: Mapping[str, str] | None = None,
    ) -> None:
        """One sentence for however many; others of the kind within the second are counted in the next."""
        if not names:
            return
        if len(names) == 1:
            (name,) = names
            what = f" ({kinds[name]})" if kinds else ""
            text = f"{noun} {name}{what} was {done}" if " " not in done else f"{noun} {name} has {done}"
            queue = queue or (name if topic is Topic.QUEUE and noun == "Queue" else "")
        else:
            verb = "were" if " " not in done else "have"
            text = f"{len(names):,} {nouns.lower()} {verb} {done}: {some(tuple(names))}"
        self._happened((topic, noun, done), topic, text, queue=queue)

    def _happened(self, what: tuple[object, ...], topic: Topic, text: str, queue: str = "") -> None:
        self._flow.happened(what, partial(_event, time.time(), topic, text, queue))


def _event(at: float, topic: Topic, text: str, queue: str, more: int) -> Event:
    return Event(at, topic, f"{text} … and {more:,} more" if more else text, queue=queue)


def _who(connection: ConnectionRecord) -> str:
    said = f" ({connection.user_provided_name})" if connection.user_provided_name else ""
    return f"{connection.name}{said} of user {connection.user}"


def _programs(connections: Iterable[ConnectionRecord]) -> list[str]:
    """Who they are of, those with the most first."""
    counted = Counter(each.user_provided_name or f"user {each.user}" for each in connections)
    return [f"{count:,} of {name}" for name, count in counted.most_common()]


def _node_changes(before: NodeRecord, node: NodeRecord) -> list[tuple[str, Level]]:
    changes: list[tuple[str, Level]] = []
    if before.running and not node.running:
        changes.append(("has stopped, or cannot be reached by the others; bring it back", Level.ERROR))
    if node.running and not before.running:
        changes.append(("is back", Level.INFO))
    if node.mem_alarm and not before.mem_alarm:
        changes.append(
            ("is short of memory and takes no messages; let workers catch up, or raise the limit", Level.ERROR)
        )
    if node.disk_free_alarm and not before.disk_free_alarm:
        changes.append(("is short of disk space and takes no messages; free some", Level.ERROR))
    return changes
