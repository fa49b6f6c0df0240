"""Connections to NATS: addresses, logins, the first words, what can go wrong."""
