"""What people write who know a broker's own words, or have a unit in mind, and what a scenario file calls it."""

import re
from collections.abc import Collection, Mapping

_CALLED: Mapping[str, tuple[str, ...]] = {
    "stream": ("queue",),
    "streams": ("queues",),
    "subject": ("route", "filter"),
    "subjects": ("routes",),
    "routingkey": ("route",),
    "routingkeys": ("routes",),
    "bindings": ("routes",),
    "filtersubject": ("filter",),
    "durablename": ("name",),
    "prefetchcount": ("prefetch",),
    "pullsize": ("prefetch",),
    "batch": ("prefetch",),
    "batchsize": ("prefetch",),
    "qos": ("prefetch",),
    "maxackpending": ("max_in_flight",),
    "ackpending": ("max_in_flight",),
    "maxdeliveries": ("max_deliver",),
    "deliverylimit": ("max_deliver",),
    "maxretries": ("tries",),
    "retries": ("tries",),
    "maxlength": ("max_messages",),
    "maxmsgs": ("max_messages",),
    "maxlengthbytes": ("max_bytes",),
    "messagettl": ("max_age", "delay"),
    "ttl": ("max_age", "delay"),
    "expires": ("max_age",),
    "overflow": ("discard",),
    "deadletterexchange": ("dead_letters_of", "dead_letter"),
    "deadletterroutingkey": ("dead_letters_of", "dead_letter"),
    "dlq": ("dead_letters_of", "dead_letter"),
    "dlx": ("dead_letters_of", "dead_letter"),
    "autoack": ("acks",),
    "noack": ("acks",),
    "ack": ("acks",),
    "ackpolicy": ("acks",),
    "deliverymode": ("persistent",),
    "onexhausted": ("dead_letter",),
    "instances": ("count",),
    "replicas": ("count",),
    "msgs": ("messages",),
    "timeout": ("seconds", "ack_wait"),
    "duration": ("seconds", "service"),
    "servicetime": ("service",),
    "sleep": ("service",),
    "expect": ("expectations",),
    "min": ("at_least",),
    "max": ("at_most",),
    "equals": ("is",),
}
"""By the word without case, signs and the ``x-`` of queue arguments."""
_SAID: Mapping[str, tuple[str, ...]] = {
    "slowdown": ("speed",),
    "slow": ("speed",),
    "speedup": ("speed",),
    "accelerate": ("speed",),
    "kill": ("crash", "kill host"),
    "die": ("crash",),
    "killworker": ("crash",),
    "crashhost": ("kill host",),
    "restart": ("restart broker",),
    "restartserver": ("restart broker",),
    "outage": ("restart broker",),
    "freeze": ("pause",),
    "continue": ("resume",),
    "shutdown": ("stop",),
    "add": ("start",),
    "join": ("start",),
    "qos": ("prefetch",),
    "pullsize": ("prefetch",),
    "auto": ("on receipt",),
    "automatic": ("on receipt",),
    "manual": ("after work",),
    "nak": ("give back",),
    "nack": ("give back",),
    "requeue": ("give back",),
    "retry": ("give back later",),
    "reject": ("terminate",),
    "term": ("terminate",),
    "constant": ("fixed",),
    "jetstream": ("nats",),
    "rabbit": ("rabbitmq",),
    "amqp": ("rabbitmq",),
}
"""The same of what a field may say, where that is one of few words."""
_QUANTITY = re.compile(r"^\s*([-+]?\d[\d_]*(?:[.,]\d+)?)\s*([a-z%/]*)\s*$", re.IGNORECASE)
_SECONDS = {"ms": 0.001, "s": 1, "sec": 1, "seconds": 1, "m": 60, "min": 60, "minutes": 60, "h": 3_600, "d": 86_400}
_BYTES = {"b": 1, "kb": 1 << 10, "kib": 1 << 10, "mb": 1 << 20, "mib": 1 << 20, "gb": 1 << 30, "gib": 1 << 30}
_OTHERS = {"": 1, "%": 0.01, "/s": 1, "x": 1}


def called_here(word: str, known: Collection[str]) -> str:
    """The field of ``known`` that is meant by a broker's word; empty: none."""
    return _meant(word, _CALLED, known)


def said_here(word: str, known: Collection[str]) -> str:
    """What of ``known`` is meant where one of few words may stand; empty: none."""
    return _meant(word, _SAID, known)


def _meant(word: str, called: Mapping[str, tuple[str, ...]], known: Collection[str]) -> str:
    bare = re.sub(r"[^a-z]", "", word.lower().removeprefix("x-"))
    return next((each for each in called.get(bare, ()) if each in known), "")


def without_unit(text: str, *, whole: bool) -> str:
    """The number that is meant by a text such as "20ms", in seconds, bytes, or as it is; empty: none."""
    said = _QUANTITY.match(text)
    factor = ({**_SECONDS, **_BYTES, **_OTHERS}).get(said[2].lower()) if said else None
    if said is None or factor is None:
        return ""
    value = float(said[1].replace("_", "").replace(",", ".")) * factor
    return f"{value:.0f}" if whole or value == round(value) else f"{value:.12g}"
