"""A child process of the studio as its parent sees it, between two pipes of frames."""

import asyncio
import contextlib
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec

from wqstudio.fleet.frames import FrameDecoder, FrameEncoder

_READ = 1 << 20
_PIPE_SIZE = 1 << 20
"""Bytes, the most that Linux grants anybody; about a second of reports at full speed."""
_F_SETPIPE_SZ = 1031
"""Linux; the name is missing from ``fcntl`` on other systems."""


R = TypeVar("R")


class ChildProcess(Generic[R]):
    """Started by construction. Its pipes are read and written only when asked to, so they wake no event loop.

    A fleet host writes thousands of frames a second; the parent collects them a few times a second. Credentials go
    with the first frames, never in argv or the environment.
    """

    def __init__(self, module: str, reports: FrameDecoder[R]) -> None:
        """``module`` is run as a program, see ``childhood.py``; ``reports`` reads what it says."""
        self.ended = False
        """It is gone, and all that it reported has been received."""
        self._closing = False
        self.was_up = False
        """It has reported something."""
        self._frames = reports
        self._encoder = FrameEncoder()
        self._unsent = bytearray()
        self._reports, writing = os.pipe()
        try:
            self._process = _start(module, writing)
        except BaseException:
            os.close(self._reports)
            raise
        finally:
            os.close(writing)
        assert self._process.stdin is not None
        self._commands = self._process.stdin.fileno()
        os.set_blocking(self._reports, False)
        os.set_blocking(self._commands, False)

    @property
    def is_over(self) -> bool:
        """It takes no commands any more."""
        return self.ended or self._closing

    @property
    def lives(self) -> bool:
        """As the system knows: what it reported last may not have been received yet."""
        return self._process.poll() is None

    @property
    def unsent(self) -> int:
        """Bytes of commands that its pipe had no room for yet."""
        return len(self._unsent)

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, command: msgspec.Struct) -> None:
        self._unsent += self._encoder.encode(command)
        self._push()

    def receive(self) -> Iterator[R]:
        """What was reported since the last call; also moves on commands that had to wait."""
        self._push()
        yield from self._frames.feed(b"")
        while (data := self._read()) is not None:
            if not data:
                self._over()
                return
            self.was_up = True
            yield from self._frames.feed(data)
            if len(data) < _READ:
                return

    def kill(self) -> None:
        """``kill -9``; what it had reported can still be received."""
        self._process.kill()

    def end(self) -> None:
        """At once, whatever it is at."""
        self._over()

    async def close(self, within: float) -> None:
        """End it, in good order if that takes no more than ``within`` seconds."""
        if self.ended:
            return
        self._closing = True
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        deadline = asyncio.get_running_loop().time() + within
        while self._process.poll() is None:
            if asyncio.get_running_loop().time() > deadline:
                self._process.kill()
            # A child watcher would have to know the loop's kind; this is over within a few turns.
            await asyncio.sleep(0.005)
        self._over()

    def _read(self) -> bytes | None:
        """None: nothing for now; empty: the end."""
        if self.ended:
            return None
        try:
            return os.read(self._reports, _READ)
        except BlockingIOError:
            return None

    def _push(self) -> None:
        while self._unsent and not self.is_over:
            try:
                del self._unsent[: os.write(self._commands, self._unsent)]
            except BlockingIOError:
                return
            except BrokenPipeError:
                self._unsent.clear()

    def _over(self) -> None:
        if self.ended:
            return
        self.ended = True
        os.close(self._reports)
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self._process.kill()  # where it closed its pipe and lives on
        self._process.wait()


def _start(module: str, reports: int) -> subprocess.Popen[bytes]:
    """``reports`` is the writing end of a pipe. OSError when there is no process to be had.

    In a session of its own: there a terminal's Ctrl+C does not reach it, which is the parent's to handle. And Linux
    shares out processors between sessions first (autogroups, see sched(7)): what a busy child takes would else be
    charged to the window, which would wait for its turn behind the broker however little it took itself.
    """
    _enlarge(reports)
    command = [sys.executable, "-m", module]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=reports, start_new_session=True)  # noqa: S603 - our own module


def _enlarge(pipe: int) -> None:
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # the user's share of pipe memory may be used up
            fcntl.fcntl(pipe, _F_SETPIPE_SZ, _PIPE_SIZE)
