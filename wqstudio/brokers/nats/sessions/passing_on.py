"""Publishes what a worker was given somewhere else in JetStream, for others to do, or to be kept as a dead letter."""

from collections.abc import Mapping

from wqstudio.brokers.nats.link.client import StudioClient
from wqstudio.brokers.nats.link.errors import NobodyThereError
from wqstudio.brokers.nats.sessions.confirms import refusal
from wqstudio.brokers.nats.sessions.taken import Taken
from wqstudio.brokers.port import RefusedError

_SERVERS_OWN = "nats-"
"""How headers begin that tell the server something of the original: its deduplication id would have it drop a copy."""


async def publish(client: StudioClient, message: Taken, route: str, told: Mapping[str, str]) -> None:
    """As ``WorkerSession.forward``; ``told``: headers beside its own."""
    own = message.headers.items()
    headers = {name: value for name, value in own if not name.lower().startswith(_SERVERS_OWN)} | dict(told)
    try:
        answer = await client.ask(route, message.body, headers=headers, doing=f"Publishing to {route}")
    except NobodyThereError as error:
        raise RefusedError(f"No stream takes messages for {route}; make one, or correct the route.") from error
    if (refused := refusal(answer.data)) is not None:
        raise refused


def origin(message: Taken, stream: str) -> Mapping[str, str]:
    """Headers by which whoever reads the copy, the studio among them, knows where it belongs."""
    subject = message.subject.decode(errors="backslashreplace")
    return {"Dead-Letter-Original-Subject": subject, "Dead-Letter-Original-Stream": stream}
