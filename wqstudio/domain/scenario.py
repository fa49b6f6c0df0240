"""A scenario: a topology, those who load it, and what to watch for."""

from dataclasses import dataclass

from wqstudio.domain.queue import QueueSpec
from wqstudio.domain.worker import ProducerSpec, WorkerSpec


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    """As typed after ``wqstudio run``."""
    title: str
    summary: str
    queues: tuple[QueueSpec, ...]
    workers: tuple[WorkerSpec, ...]
    producers: tuple[ProducerSpec, ...]
