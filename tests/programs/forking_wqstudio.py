"""Runs modules of ``wqstudio``, each in a process of its own that is forked from this one, which has imported it all.

They spend most of their time on that. Requests come on the socket that is stdin, as JSON: what is to run, with
descriptors for its stdin, stdout and stderr, which is answered by its process id and a descriptor of it; or which one
has ended, which is answered by its exit code.
"""

import gc
import importlib
import itertools
import json
import os
import runpy
import socket
import sys
from collections.abc import Sequence

from wqstudio.fleet import childhood

_MOST = 1 << 17
"""Bytes of a request; environments are large."""
_OF_A_BROKER = ("broker", "letters.copies", "letters.letters", "letters.outlet", "sessions.sessions")
_NEEDED = [
    "wqstudio.cli",
    "wqstudio.dlq.command",
    "wqstudio.engine.figures.host",
    "wqstudio.engine.looks.host",
    "wqstudio.fleet.host",
    *(".".join(("wqstudio.brokers", *each)) for each in itertools.product(("nats", "rabbitmq"), _OF_A_BROKER)),
    "wqstudio.brokers.rabbitmq.letters.opening",
]


def main() -> None:
    for module in _NEEDED:
        importlib.import_module(module)
    gc.freeze()
    door = socket.socket(fileno=sys.stdin.fileno())
    while True:
        request, standard, _, _ = socket.recv_fds(door, _MOST, 3)
        if not request:
            return
        wanted = json.loads(request)
        if ended := wanted.get("ended"):
            _, status = os.waitpid(ended, 0)
            door.send(json.dumps(os.waitstatus_to_exitcode(status)).encode())
        elif pid := os.fork():
            _hand_over(door, pid, standard)
        else:
            _become(standard, **wanted)
            return


def _hand_over(door: socket.socket, pid: int, standard: Sequence[int]) -> None:
    alive = os.pidfd_open(pid)
    socket.send_fds(door, [json.dumps(pid).encode()], [alive])
    for descriptor in (alive, *standard):
        os.close(descriptor)


def _become(standard: Sequence[int], module: str, arguments: Sequence[str], environment: dict[str, str]) -> None:
    childhood._die_with_parent()
    os.setsid()
    for place, descriptor in enumerate(standard):
        os.dup2(descriptor, place)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [module, *arguments]
    sys.modules.pop(module, None)  # it is the main module now
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
