"""TLS: own authorities, client certificates, and what is said when they do not fit."""

from dataclasses import replace
from pathlib import Path

import pytest
from pika import spec

from tests.certificates import Authority
from tests.rabbit_servers import RabbitHost
from tests.tls_front import tls_front
from wqstudio.brokers.port import DeniedError, UnreachableError
from wqstudio.brokers.rabbitmq.amqp.client import connect_client


async def test_own_authority_and_client_certificate(rabbit_host: RabbitHost, tmp_path: Path) -> None:
    ours, theirs = Authority(tmp_path, "ours"), Authority(tmp_path, "theirs")
    client_pair = ours.sign("client")
    amqp = rabbit_host.node.server.ports.amqp
    async with tls_front(amqp, ours.sign("server"), wants_clients_of=ours.certificate) as port:
        good = replace(
            rabbit_host.connection,
            urls=(f"amqps://127.0.0.1:{port}",),
            tls_ca=ours.certificate,
            tls_certificate=client_pair.certificate,
            tls_key=client_pair.key,
        )
        client = await connect_client(good, name="test")
        async with client.channel() as channel:
            assert (await channel.call(spec.Queue.Declare(queue="q", durable=True), "making q")).queue == "q"
        await client.close()
        with pytest.raises(UnreachableError, match="certificate is not trusted"):
            await connect_client(replace(good, tls_ca=theirs.certificate), name="test")
        with pytest.raises(UnreachableError, match="that the server trusts our client certificate"):
            await connect_client(replace(good, tls_certificate=None, tls_key=None), name="test")
        with pytest.raises(DeniedError, match="does not belong to the certificate"):
            await connect_client(replace(good, tls_key=theirs.sign("other").key), name="test")
        with pytest.raises(DeniedError, match="does not exist"):
            await connect_client(replace(good, tls_ca=tmp_path / "missing.pem"), name="test")
