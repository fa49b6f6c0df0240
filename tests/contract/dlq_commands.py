"""``wqstudio dlq`` on a graveyard's broker, with a journal of its own."""

import os
from collections.abc import Callable
from pathlib import Path

from tests.commands import Done, naming
from tests.contract.graveyards import Graveyard

Dlq = Callable[..., Done]
_COSTLY = {"list", "show", "export", "requeue", "discard", "undo"}


def commands_on(graveyard: Graveyard, folder: Path, run: Callable[..., Done]) -> Dlq:
    """Looking is paid for, unless it is not to be (``accept``). ``at``: another broker's address."""
    named = naming(graveyard.connection, folder)
    environment = {**os.environ, "XDG_DATA_HOME": str(folder)}

    def dlq(*arguments: str, accept: bool = True, management: str = "", at: str = "") -> Done:
        looks = accept and arguments[0] in _COSTLY and len(arguments) > 1 and arguments[1] != "--json"
        options = ["--accept-cost"] if looks else []
        if arguments[0] != "journal":
            options += named
        if management:
            options += ["--management-url", management]
        if at:
            options += ["--connect", at]
        return run("dlq", *arguments, *options, environment=environment)

    return dlq


def done(result: Done) -> str:
    """What it printed."""
    assert result.returncode == 0, result
    return result.stdout


def journal_of(folder: Path) -> Path:
    """The journal that commands with this folder write."""
    return folder / "wqstudio" / "journal.sqlite"
