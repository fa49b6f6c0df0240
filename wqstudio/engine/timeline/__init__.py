"""The record of every delivery, and what it says of lanes, waiting lines and messages."""
