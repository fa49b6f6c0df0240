"""AMQP 0-9-1 as it goes over the wire: connections, channels, frames, properties, errors."""
