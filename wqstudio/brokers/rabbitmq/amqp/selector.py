"""The thread that pika's selector loop turns in: one for all the connections that share it."""

import threading
from collections.abc import Callable

from pika.adapters.select_connection import IOLoop

OnCrash = Callable[[Exception], None]
"""Has to end what it uses the thread for."""


class SelectorThread:
    """Runs while somebody needs it. A thread for each of 100 workers spent more on taking turns than on their work."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._io: IOLoop | None = None
        self._users: set[OnCrash] = set()

    def enter(self, on_crash: OnCrash) -> IOLoop:
        """From any thread; ``leave`` with the same ``on_crash``, which is told in the thread of what was not caught."""
        with self._lock:
            if self._io is None:
                self._io = IOLoop()
                threading.Thread(target=self._run, args=(self._io,), name="amqp", daemon=True).start()
            self._users.add(on_crash)
            return self._io

    def leave(self, on_crash: OnCrash) -> None:
        """In the thread, which ends with its last user."""
        with self._lock:
            self._users.discard(on_crash)
            if not self._users and self._io is not None:
                self._io.stop()
                self._io = None

    def _run(self, io: IOLoop) -> None:
        """A mistake in one's callback leaves nobody waiting for ever: all are told, and the loop turns on for them.

        The one that ends the last use may be followed by a mistake in the same turn: who is asked is not the loop.
        """
        while self._is_used(io):
            try:
                io.start()
            except Exception as error:  # noqa: BLE001 - see above
                for on_crash in self._all(io):
                    on_crash(error)
        io.close()

    def _is_used(self, io: IOLoop) -> bool:
        with self._lock:
            return self._io is io

    def _all(self, io: IOLoop) -> tuple[OnCrash, ...]:
        with self._lock:
            return tuple(self._users) if self._io is io else ()
