"""Places that a person names, which need not be among those that are listed. Pure."""

from wqstudio.domain.connection import Product
from wqstudio.domain.letter import Destination

NAMING = {
    Product.NATS: "subject",
    Product.RABBITMQ: "queue, or exchange/routing-key",
}
"""How a place is named, by product."""


def place_named(text: str, product: Product) -> Destination:
    if product is Product.NATS:
        return Destination(queue=text, route=text)
    exchange, slash, key = text.partition("/")
    return Destination(text, key, exchange) if slash else Destination(text, text)
