"""What JetStream's answers to a publish mean."""

from wqstudio.brokers.nats.jetstream.exchange import Answer
from wqstudio.brokers.nats.letters.outlet import _outcome
from wqstudio.brokers.nats.sessions import confirms
from wqstudio.brokers.port import RefusedError, UnreachableError
from wqstudio.domain.letter import Fate

_FULL = b'{"error":{"code":503,"err_code":10077,"description":"maximum messages exceeded"},"stream":"jobs"}'
_IN_PROCESS = b'{"error":{"code":409,"err_code":10158,"description":"duplicate message id is in process"}}'
"""As a cluster answers a second publish while the first one is proposed and not applied yet (nats-server 2.11)."""


def test_a_copy_whose_first_try_is_about_to_be_stored_is_not_refused() -> None:
    assert isinstance(confirms.refusal(_FULL), RefusedError)
    assert isinstance(confirms.refusal(_IN_PROCESS), UnreachableError)
    assert _outcome(Answer(b"", _FULL), "jobs.a").fate is Fate.REFUSED
    assert _outcome(Answer(b"", _IN_PROCESS), "jobs.a").fate is Fate.UNSURE
