"""Says what a command has found or done on the standard output, which may have gone, or be full, by then."""

import contextlib
import os
import sys
from io import TextIOWrapper

from wqstudio.dlq.codes import say
from wqstudio.engine.letters.file import ESCAPES


def bear_any_text() -> None:
    """Names, keys and headers may have come as bytes that are no UTF-8, of which no output knows how to write them."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors=ESCAPES)


def tell_done(result: str) -> None:
    """What was done is not undone, and its exit code no other, by nobody's hearing of it."""
    try:
        print(result, flush=True)
    except BrokenPipeError:
        hush()
    except OSError as error:
        hush()
        say(f"the result could not be written ({error.strerror}); `wqstudio dlq journal` has it")


def give_up_rest() -> None:
    """What a full disk has not taken: Python would try again at the end, and make the exit code its own."""
    try:
        sys.stdout.flush()
    except OSError:
        hush()


def hush() -> None:
    """Whoever reads has had enough (`| head`), which is no news to them; nor at the end, when Python flushes again."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
