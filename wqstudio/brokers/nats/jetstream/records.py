"""JetStream's API answers, as far as the studio reads them.

Unknown fields are skipped and every field but a name has a default, so that older and newer servers
decode alike. Times in the records are nanoseconds, as JetStream sends them.
"""

from datetime import datetime
from typing import Annotated

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""A number beyond that is a server's underflow, and makes the record malformed."""


_ID_IN_PROCESS = 10_158


class ApiFault(msgspec.Struct, frozen=True, gc=False):
    code: int = 0
    err_code: int = 0
    description: str = ""

    @property
    def is_undecided(self) -> bool:
        """A cluster is about to store a message of the same id: most likely this one, sent before. No refusal."""
        return self.err_code == _ID_IN_PROCESS


class Answer(msgspec.Struct, frozen=True, gc=False):
    error: ApiFault | None = None


class Purged(Answer, frozen=True, gc=False):
    purged: int = 0


class Placement(msgspec.Struct, frozen=True, gc=False):
    cluster: str = ""
    tags: tuple[str, ...] | None = None


class External(msgspec.Struct, frozen=True, gc=False):
    api: str = ""
    deliver: str = ""


class SubjectTransform(msgspec.Struct, frozen=True, gc=False):
    src: str = ""
    dest: str = ""


class Origin(msgspec.Struct, frozen=True, gc=False):
    """Where a mirror or a source copies from."""

    name: str = ""
    opt_start_seq: int = 0
    opt_start_time: str = ""
    filter_subject: str = ""
    external: External | None = None
    subject_transforms: tuple[SubjectTransform, ...] | None = None


class Republish(msgspec.Struct, frozen=True, gc=False):
    src: str = ""
    dest: str = ""
    headers_only: bool = False


class ConsumerLimits(msgspec.Struct, frozen=True, gc=False):
    inactive_threshold: int = 0
    max_ack_pending: int = 0


class StreamConfig(msgspec.Struct, frozen=True, gc=False):
    name: str
    description: str = ""
    subjects: tuple[str, ...] | None = None
    retention: str = "limits"
    storage: str = "file"
    discard: str = "old"
    discard_new_per_subject: bool = False
    max_consumers: int = -1
    max_msgs: int = -1
    max_bytes: int = -1
    max_age: int = 0
    max_msgs_per_subject: int = -1
    max_msg_size: int = -1
    num_replicas: int = 1
    duplicate_window: int = 0
    """Nanoseconds."""
    compression: str = "none"
    no_ack: bool = False
    first_seq: Count = 0
    placement: Placement | None = None
    mirror: Origin | None = None
    sources: tuple[Origin, ...] | None = None
    republish: Republish | None = None
    subject_transform: SubjectTransform | None = None
    consumer_limits: ConsumerLimits | None = None
    allow_direct: bool = False
    mirror_direct: bool = False
    sealed: bool = False
    deny_delete: bool = False
    deny_purge: bool = False
    allow_rollup_hdrs: bool = False
    allow_msg_ttl: bool = False
    allow_msg_counter: bool = False
    allow_msg_schedules: bool = False
    allow_atomic: bool = False
    subject_delete_marker_ttl: int = 0
    metadata: dict[str, str] | None = None


class StreamState(msgspec.Struct, frozen=True, gc=False):
    messages: Count = 0
    bytes: Count = 0
    first_seq: Count = 0
    first_ts: datetime | None = None
    last_seq: Count = 0
    last_ts: datetime | None = None
    num_subjects: Count = 0
    num_deleted: Count = 0
    consumer_count: Count = 0
    subjects: dict[str, Count] | None = None
    deleted: tuple[Count, ...] | None = None
    """Sequences between the first and the last, where they were asked for."""


class Peer(msgspec.Struct, frozen=True, gc=False):
    name: str = ""
    current: bool = False
    offline: bool = False
    lag: int = 0


class Cluster(msgspec.Struct, frozen=True, gc=False):
    name: str = ""
    leader: str = ""
    replicas: tuple[Peer, ...] | None = None


class OriginState(msgspec.Struct, frozen=True, gc=False):
    name: str = ""
    lag: int = 0
    active: int = -1
    error: ApiFault | None = None


class StreamInfo(msgspec.Struct, frozen=True, gc=False):
    config: StreamConfig
    created: str = ""
    state: StreamState = StreamState()
    cluster: Cluster | None = None
    mirror: OriginState | None = None
    sources: tuple[OriginState, ...] | None = None


class StreamDetail(StreamInfo, frozen=True, gc=False):
    """The answer to STREAM.INFO; ``total`` and ``limit`` page through ``state.subjects``. ``ts``: the server's time."""

    config: StreamConfig = StreamConfig(name="")
    ts: datetime | None = None
    error: ApiFault | None = None
    total: int = 0
    offset: int = 0
    limit: int = 0


class ConsumerConfig(msgspec.Struct, frozen=True, gc=False):
    name: str = ""
    durable_name: str = ""
    description: str = ""
    deliver_policy: str = "all"
    opt_start_seq: int = 0
    opt_start_time: str = ""
    ack_policy: str = "none"
    ack_wait: int = 0
    max_deliver: int = -1
    backoff: tuple[int, ...] | None = None
    filter_subject: str = ""
    filter_subjects: tuple[str, ...] | None = None
    replay_policy: str = "instant"
    rate_limit_bps: int = 0
    sample_freq: str = ""
    max_waiting: int = 0
    max_ack_pending: int = 0
    max_batch: int = 0
    max_expires: int = 0
    max_bytes: int = 0
    headers_only: bool = False
    flow_control: bool = False
    idle_heartbeat: int = 0
    deliver_subject: str = ""
    deliver_group: str = ""
    inactive_threshold: int = 0
    num_replicas: int = 0
    mem_storage: bool = False
    pause_until: str = ""
    priority_groups: tuple[str, ...] | None = None
    priority_policy: str = ""
    priority_timeout: int = 0
    metadata: dict[str, str] | None = None

    @property
    def filters(self) -> tuple[str, ...]:
        """Empty: every subject of the stream."""
        return self.filter_subjects or ((self.filter_subject,) if self.filter_subject else ())


class Sequences(msgspec.Struct, frozen=True, gc=False):
    consumer_seq: Count = 0
    stream_seq: Count = 0
    last_active: datetime | None = None


class ConsumerInfo(msgspec.Struct, frozen=True, gc=False):
    name: str
    stream_name: str = ""
    created: str = ""
    config: ConsumerConfig = ConsumerConfig()
    delivered: Sequences = Sequences()
    ack_floor: Sequences = Sequences()
    num_ack_pending: Count = 0
    num_redelivered: Count = 0
    num_waiting: Count = 0
    num_pending: Count = 0
    cluster: Cluster | None = None
    push_bound: bool = False
    paused: bool = False
    pause_remaining: int = 0

    @property
    def settled(self) -> int:
        """Deliveries that ended, by whatever outcome.

        From consumer sequences: the stream's skip what other consumers take, and the ack floor stands
        still behind one slow or exhausted message.
        """
        return max(0, self.delivered.consumer_seq - self.num_ack_pending)


class ConsumerDetail(ConsumerInfo, frozen=True, gc=False):
    name: str = ""
    error: ApiFault | None = None


class Page(Answer, frozen=True, gc=False):
    """Items stay undecoded: one malformed stream must not spoil its neighbours, nor a page be one long step."""

    total: int = 0
    offset: int = 0
    limit: int = 0
    streams: tuple[msgspec.Raw, ...] | None = None
    consumers: tuple[msgspec.Raw, ...] | None = None
    missing: tuple[str, ...] | None = None
    offline: dict[str, str] | None = None


class _OnlyName(msgspec.Struct, frozen=True, gc=False):
    name: str = ""


class Named(msgspec.Struct, frozen=True, gc=False):
    """What can be said of a stream or consumer whose record does not decode."""

    name: str = ""
    config: _OnlyName = _OnlyName()


class StoredMessage(msgspec.Struct, frozen=True, gc=False):
    """``hdrs`` is the raw header block; it and ``data`` are base64 on the wire."""

    seq: Count = 0
    subject: str = ""
    hdrs: bytes = b""
    data: bytes = b""
    time: str = ""


class Names(Answer, frozen=True, gc=False):
    streams: tuple[str, ...] | None = None


class PubAck(Answer, frozen=True, gc=False):
    stream: str = ""
    seq: Count = 0
    duplicate: bool = False


class StoredMessageAnswer(Answer, frozen=True, gc=False):
    message: StoredMessage | None = None
