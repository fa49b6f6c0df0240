"""Places that a person names, which need not be among those that are listed. Pure."""

from wqstudio.domain.connection import Product
from wqstudio.domain.letter import Destination
from wqstudio.domain.subjects import unpublishable

NAMING = {
    Product.NATS: "subject",
    Product.RABBITMQ: "queue, or exchange/routing-key",
}
"""How a place is named, by product."""


_LONGEST = 255
"""Bytes of a name, or of a routing key (RabbitMQ)."""


def why_no_place(text: str, product: Product) -> str:
    """Why nothing can be put there, whatever the broker has, in a sentence; empty: something may be."""
    if not text.strip():
        return f"It names no place: write a {NAMING[product]}."
    if product is Product.NATS:
        return unpublishable(text)
    too_long = any(len(part.encode(errors="surrogateescape")) > _LONGEST for part in text.split("/", 1))
    return f"{text[:40]}… is longer than the {_LONGEST} bytes of a name." if too_long else ""


def place_named(text: str, product: Product) -> Destination:
    if product is Product.NATS:
        return Destination(queue=text, route=text)
    exchange, slash, key = text.partition("/")
    return Destination(text, key, exchange) if slash else Destination(text, text)
