"""The end of a connection as a crash would make it."""

from nats.aio.client import Client

from wqstudio.brokers.nats.link.client import StudioClient


def sever(client: StudioClient) -> None:
    """Drop the socket at once: nothing buffered is sent, nothing reconnects, no task is left, and nobody waits for it.

    nats-py has no such call, and its ``close`` flushes; hence the private attributes.
    """
    client._status = Client.CLOSED  # noqa: SLF001 - see above; without it the tasks below would reconnect
    tasks = [client._reading_task, client._flusher_task, client._ping_interval_task, client._reconnection_task]  # noqa: SLF001 - see above
    tasks += [subscription._wait_for_msgs_task for subscription in client._subs.values()]  # noqa: SLF001 - see above
    for task in tasks:
        if task is not None:
            task.cancel()
    writer = getattr(client._transport, "_io_writer", None)  # noqa: SLF001 - see above
    if writer is not None:
        writer.transport.abort()
    client.end_flushes()
