"""Brokers that the studio runs itself, as child processes on free loopback ports."""
