"""NATS JetStream: everything that imports nats."""
