"""A program that runs a local RabbitMQ node and waits to be ended: prints the processes and the folder as JSON."""

import asyncio
import json
import sys
from pathlib import Path

from wqstudio.brokers.local.rabbitmq_server import LocalRabbitServer


async def main() -> None:
    server = LocalRabbitServer(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    await server.start()
    try:
        print(json.dumps({"node": server.pid, "guard": server.guard_pid, "folder": str(server.folder)}), flush=True)
        await asyncio.Event().wait()
    finally:
        await server.stop()


if __name__ == "__main__":
    asyncio.run(main())
