"""What a scenario says of itself, in sentences and short lines."""

from collections.abc import Container, Mapping, Sequence

from wqstudio.domain.connection import Product
from wqstudio.domain.queue import QueueSpec
from wqstudio.domain.scenario import Fault, FaultAction, Scenario, Setting
from wqstudio.domain.worker import AckMode, FailureAction
from wqstudio.ui import format as fmt

_ACKS = {
    AckMode.AFTER_WORK: "acknowledged after the work",
    AckMode.CONFIRMED: "acknowledged after the work, and confirmed",
    AckMode.ON_RECEIPT: "acknowledged on receipt",
}
_FAILURES = {
    FailureAction.NAK: "failures given back at once",
    FailureAction.NAK_DELAYED: "failures given back after a delay",
    FailureAction.BACKOFF: "failures given back with backoff",
    FailureAction.TERMINATE: "failures never tried again",
}


def open_ended(scenario: Scenario) -> bool:
    """In the window it is played until somebody stops it: nothing in it comes to an end, and nothing goes wrong."""
    endless = any(producer.count is None for producer in scenario.producers)
    return endless and not scenario.drained and not scenario.faults


def goes_first(scenario: Scenario, left: Mapping[str, QueueSpec]) -> list[str]:
    """Which of the queues that are ``left`` of what was played before, by name, go before the scenario is played.

    What has no end goes on in its own, unless any of these is not as it wants it.
    """
    own = {queue.name: queue for queue in scenario.queues if queue.name in left}
    goes_on = open_ended(scenario) and all(left[name] == queue for name, queue in own.items())
    return [name for name in left if not goes_on or name not in own]


def removes_first(scenario: Scenario, left: Mapping[str, QueueSpec], filled: Container[str]) -> str:
    """What goes of them though it is ``filled``, in a sentence; empty: nothing."""
    names = sorted(name for name in goes_first(scenario, left) if name in filled)
    if not names:
        return ""
    them = "it" if len(names) == 1 else "them"
    return f"First removes {listed(names)}, left by what was played before, with all messages in {them}."


def listed(names: Sequence[str]) -> str:
    """In a sentence."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def brokers(scenario: Scenario) -> str:
    return ", ".join(product.title for product in Product if product in scenario.products)


def length(scenario: Scenario, product: Product | None = None) -> str:
    """How long it takes, as a person has to reckon with; None: on any broker that it is for."""
    if open_ended(scenario):
        return "endless"
    usual = [scenario.usual(each) for each in scenario.products if product in {None, each}]
    if known := sorted({seconds for seconds in usual if seconds is not None}):
        return f"about {' to '.join(moment(seconds) for seconds in dict.fromkeys((known[0], known[-1])))}"
    seconds = moment(scenario.seconds)
    return f"{seconds} at most" if scenario.drained else seconds


def moment(seconds: float) -> str:
    """Of a scenario's time."""
    return fmt.measured(seconds).replace(".0", "")


def fault(fault: Fault) -> str:
    """As a person would tell it, without its time."""
    said = str(fault)
    if fault.action is FaultAction.RESTART_BROKER:
        said = "restart the broker"
    where = f" (on {fault.product.title})" if fault.product is not None else ""
    return f"{said[0].upper()}{said[1:]}{where}"


def held(product: Product | None) -> str:
    """What it is called there how much a worker may be given at a time; None: on no broker in particular."""
    return "pull size" if product is Product.NATS else "prefetch"


def setting(setting: Setting, product: Product | None = None) -> str:
    """What it changes; ``product``: where it is played, if the setting does not say so itself."""
    prefetch = held(setting.product or product)
    changes = (
        _of(setting.count, f"{setting.count} {setting.target or 'workers'}"),
        _of(setting.prefetch, f"{prefetch} {setting.prefetch or 'without limit'}"),
        _of(setting.speeds, f"speeds {', '.join(f'×{speed:g}' for speed in setting.speeds or ())}"),
        _of(setting.ack_mode, _ACKS[setting.ack_mode] if setting.ack_mode else ""),
        _of(setting.on_failure, _FAILURES[setting.on_failure.action] if setting.on_failure else ""),
        _of(setting.keeps, "says what is in progress" if setting.keeps else "says nothing while at work"),
        _of(setting.durable, "durable queues" if setting.durable else "transient queues"),
        _of(setting.persistent, "persistent messages" if setting.persistent else "transient messages"),
        _of(setting.max_deliver, f"at most {setting.max_deliver} deliveries"),
        _of(setting.ack_wait, f"ack wait {fmt.duration(setting.ack_wait or 0)}"),
        _of(setting.product, f"on {setting.product.title}" if setting.product else ""),
    )
    return ", ".join(filter(None, changes)) or "as it is"


def _of(value: object, words: str) -> str:
    return "" if value is None else words
