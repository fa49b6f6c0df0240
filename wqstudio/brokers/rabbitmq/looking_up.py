"""One queue by the management API, for whoever has no connection to that API of his own."""

from wqstudio.brokers.port import BrokerError
from wqstudio.brokers.rabbitmq import address
from wqstudio.brokers.rabbitmq.finding import Finder
from wqstudio.brokers.rabbitmq.governing import look_up
from wqstudio.brokers.rabbitmq.records import QueueRecord
from wqstudio.brokers.rabbitmq.refusals import ManagementError
from wqstudio.domain.connection import RabbitConnection
from wqstudio.domain.reading import Reading, Unknown


async def looked_up(connection: RabbitConnection, queue: str) -> Reading[QueueRecord]:
    """As ``look_up``; the API is looked for, asked and left. Unknown, in a sentence: it does not tell."""
    try:
        api, _ = await Finder(connection, address.parse_all(connection)).find()
    except BrokerError as error:  # of the management API: the way to the broker itself stands
        return Unknown(str(error))
    try:
        return await look_up(api, queue) or Unknown("the management API does not list it yet.")
    except ManagementError as error:
        return Unknown(str(error))
    finally:
        api.close()
