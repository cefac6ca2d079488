"""The frozen records that the stages of training pass on to each other.

Data flows one way: Document -> TokenPosition -> Task -> Rollout. A field never changes its
meaning on the way: a reward is not an advantage, a byte offset is not a token index.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Reason = Literal[
    "match",
    "mismatch",
    "boundary_miss",
    "empty",
    "no_box",
    "no_think_end",
    "unbalanced",
    "truncated",
    "no_prediction",
    "too_short",
    "copied",
    "malformed",
]
"""Why a rollout got its reward (METHODS A4, A5, B5). Exactly one holds; `match` earns 1. Under the dense rewards
`mismatch` and `boundary_miss` earn a part of a point, the others nothing. The last four are RLPT's: no complete pair
of tags, less than the minimum coverage, the shown next segment given back, a verdict that cannot be read."""

TaskKind = Literal["token", "asr", "msr", "problem"]
"""What a task asks for: the next token (RPT), the next segment, the masked segment (RLPT), an answer (RLVR)."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a corpus, as the reader gave it."""

    index: int  # 0-based place in the corpus
    name: str  # a title for people: file name, topic, or "document 17"
    text: str  # the whole text; its UTF-8 bytes are what positions point into


@dataclass(frozen=True, slots=True)
class SegmentedDocument:
    """A document cut into segments; joined they are its text, byte for byte."""

    document: Document
    segments: tuple[str, ...]  # what separates two of them stands at the end of the first
    ends: tuple[int, ...]  # where each ends in the document's UTF-8 bytes, exclusive


ASSISTANT = "assistant"
"""The role whose messages instruction tuning learns."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: str  # system, user, assistant or tool
    content: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation of a corpus, as the reader gave it."""

    index: int  # 0-based place in the corpus
    place: str  # where it stands, for messages: "a.jsonl, line 17"
    messages: tuple[Message, ...]

    @property
    def name(self) -> str:
        """What a list calls it."""
        return f"conversation {self.index}"

    @property
    def document(self) -> Document:
        """As a text for people: each turn after its role."""
        turns = (f"{message.role}: {message.content}" for message in self.messages)
        return Document(self.index, self.name, "\n\n".join(turns))


@dataclass(frozen=True, slots=True)
class TokenPosition:
    """One place of a document where the next token is to be predicted: context x_<t, target x_t."""

    document: int  # Document.index
    index: int  # t, 0-based token index of the target inside the document
    byte_start: int  # where the target's bytes begin in the document's UTF-8 bytes
    byte_end: int  # where they end (exclusive)
    token_id: int  # id of the target in the scoring model's vocabulary
    entropy: float  # nats, of the estimator the scan was made with
    truth_logprob: float  # log p(x_t | x_<t) of the scoring model, nats
    truth_rank: int  # 0 = the scoring model's argmax is the target
    argmax_id: int  # id of the scoring model's most likely next token


@dataclass(frozen=True, slots=True)
class Task:
    """One next-token reasoning problem, ready to be given to the policy."""

    position: TokenPosition
    document_name: str
    context: str  # the text the policy sees, cut from the left to the context limit
    prompt: str  # the whole prompt as text, chat template and prefill included
    prompt_ids: tuple[int, ...]  # exactly the tokens given to the policy
    context_ids: tuple[int, ...]  # the plain context's tokens (for argmax and dense rewards)
    think_prefilled: bool  # the prompt itself opens <think>: a response holds only </think>
    truth: bytes  # the continuation x_>=t, up to the horizon, ending on a character
    boundaries: tuple[int, ...]  # cumulative byte lengths of the continuation's own tokens, rising


@dataclass(frozen=True, slots=True)
class SegmentTask:
    """One next-segment reasoning problem (RLPT 3.2), ready to be given to the policy."""

    kind: Literal["asr", "msr"]
    document: int  # Document.index
    document_name: str
    index: int  # 0-based place of the target among the document's segments
    byte_start: int  # of the target in the document's UTF-8 bytes
    byte_end: int  # exclusive
    context: str  # s_<i as the policy sees it, cut from the left
    following: str  # s_i+1, which MSR shows after the gap; "" in ASR
    references: tuple[str, ...]  # s_i, s_i+1 ...: what a prediction is judged against, the target first
    prompt: str  # the whole prompt as text, chat template and prefill included
    prompt_ids: tuple[int, ...]  # exactly the tokens given to the policy
    think_prefilled: bool  # the prompt itself opens <think>: a response holds only </think>


@dataclass(frozen=True, slots=True)
class ProblemTask:
    """One problem with an answer that can be checked (RLVR), ready to be given to the policy."""

    document: int  # 0-based row of the problem set
    document_name: str
    problem: str
    answer: str  # the right one, as the data has it
    prompt: str
    prompt_ids: tuple[int, ...]
    think_prefilled: bool


AnyTask = Task | SegmentTask | ProblemTask


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge said of one prediction (METHODS B4, B5)."""

    score: int | None  # 1 or 0; None: the reply holds no score
    reply: str  # as it came
    judge: str  # who: kind and model
    cached: bool  # the same pair was judged before
    seconds: float  # until the reply, 0 for a cached one


@dataclass(frozen=True, slots=True)
class Reward:
    """What a rule says of one response."""

    value: float
    reason: Reason
    prediction: (
        bytes | None
    )  # content of the last box (or pair of tags) after the thought; None: there is none
    thought: str  # the response before its last </think> (all of it when there is none)
    verdict: Verdict | None = None  # where a judge was asked


@dataclass(frozen=True, slots=True)
class Rollout:
    """One response of a group, as it was sampled, judged and used in one GRPO step."""

    group: int  # 0-based place of the context within the step's batch
    sample: int  # 0-based place within the group
    response: str  # the decoded response, special tokens kept
    response_ids: tuple[int, ...]
    logprobs: tuple[float, ...]  # log-prob of each response token at the sampling temperature, nats
    truncated: bool  # stopped by the token limit, not by an end token
    reward: Reward
    advantage: float  # group-relative, as given to the update
    first_token: bytes | None = None  # of the prediction, tokenised in context; None: it has none
    first_probability: float | None = None  # of that token at the plain context; None: not measured
    entropies: tuple[
        float, ...
    ] = ()  # of the distribution each response token was drawn from, nats; (): not known


@dataclass(frozen=True, slots=True)
class RolloutGroup:
    """The G responses to one context in one step: the unit GRPO compares within."""

    step: int  # 1-based GRPO step
    task: AnyTask
    rollouts: tuple[Rollout, ...]
    argmax_id: int | None = None  # plain argmax of the same weights at the context; None: not measured
