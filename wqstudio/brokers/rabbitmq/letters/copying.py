"""What becomes of a dead letter's properties in its copy. Pure.

Headers that nobody edits, and the properties beside them, are carried over in their very bytes.
"""

from dataclasses import fields, replace
from typing import NamedTuple

from wqstudio.brokers.letters import Copy
from wqstudio.brokers.rabbitmq.amqp import envelope, marks
from wqstudio.brokers.rabbitmq.amqp.codec import MalformedTableError
from wqstudio.brokers.rabbitmq.amqp.envelope import Envelope, Names
from wqstudio.brokers.rabbitmq.amqp.header_types import encode_headers
from wqstudio.brokers.rabbitmq.amqp.properties import PERSISTENT, Properties, decode_properties
from wqstudio.domain.letter import Rewriting
from wqstudio.domain.text import readable

_WHY_STRIPPED = {
    "CC": "it would send the copy to other queues, too",
    "BCC": "it would send the copy to other queues, too",
    "x-delivery-count": "the queue that it leaves counted it",
    "x-acquired-count": "the queue that it leaves counted it",
    marks.RETRIES_HEADER: "the tries of the copy are counted anew",
    marks.REQUEUED_HEADER: "it marked an earlier move",
}
_STRIPPED = Names([name.encode() for name in _WHY_STRIPPED])
_MARK = marks.REQUEUED_HEADER.encode()
_DELIVERY_MODE, _EXPIRATION, _USER_ID = 0x1000, 0x0100, 0x0010


class CopyRules(NamedTuple):
    """``user`` we are logged in as; the ``version`` of RabbitMQ."""

    user: str
    version: tuple[int, ...]

    def properties(self, copy: Copy) -> bytes:
        """Of the copy, encoded. MalformedTableError, or ValueError for an edited header, naming it."""
        whole = envelope.split(copy.held.envelope)
        if not _is_plain(whole):
            whole = envelope.split(self._made_fit(decode_properties(copy.held.envelope)).encode())
        return whole.encode_with(_table(copy, whole.table))

    def rewriting(self, copy: Copy) -> Rewriting:
        """As ``Outlet.rewriting``; of properties that make no sense, nothing is told."""
        try:
            before = decode_properties(copy.held.envelope)
            after = decode_properties(self.properties(copy))
            had, has = set(before.table), after.table
        except (MalformedTableError, ValueError) as error:
            return Rewriting((), (), (), (f"It cannot be copied: {error}.",))
        stripped = [(name, _WHY_STRIPPED[name]) for name in _WHY_STRIPPED if name in had]
        added = [] if copy.restores else [(marks.REQUEUED_HEADER, copy.mark)]
        if before.delivery_mode != PERSISTENT:
            added.append(("delivery mode", "2 (persistent)"))
        kept = [field.name for field in fields(Properties) if _is_kept(field.name, before, after)]
        return Rewriting(
            kept=(
                *(name.replace("_", " ") for name in kept),
                *(readable(name) for name in has if name != _MARK.decode()),
            ),
            stripped=(*stripped, *self._stripped_properties(before)),
            added=tuple(added),
            remarks=self._remarks(had),
        )

    def _made_fit(self, properties: Properties) -> Properties:
        own = properties.user_id if properties.user_id == self.user else None
        return replace(properties, delivery_mode=PERSISTENT, expiration=None, user_id=own)

    def _stripped_properties(self, before: Properties) -> list[tuple[str, str]]:
        stripped = []
        if before.expiration is not None:
            stripped.append(("expiration", f"{before.expiration} ms counted for another queue, and would end the copy"))
        if before.user_id not in {None, self.user}:
            stripped.append(("user id", f"RabbitMQ takes none but our own, {self.user}"))
        return stripped

    def _remarks(self, had: set[str]) -> tuple[str, ...]:
        if "x-death" not in had:
            return ("The copy is a new message to its queue: its deliveries are counted from 1 again.",)
        if self.version >= (4,):
            return ("RabbitMQ 4 keeps the history of its deaths (x-death), and counts the next ones anew.",)
        return ("The history of its deaths (x-death) goes on: what counts them finds the earlier ones, too.",)


def _is_plain(whole: Envelope) -> bool:
    """Persistent already, with nothing that has to go: the rest can stay as it is."""
    return whole.flags & (_DELIVERY_MODE | _EXPIRATION | _USER_ID) == _DELIVERY_MODE and whole.after[0] == PERSISTENT


def _table(copy: Copy, table: bytes) -> bytes:
    if copy.edit is not None and copy.edit.headers is not None:
        table = encode_headers(copy.edit.headers)[4:]
    kept = _STRIPPED.taken_out(table)
    return kept if copy.restores else kept + envelope.text_entry(_MARK, copy.mark.encode())


def _is_kept(name: str, before: Properties, after: Properties) -> bool:
    return name != "headers" and getattr(before, name) is not None and getattr(before, name) == getattr(after, name)
