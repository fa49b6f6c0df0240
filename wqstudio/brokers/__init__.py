"""Brokers: the port that the rest of the studio speaks to, and one adapter for each product."""
