import subprocess
import sys

import pytest


@pytest.mark.parametrize(("client", "kind"), [("nats", "NatsConnection"), ("pika", "RabbitConnection")])
def test_a_fleet_host_loads_the_adapter_it_needs_and_no_more(client: str, kind: str) -> None:
    """Three are started before the first worker works."""
    code = f"""
import sys
from wqstudio.domain.connection import {kind}
from wqstudio.fleet.host import sessions_on
sessions_on({kind}(urls=()))
print({{"nats", "pika", "numpy"}} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == f"{ {client} }"
