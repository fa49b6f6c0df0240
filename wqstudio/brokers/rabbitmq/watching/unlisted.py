"""Queues where no management API lists them: what AMQP tells of one whose name is known, and what we made ourselves."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from wqstudio.brokers.rabbitmq import topology
from wqstudio.brokers.rabbitmq.amqp.declared import Declared
from wqstudio.brokers.rabbitmq.watching import readings
from wqstudio.domain.queue import QueueSpec, QueueState, Setting, SettingGroup
from wqstudio.domain.reading import Reading, Unknown


def states(
    looked: Mapping[str, Reading[Declared]], made: Mapping[str, QueueSpec], why: Unknown
) -> dict[str, QueueState]:
    """How much is ready and how many consume, of ``looked``. ``why`` is said of the rest."""
    return {name: _state(name, found, made, why) for name, found in looked.items()}


def describe(state: QueueState) -> Sequence[SettingGroup]:
    """As ``Broker.describe``."""
    known = {"Ready": state.waiting, "Consumers": state.consumer_count}
    told = tuple(Setting(name, f"{count:,}") for name, count in known.items() if not isinstance(count, Unknown))
    missing = state.messages.reason if isinstance(state.messages, Unknown) else ""
    settings = (Setting("Name", state.name), Setting("Type", state.kind), *told, Setting("The rest", missing))
    return (SettingGroup("Queue, as AMQP tells", settings),)


def _state(name: str, found: Reading[Declared], made: Mapping[str, QueueSpec], why: Unknown) -> QueueState:
    if isinstance(found, Unknown):
        state = readings.unreadable(name, found, ready=found)
    else:
        state = replace(readings.unreadable(name, why, ready=found.ready), counted_consumers=found.consumers)
    spec = made.get(name)
    if spec is None:
        return state
    return replace(
        state,
        kind=f"{topology.queue_arguments(spec)['x-queue-type']} queue",
        owned=True,
        dead_letters=bool(spec.dead_letters_of),
        dead_letter_queues=tuple(other for other, its in made.items() if its.dead_letters_of == name),
    )
