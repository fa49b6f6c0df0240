"""What a worker's card says, prepared once for each change of its state."""

from dataclasses import dataclass

from wqstudio.domain.worker import Phase, WorkerState
from wqstudio.ui import format as fmt

_PHASES = {
    Phase.STARTING: "starting",
    Phase.WAITING: "waiting for work",
    Phase.WORKING: "working",
    Phase.PAUSED: "paused",
    Phase.STOPPING: "finishing what it holds",
    Phase.STOPPED: "stopped",
    Phase.CRASHED: "crashed",
    Phase.FAILED: "could not go on",
}


@dataclass(frozen=True, slots=True)
class WorkerRow:
    state: WorkerState
    phase: str
    """In words, with what it works on or why it ended."""
    speed: str
    done: str
    redelivered: str
    """Empty when it was given nothing twice."""
    held: str
    """Empty when it holds nothing."""
    spoken: str

    @property
    def name(self) -> str:
        return self.state.spec.name


def worker_row(state: WorkerState) -> WorkerRow:
    phase, speed, done = _phase(state), speed_text(state.spec.speed), _done(state)
    return WorkerRow(
        state=state,
        phase=phase,
        speed=speed,
        done=done,
        redelivered=f"{fmt.count(state.redelivered)} redelivered" if state.redelivered else "",
        held=f"{fmt.count(state.held)} held" if state.held else "",
        spoken=f"{state.spec.name}, {phase}, speed {speed}, {done}",
    )


def _done(state: WorkerState) -> str:
    """A scheduler does nothing itself."""
    return f"{fmt.count(state.forwarded)} passed on" if state.spec.forward else f"{fmt.count(state.acked)} done"


def speed_text(speed: float) -> str:
    """×0.25, ×1.0, ×10."""
    if speed >= 9.95:
        return f"×{speed:.0f}"
    return f"×{speed:.1f}" if speed >= 0.995 else f"×{speed:.2f}"


def _phase(state: WorkerState) -> str:
    words = _PHASES[state.phase]
    if state.reason:
        return f"{words}: {state.reason}" if state.phase.over else state.reason
    if state.phase is Phase.WORKING and state.current is not None:
        again = f", delivery {state.current.deliveries}" if state.current.deliveries > 1 else ""
        return f"{state.current.title}{again}"
    return words
