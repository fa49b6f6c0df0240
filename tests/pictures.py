"""Takes the pictures of the README anew, from the program itself: ``python -m tests.pictures [FOLDER]``.

Needs what the tests need: a virtual screen and ``xdotool``, and RabbitMQ. Takes some four minutes.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.jetstream import JetStream
from tests.screens import screen
from tests.servers import NatsServer
from tests.ui.hands import Person, person_before

KEPT = Path(__file__).parents[1] / "resources" / "screenshots"
WINDOWS = {
    "demo-dark": ("demo", "--after", "30"),
    "demo-light": ("demo", "--after", "30", "--theme", "light"),
    "demo-rabbitmq-dark": ("demo", "--broker", "rabbitmq", "--after", "45"),
    "timeline-dark": ("demo", "--tab", "timeline", "--after", "40"),
    "scenarios-dark": ("demo", "--tab", "scenarios", "--after", "10"),
    "compare": ("demo", "--broker", "rabbitmq", "--compare", "fair-dispatch", "--after", "60"),
}
"""What is seen without anybody touching it."""
DEAD = "orders_dlq"
DEATHS = (
    ("orders.created", {"Reason": "rejected", "X-Error": "ValueError: address has no postal code"}),
    ("orders.paid", {"Reason": "max deliveries", "X-Error": "timeout after 30 s"}),
    ("orders.created", {"Reason": "rejected", "X-Error": "KeyError: 'currency'"}),
)
BURIED = 60


def main(folder: Path) -> None:
    for name, arguments in WINDOWS.items():
        _take(folder / f"{name}.png", *arguments)
    asyncio.run(_take_dead_letters(folder))


def _take(file: Path, *arguments: str) -> None:
    theme = () if "--theme" in arguments else ("--theme", "dark")
    with screen() as display, TemporaryDirectory() as home:
        environment = {
            **os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home,
        }  # fmt: skip
        command = [
            sys.executable,
            "-m",
            "wqstudio",
            *arguments,
            *theme,
            "--size",
            "1440x900",
            "--screenshot",
            str(file),
        ]
        subprocess.run(command, env=environment, check=True)


async def _take_dead_letters(folder: Path) -> None:
    """The table with the letter that is chosen, five on their way home, and what moving them does."""
    async with _buried() as server:
        with TemporaryDirectory() as home:
            arguments = ("--connect", server.url, "--tab", "dead letters", "--queue", DEAD, "--theme", "dark")
            with person_before(Path(home), *arguments) as person:
                await _drag_home(person, folder)


async def _drag_home(person: Person, folder: Path) -> None:
    await person.clicks(await person.waits_for("row", "lettersTable", 1))
    await person.waits_for("widget", "bodyView")
    _grab(person, folder / "dead-letters.png")
    await person.clicks(person.sees("row", "lettersTable", 5), holding="shift")
    await person.drags(person.sees("row", "lettersTable", 3), person.sees("queue", "orders"))
    await person.waits_for("text", "explorerSummary", until=lambda text: "Drop to requeue" in text)
    _grab(person, folder / "dead-letters-drag.png")
    await person.lets_go()
    await person.waits_for("widget", "moveGo")
    _grab(person, folder / "requeue-preview.png", "movePreview")
    await person.presses("Escape")


def _grab(person: Person, file: Path, *widget: str) -> None:
    assert person.sees("grab", str(file), *widget), file


@asynccontextmanager
async def _buried() -> AsyncIterator[NatsServer]:
    """A shop's streams, and its dead letters."""
    with TemporaryDirectory() as folder:
        server = NatsServer(Path(folder))
        server.start()
        try:
            user = await JetStream.connect(server)
            await _make_streams(user)
            await _bury(user)
            await user.close()
            yield server
        finally:
            server.stop()


async def _make_streams(user: JetStream) -> None:
    for name in ("orders", "mail"):
        await user.stream(name, retention="workqueue")
    for name in ("audit", "invoices"):
        await user.stream(name)
    await user.stream(DEAD, "dead.>", metadata={"dead_letter_queue": "true"}, allow_direct=True)
    for consumer in ("billing", "packers"):
        subject = "orders.paid" if consumer == "billing" else "orders.created"
        await user.consumer("orders", consumer, filter_subject=subject)
    await user.consumer("mail", "senders")


async def _bury(user: JetStream) -> None:
    for number in range(BURIED):
        subject, why = DEATHS[number % len(DEATHS)]
        order = {"order": 48_104 + number, "customer": f"C-{number % 40:03}", "total": 25.5 + number, "currency": "EUR"}
        died = {"Original-Stream": "orders", "Original-Subject": subject, "X-Delivery-Count": "5", **why}
        await user.publish(f"dead.{subject}", json.dumps(order).encode(), headers=died)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else KEPT)
