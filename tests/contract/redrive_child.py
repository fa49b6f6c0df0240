"""A program that requeues all of the dead letters slowly, and prints how many have moved; its parent kills it.

Product, URL, routing key, and for RabbitMQ user, password, virtual host and management address come on standard
input, a line each.
"""

import asyncio
import sys
from pathlib import Path

from tests.contract.graveyards import DEAD
from wqstudio.domain.connection import Connection, NatsConnection, RabbitConnection
from wqstudio.domain.letter import Destination
from wqstudio.domain.redrive import Plan
from wqstudio.engine.dead_letters import DeadLetterWork
from wqstudio.engine.journal import Journal


def main() -> None:
    product, url, route, *login = sys.stdin.read().splitlines()
    connection: Connection = NatsConnection(urls=(url,))
    if product == "rabbitmq":
        user, password, vhost, management_url = login
        connection = RabbitConnection(
            urls=(url,), user=user, password=password, vhost=vhost, management_url=management_url
        )
    plan = Plan(DEAD, destination=Destination(route, route), rate=20)
    redrive = DeadLetterWork(connection, Journal(Path(sys.argv[1]))).redrive(
        plan, lambda progress: print(progress.moved, flush=True)
    )
    asyncio.run(redrive.run())


if __name__ == "__main__":
    main()
