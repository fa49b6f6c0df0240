"""A program that requeues all of the dead letters slowly, for its parent to kill it.

By itself, as a command does it, or in a letters host, as a window does. Product, URL, routing key, and for RabbitMQ
user, password, virtual host and management address come on standard input, a line each. Prints a line for each report:
the process id of the letters host, or 0, and how many have moved.
"""

import asyncio
import sys
from pathlib import Path

from tests.contract.graveyards import DEAD
from wqstudio.domain.connection import Connection, NatsConnection, RabbitConnection
from wqstudio.domain.letter import Destination
from wqstudio.domain.redrive import Plan, Progress
from wqstudio.engine.journal.journal import Journal
from wqstudio.engine.looks.dead_letters import DeadLetterWork
from wqstudio.engine.looks.process import LettersProcess
from wqstudio.engine.looks.redrive_process import RedriveProcess
from wqstudio.engine.moves.redrive import new_run


async def main(how: str, file: Path) -> None:
    product, url, route, *login = sys.stdin.read().splitlines()
    connection: Connection = NatsConnection(urls=(url,))
    if product == "rabbitmq":
        user, password, vhost, management_url = login
        connection = RabbitConnection(
            urls=(url,), user=user, password=password, vhost=vhost, management_url=management_url
        )
    plan = Plan(DEAD, destination=Destination(route, route), rate=20)
    host = 0

    def tell(progress: Progress) -> None:
        print(host, progress.moved, flush=True)

    if how == "window":
        process = LettersProcess(connection, file)
        host = process.pid
        await RedriveProcess(process, new_run(), plan, tell).run()
    else:
        await DeadLetterWork(connection, Journal(file)).redrive(plan, tell).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
