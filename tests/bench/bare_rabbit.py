"""What ``bench_rabbit_fleet`` compares with: the loops as anybody would write them with pika, in their own process.

Arguments: ``consume`` or ``publish``, port, virtual host, user, queue, prefetch or window, number of messages; the
password comes on stdin. Prints messages a second, from the first to the last. It runs as nicely as a fleet host does,
so that whatever else the machine is doing disturbs both alike.
"""

import sys
import time

import pika
from pika.channel import Channel

from wqstudio.fleet.childhood import give_way

BODY = b'{"task": "task", "difficulty": 1.0}'


class Bare:
    def __init__(self, parameters: pika.ConnectionParameters, queue: str, window: int, count: int, how: str) -> None:
        self._queue = queue
        self._window = window
        self._count = count
        self._how = how
        self._done = self._sent = 0
        self._began = 0.0
        self._channel: Channel
        self._connection = pika.SelectConnection(
            parameters,
            on_open_callback=lambda connection: connection.channel(on_open_callback=self._begin),
            on_close_callback=lambda connection, _: connection.ioloop.stop(),
        )

    def run(self) -> float:
        self._connection.ioloop.start()
        return self._count / (self._ended - self._began)

    def _begin(self, channel: Channel) -> None:
        self._channel = channel
        if self._how == "consume":
            channel.basic_qos(prefetch_count=self._window)
            channel.basic_consume(self._queue, self._consume)
        else:
            self._began = time.time()
            channel.confirm_delivery(self._confirmed)
            self._publish()

    def _consume(self, channel: Channel, method: pika.spec.Basic.Deliver, _: object, __: bytes) -> None:
        self._began = self._began or time.time()
        channel.basic_ack(method.delivery_tag)
        self._done += 1
        self._end_if_done()

    def _publish(self) -> None:
        while self._sent - self._done < self._window and self._sent < self._count:
            properties = pika.BasicProperties(
                delivery_mode=2, headers={"Wqs-Task": f"bare.1.{self._sent}"}, message_id=f"bare.1.{self._sent}"
            )
            self._channel.basic_publish("", self._queue, BODY, properties, mandatory=True)
            self._sent += 1

    def _confirmed(self, frame: pika.frame.Method) -> None:
        self._done = frame.method.delivery_tag if frame.method.multiple else self._done + 1
        self._end_if_done()
        if self._done < self._count:
            self._publish()

    def _end_if_done(self) -> None:
        if self._done == self._count:
            self._ended = time.time()
            self._connection.close()


def main(how: str, *arguments: str) -> None:
    port, vhost, user, queue, window, count = arguments
    credentials = pika.PlainCredentials(user, sys.stdin.readline().strip())
    parameters = pika.ConnectionParameters("127.0.0.1", int(port), vhost, credentials)
    print(Bare(parameters, queue, int(window), int(count), how).run())


if __name__ == "__main__":
    give_way()
    main(*sys.argv[1:])
