"""``wqstudio dlq`` on a graveyard's broker, with a journal of its own."""

import os
from collections.abc import Callable
from pathlib import Path

from tests.commands import Done
from tests.contract.graveyards import Graveyard
from wqstudio.domain.connection import Connection, RabbitConnection

Dlq = Callable[..., Done]
_COSTLY = {"list", "show", "export", "requeue", "discard", "undo"}


def commands_on(graveyard: Graveyard, folder: Path, run: Callable[..., Done]) -> Dlq:
    """Looking is paid for, unless it is not to be (``accept``). ``at``: another broker's address."""
    named = options_to(graveyard.connection, folder)
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


def options_to(connection: Connection, folder: Path) -> list[str]:
    """What to type for that connection; a password goes into a file in the folder."""
    if not isinstance(connection, RabbitConnection):
        return ["--connect", connection.urls[0]]
    password = folder / "password"
    password.write_text(connection.password)
    return [
        "--connect", connection.urls[0], "--user", connection.user, "--password-file", str(password),
        "--vhost", connection.vhost, "--management-url", connection.management_url,
    ]  # fmt: skip


def done(result: Done) -> str:
    """What it printed."""
    assert result.returncode == 0, result
    return result.stdout


def journal_of(folder: Path) -> Path:
    """The journal that commands with this folder write."""
    return folder / "wqstudio" / "journal.sqlite"
