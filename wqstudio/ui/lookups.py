"""What the window asks of brokers to which no connection is open."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from wqstudio.brokers.checks import Check, OnCheck
from wqstudio.domain.connection import Connection, RabbitConnection

Probe: TypeAlias = Callable[[Connection, OnCheck], Awaitable[tuple[Check, ...]]]
"""Tries a connection step by step."""
FindHosts: TypeAlias = Callable[[RabbitConnection], Awaitable[Sequence[str]]]
"""The virtual hosts that a user may see. BrokerError, with the remedy, when they cannot be asked for."""


@dataclass(frozen=True, slots=True)
class Lookups:
    probe: Probe
    virtual_hosts: FindHosts
