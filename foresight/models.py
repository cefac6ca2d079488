"""What the API gives, as typed objects. A field that a newer site adds is left out, not an error."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Page(_Record, Generic[T]):
    items: tuple[T, ...]
    page: int
    pages: int
    total: int


class Me(_Record):
    """Whose token it is, and what the site takes."""

    user: str
    max_upload_bytes: int
    requests_a_minute: int


class Progress(_Record):
    done: int
    total: int
    unit: str


class JobError(_Record):
    message: str
    field: str
    remedy: str
    retryable: bool
    log: tuple[str, ...]


class JobState(_Record):
    """The process behind a run, a scan, a probe or an evaluation."""

    state: str
    label: str
    ended: bool
    cancelling: bool
    attempt: int
    restarts: int
    ahead: int
    started: datetime | None
    finished: datetime | None
    error: JobError | None


class Changed(_Record):
    """Whether a request to cancel or resume changed anything, and the words for it."""

    changed: bool
    message: str


class CorpusOut(_Record):
    """A corpus. It can be used once its state is `ready`."""

    id: int
    name: str
    kind: str  # documents or conversations
    state: str  # checking, ready or invalid
    source: str
    text_field: str
    join_fields: tuple[str, ...]
    template: str
    created: datetime
    error: JobError | None
    report: dict[str, Any] | None


class DocumentSummary(_Record):
    index: int
    name: str
    characters: int
    bytes: int
    start: str


class DocumentText(_Record):
    index: int
    name: str
    text: str


class ModelOut(_Record):
    """A model that can be named in settings and scans."""

    name: str
    label: str


class ScanOut(_Record):
    """An entropy scan."""

    id: int
    corpus: int
    model: str
    max_documents: int
    settings: dict[str, Any]
    job: JobState
    progress: Progress
    finished: bool
    created: datetime


class ScanDetail(ScanOut):
    summary: dict[str, Any] | None
    bin: float  # nats
    histogram: tuple[int, ...]


class CutOut(_Record):
    """A corpus cut, or being cut, into segments."""

    id: int
    corpus: int
    settings: dict[str, Any]
    job: JobState
    progress: Progress
    finished: bool
    created: datetime


class SegmentsOut(_Record):
    """How a corpus is cut. Documents are shown by the cut `shown`."""

    latest: CutOut | None
    shown: int | None
    report: dict[str, Any] | None
    edges: tuple[int, ...]  # characters
    adjusted: int


class CutDocument(_Record):
    index: int
    name: str
    segments: int | None
    targets: int
    adjusted: bool


class SegmentOut(_Record):
    """One segment; joined, the texts are the document."""

    index: int
    text: str
    end: int  # bytes
    characters: int
    why_not: str  # first, last, short, long; "": may be predicted


class DocumentCutOut(_Record):
    """A document's segments. A change names the revision that it was made on."""

    index: int
    name: str
    revision: int
    changes: int
    segments: tuple[SegmentOut, ...]


class PreparationOut(_Record):
    """A corpus that is prepared, and the new one that comes of it."""

    id: int
    corpus: int | None
    corpus_name: str
    result: int | None
    job: JobState
    stage: str
    progress: Progress
    finished: bool
    created: datetime


class PreparationDetail(PreparationOut):
    config: dict[str, Any]
    stages: tuple[dict[str, Any], ...]
    report: dict[str, Any] | None
    files: tuple[dict[str, Any], ...]


class PresetOut(_Record):
    name: str
    help: str
    config: dict[str, Any]
    yaml: str
    own: bool


class MemoryPartOut(_Record):
    name: str
    formula: str
    bytes: int


class MemoryPhaseOut(_Record):
    name: str
    bytes: int
    parts: tuple[MemoryPartOut, ...]


class MemoryOut(_Record):
    """Memory of a GPU, or of the machine on a CPU, at its largest."""

    device: str
    bytes: int
    available: int
    fits: bool
    phases: tuple[MemoryPhaseOut, ...]


class TimeOut(_Record):
    """How long a run takes, at most."""

    seconds: float
    seconds_per_step: float
    steps: int
    flops: float
    flops_per_second: float
    source: str
    run: int | None


class EstimateOut(_Record):
    """What a run would take; a part that is not known is None."""

    memory: MemoryOut | None
    time: TimeOut | None


class Validation(_Record):
    """What is to be said of an experiment before it is stored."""

    valid: bool
    errors: dict[str, str]
    notes: dict[str, str]
    warnings: tuple[str, ...]
    config: dict[str, Any] | None
    corpus: int | None
    rollouts_per_step: int
    updates_per_step: int
    disk_bytes: int | None


class ExperimentOut(_Record):
    id: int
    name: str
    corpus: int
    corpus_name: str
    preset: str
    created: datetime
    runs: tuple[int, ...]


class ExperimentDetail(ExperimentOut):
    config: dict[str, Any]


class ProbeOut(_Record):
    id: int
    kind: str
    corpus: int
    model: str
    positions: int
    samples: int
    job: JobState
    stage: str
    progress: Progress
    finished: bool
    created: datetime


class ProbeDetail(ProbeOut):
    config: dict[str, Any]
    words: tuple[str, ...]
    groups: dict[str, Any] | None
    prompts: dict[str, Any] | None


class PromptPreview(_Record):
    """The exact prompt of one position."""

    prompt: str
    tokens: int
    next_token: str
    document_name: str
    entropy: float | None
    problems: tuple[str, ...]


class RunOut(_Record):
    """A run, as a list shows it."""

    id: int
    name: str
    state: str
    experiment: int
    corpus: int
    corpus_name: str
    step: int
    steps_asked: int
    stage: str
    stage_label: str
    progress: Progress
    seconds_per_step: float | None
    eta_seconds: float | None
    last_reward: float | None
    last_event: datetime | None
    created: datetime
    started: datetime | None
    finished: datetime | None
    is_control: bool
    control_of: int | None
    start_from: str
    method: str
    changed: tuple[tuple[str, str], ...]
    health: str  # good, warn or bad; empty before there is a verdict
    health_note: str
    tags: tuple[str, ...]
    starred: bool
    archived: bool


class CheckOut(_Record):
    """One part of the verdict."""

    name: str
    key: str
    status: str  # good, warn, bad or none
    value: str
    caption: str
    sentence: str


class RunDetail(RunOut):
    job: JobState
    verdict: tuple[CheckOut, ...]
    stages: tuple[dict[str, Any], ...]
    warnings: tuple[dict[str, Any], ...]
    controls: tuple[int, ...]
    notes: str
    config: dict[str, Any]
    cursor: int  # of its newest event


class BulkDone(_Record):
    """How many runs were changed, how many were left as they are, and why the first of those was."""

    changed: int
    left: int
    why: str


class Events(_Record):
    """Events after a cursor, and the state above them."""

    cursor: int
    job: dict[str, Any]
    run: dict[str, Any]
    events: tuple[dict[str, Any], ...]


class LogOut(_Record):
    attempt: int
    lines: tuple[str, ...]
    end: int
    cut: bool


class MetricOut(_Record):
    key: str
    label: str
    unit: str
    formula: str
    healthy: str


class Series(_Record):
    """A curve by rising step; `time` is in Unix milliseconds."""

    step: tuple[int, ...]
    value: tuple[float, ...]
    time: tuple[int, ...]
    attempt: tuple[int, ...]
    total: int
    sampled: bool


class StepOut(_Record):
    step: int
    attempt: int
    groups: int
    rollouts: int
    hit_rate: float
    mean_length: float


class GroupOut(_Record):
    """One context and what became of its rollouts."""

    step: int
    group: int
    attempt: int
    kind: str
    document: int
    byte_start: int
    entropy: float
    context_tail: str
    truth: str
    mean_reward: float
    samples: int
    hits: int
    mean_length: float
    effective: bool
    misses: dict[str, int]


class RolloutOut(_Record):
    """A rollout, as a list shows it."""

    id: int
    step: int
    group: int
    sample: int
    attempt: int
    kind: str
    reward: float
    advantage: float
    length: int
    entropy: float
    reason: str
    miss: str | None
    patterns: tuple[str, ...]
    prediction: str
    context_tail: str
    truth: str
    starred: bool
    note: str


class RolloutPage(_Record):
    """A page of rollouts. `more`: there are more than `total`, which can be paged through."""

    items: tuple[RolloutOut, ...]
    page: int
    pages: int
    total: int
    more: bool
    newest_only: bool
    indexed_step: int
    behind: bool
    unreadable: int


class MarkOut(_Record):
    """A star and a note on a rollout, or without a sample on a group as a whole."""

    step: int
    group: int
    sample: int | None
    starred: bool
    note: str
    updated: datetime


class CheckpointFile(_Record):
    path: str
    bytes: int
    sha256: str


class CheckpointOut(_Record):
    """A verified checkpoint. Its files are a Hugging Face folder."""

    step: int
    attempt: int
    reference: str
    bytes: int
    weights_sha256: str
    files: tuple[CheckpointFile, ...]
    reward: float | None
    best_by: str
    score: float | None
    best: bool
    weights_only: bool
    removed: bool
    created: datetime


class EvaluationOut(_Record):
    """One model on one set of held-out positions."""

    id: int
    label: str
    model: str
    run: int | None
    step: int
    attempt: int
    finished: bool
    positions: str
    parameters: int
    created: datetime
    job: JobState | None
    progress: Progress
    scores: tuple[dict[str, Any], ...]


class Evaluations(_Record):
    pending: tuple[EvaluationOut, ...]
    sets: tuple[dict[str, Any], ...]


class TaskEvaluationOut(_Record):
    """One model on one set of tasks. `result` is None until it is done."""

    id: int
    label: str
    what: str  # segments, answers or choices
    source: str
    tasks: str
    model: str
    run: int | None
    step: int
    attempt: int
    created: datetime
    job: JobState | None
    progress: Progress
    result: dict[str, Any] | None


class TaskSetOut(_Record):
    what: str
    tasks: str
    source: str
    count: int
    alike: bool
    evaluations: tuple[TaskEvaluationOut, ...]


class TaskEvaluations(_Record):
    pending: tuple[TaskEvaluationOut, ...]
    sets: tuple[TaskSetOut, ...]


class TaskResponseOut(_Record):
    prediction: str | None
    reason: str
    right: bool
    length: int
    truncated: bool
    response: str


class BesideOut(_Record):
    """How often another model solved a task; None where it was not asked."""

    evaluation: int
    right: int | None
    samples: int | None


class TaskAnswerOut(_Record):
    """One task, asked in one way, with every response."""

    row: int
    kind: str
    identity: str
    document: int
    document_name: str
    asked: str
    truth: str
    samples: int
    right: int
    responses: tuple[TaskResponseOut, ...]
    beside: tuple[BesideOut, ...]


class NotificationOut(_Record):
    """Something that happened to a run."""

    id: int
    event: str  # finished, failed, stalled or collapse
    title: str
    detail: str
    run: int
    run_name: str
    attempt: int
    step: int
    created: datetime
    read: datetime | None


class WishesOut(_Record):
    """Which events come where."""

    page: tuple[str, ...]
    email: tuple[str, ...]
    address: str
    email_on: bool


class WebhookOut(_Record):
    id: int
    url: str
    events: tuple[str, ...]
    created: datetime


class WebhookMade(WebhookOut):
    secret: str


class DeliveryOut(_Record):
    """One event on its way to a webhook."""

    id: int
    event: str
    state: str  # waiting, delivered or failed
    attempts: int
    status: int | None
    said: str
    created: datetime
    ended: datetime | None


class PlaceOut(_Record):
    """A position that a model can be asked at."""

    kind: str
    document: int
    document_name: str
    byte_start: int
    entropy: float | None
    context: str
    truth: str


class ResponseOut(_Record):
    """One response, judged where the truth is known."""

    sample: int
    thought: str
    answer: str
    tokens: int
    truncated: bool
    stopped: bool
    prediction: str | None
    reason: str
    right: bool | None
    miss: str


class JudgeOut(_Record):
    """The judge of a run and what it said of the predictions."""

    judge: dict[str, Any]
    rule: str
    judged: int
    counts: dict[str, int]
    lengths: tuple[dict[str, Any], ...]
    groups: int
    of_groups: int


class RatersOut(_Record):
    """How far two who judged the same pairs agree."""

    one: str
    other: str
    table: tuple[tuple[int, ...], ...]  # rows: right and wrong of `one`
    pairs: int
    observed: float | None
    kappa: float | None
    low: float | None
    high: float | None
    whole: float | None


class AuditOut(_Record):
    """A sample of a run's judged pairs, and how far you and the judge agree on it."""

    id: int
    run: int
    number: int
    judged: int
    pairs: int
    answered: int
    skipped: int
    with_judge: RatersOut
    others: tuple[RatersOut, ...]
    created: datetime


class InvitationOut(_Record):
    """What lets another person judge a sample: the secret, and the link it ends."""

    audit: int
    invitation: str
    url: str


class PairOut(_Record):
    """A judged pair, without what the judge said."""

    place: int
    kind: str
    rule: str
    context: str
    following: str
    reference: str
    predicted: str


class NextPair(_Record):
    pair: PairOut | None
    left: int


class AnsweredPair(PairOut):
    step: int
    group: int
    sample: int
    call: str  # the judge's: right, wrong or malformed
    reply: str
    judge: str
    answer: str  # yours


class RejudgingOut(_Record):
    """A run that is judged again."""

    id: int
    run: int
    rule: str
    judge: dict[str, Any]
    job: JobState
    progress: Progress
    finished: bool
    created: datetime


class RejudgingDetail(RejudgingOut):
    result: dict[str, Any] | None
    judges: RatersOut | None


class Flip(_Record):
    """A prediction whose reward is another one now."""

    step: int
    group: int
    sample: int
    kind: str
    before: str
    after: str
    predicted: str
    reply: str


class TryOut(_Record):
    """A question to a model."""

    id: int
    of: str
    label: str
    state: str  # waiting, thinking, answered, stopped, refused or lost
    context_end: str
    truth_start: str
    samples: int
    temperature: float
    max_tokens: int
    seed: int
    right: int | None
    created: datetime


class TryDetail(TryOut):
    job: JobState
    prompt: str
    truth: str
    boundaries: tuple[int, ...]
    plain: dict[str, Any] | None
    responses: tuple[ResponseOut, ...]
    seconds: float | None
    tokens: int | None
    device: str
    error: str
    remedy: str


class TryEvents(_Record):
    """Events of a question after a cursor."""

    cursor: int
    state: str
    ended: bool
    events: tuple[dict[str, Any], ...]


class SettingOut(_Record):
    name: str
    title: str
    unit: str
    values: tuple[str, ...]


class FinalOut(_Record):
    key: str
    label: str
    unit: str
    values: tuple[float | None, ...]


class Compared(_Record):
    """Runs side by side."""

    runs: tuple[int, ...]
    window: int
    settings: tuple[SettingOut, ...]
    finals: tuple[FinalOut, ...]
    scores: tuple[dict[str, Any], ...]
    refusal: str
    unmeasured: tuple[int, ...]


class FiguresOut(_Record):
    mean: float
    signal: float
    rank: int | None


class UnderRulesRow(_Record):
    """One run under two rewards."""

    run: int
    used: str
    groups: int
    read: int
    unknown: int
    gains: int
    loses: int
    than: FiguresOut | None
    rule: FiguresOut | None


class UnderRulesOut(_Record):
    first: int
    last: int
    unlike: str
    rows: tuple[UnderRulesRow, ...]
    changed: tuple[dict[str, Any], ...]


class ContextsOut(_Record):
    """Contexts that two runs were both asked at."""

    shared: int
    one_better: int
    other_better: int
    one_wins: tuple[dict[str, Any], ...]
    other_wins: tuple[dict[str, Any], ...]


class GroupLine(_Record):
    """The mean of a group's runs at each step, and one standard deviation around it."""

    label: str
    runs: int
    step: tuple[int, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    count: tuple[int, ...]
    sampled: bool


class GroupsOut(_Record):
    groups: tuple[GroupLine, ...]


class ThresholdOut(_Record):
    """One limit of the verdict."""

    name: str
    label: str
    unit: str
    value: float
    usual: float


class BeforeAfterOut(_Record):
    """One run of RLVR; shares are (value, low, high)."""

    run: int
    name: str
    before: tuple[float, float, float] | None
    after: tuple[float, float, float] | None
    after_step: int | None
    change: tuple[float, float, float] | None


class StartRowOut(_Record):
    label: str
    runs: tuple[BeforeAfterOut, ...]


class TableOut(_Record):
    tasks: str
    source: str
    problems: int
    asked_alike: bool
    differing: tuple[str, ...]
    rows: tuple[StartRowOut, ...]


class TablesOut(_Record):
    """Table 2 for each problem set."""

    tables: tuple[TableOut, ...]
    waiting: tuple[int, ...]


class PanelLine(_Record):
    run: int
    step: tuple[int, ...]
    value: tuple[float, ...]
    total: int
    sampled: bool


class PanelOut(_Record):
    key: str
    label: str
    unit: str
    lines: tuple[PanelLine, ...]
