"""Picks the form for a product."""

from collections.abc import Iterable
from typing import assert_never

from wqstudio.domain.connection import Connection, NatsConnection, Product, RabbitConnection
from wqstudio.ui.connect_form import ConnectForm
from wqstudio.ui.connect_nats import NatsForm
from wqstudio.ui.connect_rabbit import RabbitForm
from wqstudio.ui.lookups import FindHosts


def connect_form(product: Product, recent: Iterable[Connection], find_hosts: FindHosts) -> ConnectForm:
    """``recent`` may be of any product."""
    match product:
        case Product.NATS:
            return NatsForm([each for each in recent if isinstance(each, NatsConnection)])
        case Product.RABBITMQ:
            return RabbitForm([each for each in recent if isinstance(each, RabbitConnection)], find_hosts)
        case _:
            assert_never(product)
