"""A desktop studio for work queues on NATS JetStream."""

__version__ = "0.1.0"
