"""Queues of dead letters, looked into by processes of their own."""
