"""A program as RabbitMQ's beginners write it: works on ``task_queue``, one task at a time, a second for each dot in it.

The AMQP URL comes as a line on standard input: it holds a password. It works until it is ended.
"""

import sys
import time

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import Basic, BasicProperties


def work(channel: BlockingChannel, method: Basic.Deliver, _: BasicProperties, body: bytes) -> None:
    time.sleep(body.count(b"."))  # is the work
    channel.basic_ack(method.delivery_tag)


def main() -> None:
    connection = pika.BlockingConnection(pika.URLParameters(sys.stdin.readline().strip()))
    channel = connection.channel()
    channel.queue_declare("task_queue", durable=True)
    channel.basic_qos(prefetch_count=1)
    channel.basic_consume("task_queue", work)
    channel.start_consuming()


if __name__ == "__main__":
    main()
