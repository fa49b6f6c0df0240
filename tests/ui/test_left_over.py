"""Which queues of what was played before go, and may hold something, is told with what is known."""

from dataclasses import replace

from PySide6.QtCore import QObject

from tests.rabbit_servers import RabbitHost
from tests.waiting import until
from wqstudio.domain.commands import EnsureQueue, StartProducer
from wqstudio.domain.queue import QueueSpec
from wqstudio.domain.worker import ProducerSpec
from wqstudio.engine.studio import Studio
from wqstudio.ui.left_over import LeftOver

JOBS = QueueSpec("jobs", ("jobs.>",))


async def test_messages_are_told_of_also_where_only_those_that_wait_are_counted(rabbit_host: RabbitHost) -> None:
    """No management API, so that how many are stored is not known."""
    studio = await Studio.open(replace(rabbit_host.connection, management_url="http://127.0.0.1:1"), worker_hosts=1)
    parent, told = QObject(), list[tuple[object, object]]()
    left_over = LeftOver(studio, parent)
    left_over.changed.connect(lambda *said: told.append(said))
    try:
        await studio.executor.run(EnsureQueue(JOBS))
        await until(lambda: told == [({"jobs": JOBS}, frozenset())])
        await studio.executor.run(StartProducer(ProducerSpec("pen", "jobs", "jobs", rate=0, count=3)))
        await until(lambda: told[-1] == ({"jobs": JOBS}, frozenset({"jobs"})))
    finally:
        left_over.detach()
        await studio.close()
