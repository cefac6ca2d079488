"""Judges of runs: what they said, samples for people, runs judged again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from foresight.models import (
    AnsweredPair,
    AuditOut,
    Changed,
    Flip,
    InvitationOut,
    JudgeOut,
    NextPair,
    RejudgingDetail,
    RejudgingOut,
)
from foresight.resources.base import Resource

Answer = Literal["right", "wrong", "skipped"]


class Audits(Resource):
    def judge(self, run: int) -> JudgeOut:
        """The judge of a run and what it said. Raises ApiError for a run that no judge rewards."""
        return JudgeOut.model_validate(self._transport.json("GET", f"/runs/{run}/judge"))

    def list(self, run: int) -> Iterator[AuditOut]:
        return self._pages(f"/runs/{run}/audits", AuditOut)

    def draw(self, run: int, size: Literal[20, 40, 100] = 20) -> AuditOut:
        """Draw a sample of judged pairs; each call draws another one."""
        return AuditOut.model_validate(
            self._transport.json("POST", f"/runs/{run}/audits", json={"size": size})
        )

    def show(self, audit: int) -> AuditOut:
        """How far you, others and the judge agree."""
        return AuditOut.model_validate(self._transport.json("GET", f"/audits/{audit}"))

    def next(self, audit: int) -> NextPair:
        """The first pair you have not answered, without what the judge said."""
        return NextPair.model_validate(self._transport.json("GET", f"/audits/{audit}/next"))

    def answer(self, audit: int, place: int, answer: Answer) -> AnsweredPair:
        """Say what you think of a pair; then comes what the judge said. The first answer stays."""
        body = {"place": place, "answer": answer}
        found = self._transport.json("POST", f"/audits/{audit}/answers", json=body, repeatable=True)
        return AnsweredPair.model_validate(found)

    def undo(self, audit: int) -> Changed:
        """Take your newest answer back."""
        return Changed.model_validate(self._transport.json("POST", f"/audits/{audit}/undo"))

    def invite(self, audit: int) -> InvitationOut:
        """The link by which a second person can judge a sample of your run; always the same one."""
        found = self._transport.json("POST", f"/audits/{audit}/invitation", repeatable=True)
        return InvitationOut.model_validate(found)

    def join(self, invitation: str) -> AuditOut:
        """Open a sample you were invited to, by the link or the secret at its end."""
        body = {"invitation": invitation.rstrip("/").rsplit("/", 1)[-1]}
        return AuditOut.model_validate(
            self._transport.json("POST", "/audits/join", json=body, repeatable=True)
        )


class Rejudgings(Resource):
    def list(self, run: int) -> Iterator[RejudgingOut]:
        return self._pages(f"/runs/{run}/rejudgings", RejudgingOut)

    def start(self, run: int, rule: Literal["prefix", "strict"], **judge: Any) -> RejudgingOut:
        """Judge a run again; `judge`: kind, model, url, key_variable, max_reply_tokens. None: its own judge."""
        body = {"rule": rule, **judge}
        return RejudgingOut.model_validate(self._transport.json("POST", f"/runs/{run}/rejudgings", json=body))

    def show(self, rejudging: int) -> RejudgingDetail:
        return RejudgingDetail.model_validate(self._transport.json("GET", f"/rejudgings/{rejudging}"))

    def flips(self, rejudging: int) -> Iterator[Flip]:
        """Predictions whose reward is another one now."""
        return self._pages(f"/rejudgings/{rejudging}/flips", Flip)

    def cancel(self, rejudging: int) -> Changed:
        path = f"/rejudgings/{rejudging}/cancel"
        return Changed.model_validate(self._transport.json("POST", path, repeatable=True))
