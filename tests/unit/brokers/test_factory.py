import subprocess
import sys

import pytest


@pytest.mark.parametrize(("client", "kind"), [("nats", "NatsConnection"), ("pika", "RabbitConnection")])
def test_only_the_adapter_that_is_wanted_is_loaded(client: str, kind: str) -> None:
    """A command without a window spends most of its time on importing."""
    code = f"""
import asyncio, sys, wqstudio.dlq.command
from wqstudio.brokers.factory import probe_connection
from wqstudio.domain.connection import {kind}
asyncio.run(probe_connection({kind}(urls=("nowhere://127.0.0.1:1",)), lambda check: None))
print({{"nats", "pika"}} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == f"{ {client} }"
