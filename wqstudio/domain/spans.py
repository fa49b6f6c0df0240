"""Spans of time that are spoken of, in seconds. Apart from the history, so that naming them loads no arrays."""

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
