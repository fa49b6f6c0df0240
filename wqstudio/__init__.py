"""A desktop studio for work queues on NATS JetStream and RabbitMQ."""

__version__ = "0.1.0"
