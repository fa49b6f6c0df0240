"""Scenario files for tests of the window."""

SHORT = """
title = "Two at work"
topic = "Fairness"
summary = "Two workers share what one producer sends."
watch = ["Nothing is lost."]
on = ["nats"]
seconds = 20

[[queues]]
name = "shared"

[[workers]]
count = 2
service = 0.02

[[producers]]
messages = 12
rate = 10

[[expectations]]
figure = "acknowledged"
is = 12
why = "All twelve are worked off."

[[expectations]]
figure = "acknowledged"
at_least = 100
why = "A hundred are worked off."
"""
