"""Dead letters as RabbitMQ and NATS give them, and as nobody would wish them."""

import base64
import gzip
import json
import time

from wqstudio.domain.letter import Death, Header, Letter
from wqstudio.domain.queue import Setting

ORDER = {"order": {"id": 81723, "customer": "Jørn", "paid": True, "lines": [{"sku": "A-100"}, {"sku": "B-7"}]}}
WRAPPED = base64.b64encode(gzip.compress(json.dumps(ORDER).encode()))


def rabbit_letter(body: bytes = WRAPPED, **changes: object) -> Letter:
    now = time.time()
    fields = {
        "id": 1,
        "queue": "orders.dead",
        "body": body,
        "headers": (
            Header("x-death", [{"queue": "orders", "count": 3, "routing-keys": ["order.created"]}], "array"),
            Header("tries", 3, "long"),
            Header("trace", b"\x01\xff", "binary"),
        ),
        "properties": (Setting("exchange", "dlx"), Setting("content type", "application/json")),
        "origin": "orders",
        "route": "order.created",
        "reason": "rejected",
        "deliveries": 3,
        "error": "ValueError: <b>no</b> address",
        "died_at": now - 7200,
        "published_at": now - 86_400 * 3,
        "deaths": (
            Death("orders", "rejected", 3, now - 7200, ("shop/order.created",)),
            Death("orders.retry", "expired", 1, None, ("orders.retry",)),
        ),
    }
    return Letter(**(fields | changes))  # type: ignore[arg-type]


def pointed_letter(**changes: object) -> Letter:
    advisory = {"stream": "jobs", "consumer": "all", "stream_seq": 17, "deliveries": 5}
    fields = {
        "id": 42,
        "queue": "dlq",
        "body": b'{"task": 1}',
        "headers": (Header("Trace", "x"),),
        "origin": "jobs",
        "route": "jobs.email",
        "reason": "max deliveries",
        "consumer": "all",
        "pointer": json.dumps(advisory).encode(),
    }
    return Letter(**(fields | changes))  # type: ignore[arg-type]
