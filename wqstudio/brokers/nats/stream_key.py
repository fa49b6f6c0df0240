"""What tells a stream, and so its messages, from those of another one that had its name before or has it later."""

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np

from wqstudio.brokers.nats.records import StreamInfo
from wqstudio.brokers.nats.sequences import Sequences


def stream_key(info: StreamInfo) -> bytes:
    """8 bytes, with which the fingerprints of its messages begin."""
    return blake2b(f"{info.config.name}\0{info.created}".encode(), digest_size=8).digest()


def fingerprint(key: bytes, seq: int) -> bytes:
    return key + seq.to_bytes(8, "big")


def sequences_of(key: bytes, fingerprints: Iterable[bytes]) -> Sequences:
    """Of those among them that are of this stream."""
    found = [int.from_bytes(each[len(key) :], "big") for each in fingerprints if each.startswith(key)]
    return np.unique(np.array(found, np.int64))
