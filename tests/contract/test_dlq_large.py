"""``wqstudio dlq`` where there is more than can be looked at together, or held in memory."""

import asyncio
import base64
import contextlib
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.commands import Done, ForkedCommands
from tests.jetstream import JetStream
from tests.rabbit_letters import put
from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from tests.servers import NatsServer
from tests.slow_front import slow_front
from wqstudio.brokers.rabbitmq.amqp.client import connect_client
from wqstudio.brokers.rabbitmq.letters.letters import MOST_HELD

COUNT = MOST_HELD + 1
_MEASURED = r"""
import re, runpy, sys
try:
    runpy.run_module("wqstudio", run_name="__main__", alter_sys=True)
finally:
    print(*re.findall(r"VmHWM:\s+(\d+) kB", open("/proc/self/status").read()), file=sys.stderr)
"""


async def test_more_than_can_be_looked_at_together_is_listed_up_to_there_and_exported_whole(
    rabbit_host: RabbitHost, tmp_path: Path, forked_commands: ForkedCommands
) -> None:
    connection = rabbit_host.connection
    user = RabbitUser(rabbit_host)
    user.declare("dead")
    user.close()
    client = await connect_client(connection, name="filling", reconnect=False)
    await put(client, "dead", *(b"letter %d." % number for number in range(COUNT)))
    await client.close()

    def dlq(*arguments: str) -> Done:
        password = tmp_path / "password"
        password.write_text(connection.password)
        named = [
            "--connect", connection.urls[0], "--user", connection.user, "--password-file", str(password),
            "--vhost", connection.vhost, "--management-url", connection.management_url, "--accept-cost",
        ]  # fmt: skip
        return forked_commands.run(
            "dlq", *arguments, *named, environment={**os.environ, "XDG_DATA_HOME": str(tmp_path)}
        )

    some = dlq("list", "dead", "--match", "letter 77.")
    assert some.returncode == 0, some
    assert f"1 of the first 10,000 of {COUNT:,} matches; no more can be looked at together" in some.stdout
    as_json = dlq("list", "dead", "--match", "letter 77.", "--json")
    assert [letter["text"] for letter in json.loads(as_json.stdout)] == ["letter 77."]
    assert f"of the first 10,000 of {COUNT:,}" in as_json.stderr
    file = tmp_path / "letters.jsonl"
    exported = dlq("export", "dead", str(file), "--limit", "20000")
    assert (exported.returncode, f"exported {COUNT}" in exported.stderr) == (0, True), exported
    assert len(file.read_bytes().splitlines()) == COUNT


def test_a_file_is_not_held_whole_to_be_imported(nats_server: NatsServer, tmp_path: Path) -> None:
    """What forty large messages take is compared with what one takes."""
    few, many = tmp_path / "few.jsonl", tmp_path / "many.jsonl"
    lines = _lines(body=os.urandom(1_000_000))
    few.write_text(next(lines))
    with many.open("w") as out:
        out.writelines(line for line, _ in zip(lines, range(40), strict=False))
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path)}

    def most_memory(file: Path) -> int:
        """Bytes."""
        command = ["dlq", "import", str(file), "--dry-run", "--to", "jobs.any", "--connect", nats_server.url]
        result = subprocess.run(
            [sys.executable, "-c", _MEASURED, *command], capture_output=True, text=True, check=False, env=environment
        )
        assert f"of {len(file.read_text().splitlines())} that are meant" in result.stdout, result
        return int(result.stderr.split()[-1]) * 1024

    assert most_memory(many) - most_memory(few) < 20_000_000


def _lines(body: bytes) -> Iterator[str]:
    fields = {"version": 1, "product": "nats", "route": "dead.any", "home": None, "envelope": ""}
    line = json.dumps({**fields, "body": base64.b64encode(body).decode()})
    while True:
        yield f"{line}\n"


async def test_a_search_tells_a_terminal_how_far_it_is(nats_server: NatsServer, tmp_path: Path) -> None:
    """Through a server whose answers come late, so that it lasts."""
    jetstream = await JetStream.connect(nats_server)
    await jetstream.stream("dead", allow_direct=True, storage="file", metadata={"dead_letter_queue": "true"})
    await jetstream.publish_many("dead.any", 12_000)
    await jetstream.close()
    async with slow_front(nats_server.port, late=0.7) as port:
        address = f"nats://127.0.0.1:{port}"
        command = [
            sys.executable,
            "-m",
            "wqstudio",
            "dlq",
            "list",
            "dead",
            "--match",
            "json:$.nothing",
            "--connect",
            address,
        ]
        code, out, err = await asyncio.to_thread(_on_terminal, command, {**os.environ, "XDG_DATA_HOME": str(tmp_path)})
    assert code == 4, err
    assert re.search(r"[1-9][\d,]+ of 12,000 searched, 0 found, \d+ s left\r", err), err
    assert err.endswith("\x1b[2K"), "the line is left there"
    assert "searched" not in out


def _on_terminal(command: list[str], environment: dict[str, str]) -> tuple[int, str, str]:
    """What it printed, and what came to the terminal that its errors go to."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=environment, text=True) as process:
        os.close(theirs)
        told = b""
        with contextlib.suppress(OSError):  # nobody holds the other end any more
            while piece := os.read(ours, 65_536):
                told += piece
        os.close(ours)
        out = process.communicate()[0]
    return process.returncode, out, told.decode()
