"""What those who copy a message, or try it again, write into its headers: names for it that are in common use.

Names are compared without case, signs and the beginnings ``X-``, ``DLQ-``, ``Dead-Letter-`` and the like, so that
X-Error, x_last_error, Dlq-Error and lastError are read alike.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

ERROR = ("error", "lasterror", "errormessage", "exception", "exceptionmessage", "failure", "reasonpoisoned")
CONSUMER = ("originalconsumer", "consumer", "failedconsumer", "failureworker", "worker", "handlerpoisoned")
_BEGINNING = re.compile(r"^(?:x|jetstream|js|dlq|dl|dead)(?=[a-z])")

V = TypeVar("V")


class ToldHeaders:
    def __init__(self, names: Mapping[str, Sequence[str]]) -> None:
        """``names``: bare ones of what tells a thing, by the key of that thing, the best first."""
        self.names = names
        self._keys: Mapping[str, Sequence[tuple[str, int]]] = {
            name: [(key, those.index(name)) for key, those in names.items() if name in those]
            for name in {each for those in names.values() for each in those}
        }
        """By a bare name, of what it tells, and how many names tell that sooner."""
        self._bare = lru_cache(maxsize=1_000)(self._stripped)  # letters of a queue share their names

    def said(self, fields: Iterable[tuple[bytes, V]]) -> dict[str, V]:
        """The first of several names wins."""
        found: dict[str, tuple[int, V]] = {}
        for name, value in fields:
            for key, rank in self._keys.get(self._bare(name), ()):
                if key not in found or rank < found[key][0]:
                    found[key] = (rank, value)
        return {key: value for key, (_, value) in found.items()}

    def _stripped(self, name: bytes) -> str:
        """Without case, signs and beginnings that say nothing."""
        bare = re.sub(r"[^a-z0-9]", "", name.decode(errors="replace").lower())
        while bare not in self._keys and (shorter := _BEGINNING.sub("", bare)) != bare:
            bare = shorter.removeprefix("letter") if len(shorter) > len("letter") else shorter
        return bare
