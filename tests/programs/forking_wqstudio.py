"""Runs commands of ``wqstudio``, each in a process of its own that is forked from this one, which has imported it all.

A command spends most of its time on that. Requests come on the socket that is stdin: the arguments and the environment
as JSON, with descriptors for the command's stdout and stderr. What is sent back is the exit code.
"""

import gc
import importlib
import json
import os
import runpy
import socket
import sys
from collections.abc import Sequence

_MOST = 1 << 17
"""Bytes of a request; environments are large."""
_NEEDED = [
    "wqstudio.dlq.command",
    *(
        f"wqstudio.brokers.nats.{module}"
        for module in ("broker", "letters.copies", "letters.letters", "letters.outlet")
    ),
    *(
        f"wqstudio.brokers.rabbitmq.{module}"
        for module in ("broker", "letters.copies", "letters.opening", "letters.outlet")
    ),
]


def main() -> None:
    for module in _NEEDED:
        importlib.import_module(module)
    gc.freeze()
    door = socket.socket(fileno=sys.stdin.fileno())
    while True:
        request, descriptors, _, _ = socket.recv_fds(door, _MOST, 2)
        if not request:
            return
        command = os.fork()
        if command == 0:
            _become(descriptors, **json.loads(request))
            return
        for descriptor in descriptors:
            os.close(descriptor)
        _, status = os.waitpid(command, 0)
        door.send(json.dumps(os.waitstatus_to_exitcode(status)).encode())


def _become(descriptors: Sequence[int], arguments: Sequence[str], environment: dict[str, str]) -> None:
    for descriptor, at in zip([os.open(os.devnull, os.O_RDONLY), *descriptors], range(3), strict=True):
        os.dup2(descriptor, at)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["wqstudio", *arguments]
    runpy.run_module("wqstudio", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
