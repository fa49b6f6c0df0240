"""A message in a worker's hands, as it came from JetStream."""

from collections.abc import Mapping

import msgspec

from wqstudio.brokers.nats.link.wire_headers import fields


class Taken(msgspec.Struct, frozen=True, gc=False):
    """A struct, which takes half of what others take to make: there is one for each delivery."""

    subject: bytes
    reply: str
    """Where its acknowledgement goes."""
    block: bytes
    """Its headers, as on the wire."""
    body: bytes

    @property
    def headers(self) -> Mapping[str, str]:
        """Of several of a name the last."""
        named = ((name, value) for name, value in fields(self.block) if name)
        return {name.decode(errors="replace"): value.decode(errors="replace") for name, value in named}
