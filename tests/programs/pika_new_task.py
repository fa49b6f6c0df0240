"""A program as RabbitMQ's beginners write it: puts each of its arguments into the queue ``task_queue`` as a task.

The AMQP URL comes as a line on standard input: it holds a password.
"""

import sys

import pika

PERSISTENT = 2


def main() -> None:
    connection = pika.BlockingConnection(pika.URLParameters(sys.stdin.readline().strip()))
    channel = connection.channel()
    channel.queue_declare("task_queue", durable=True)
    for task in sys.argv[1:]:
        properties = pika.BasicProperties(delivery_mode=PERSISTENT)
        channel.basic_publish("", "task_queue", task.encode(), properties)
    connection.close()


if __name__ == "__main__":
    main()
