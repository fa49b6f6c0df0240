"""What can go wrong with a broker on this computer."""

from wqstudio.brokers.port import BrokerError


class LocalServerError(BrokerError):
    """The broker process cannot run. The text names the thing and the remedy."""
