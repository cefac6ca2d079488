"""The client: one site, one token, and what can be done there."""

from __future__ import annotations

from types import TracebackType

from foresight.models import Me
from foresight.resources.audits import Audits, Rejudgings
from foresight.resources.compare import Compare
from foresight.resources.corpora import Corpora, Scans
from foresight.resources.evaluations import Evaluations
from foresight.resources.experiments import Experiments, Probes
from foresight.resources.notifications import Notifications, Webhooks
from foresight.resources.papers import Papers, Thresholds
from foresight.resources.preparations import Preparations
from foresight.resources.projects import Projects
from foresight.resources.queue import Queue
from foresight.resources.rollouts import Checkpoints, Rollouts
from foresight.resources.runs import Runs
from foresight.resources.segments import Segments
from foresight.resources.task_evaluations import TaskEvaluations
from foresight.resources.tries import Tries
from foresight.transport import Transport


class Client:
    """A Foresight site, for one user.

    Args:
        url: the site's address, `https://foresight.example.org`.
        token: of the page API tokens.
        project: the number of the project to work in; None: your own work.
        timeout: seconds that the site may take to answer.
        retries: how often a request is tried again where that is safe.
    """

    def __init__(
        self, url: str, token: str, *, project: int | None = None, timeout: float = 30.0, retries: int = 5
    ) -> None:
        self._transport = Transport(url, token, project=project, timeout=timeout, retries=retries)
        self.corpora = Corpora(self._transport)
        self.preparations = Preparations(self._transport)
        self.scans = Scans(self._transport)
        self.segments = Segments(self._transport)
        self.experiments = Experiments(self._transport)
        self.probes = Probes(self._transport)
        self.runs = Runs(self._transport)
        self.rollouts = Rollouts(self._transport)
        self.audits = Audits(self._transport)
        self.rejudgings = Rejudgings(self._transport)
        self.checkpoints = Checkpoints(self._transport)
        self.tries = Tries(self._transport)
        self.compare = Compare(self._transport)
        self.evaluations = Evaluations(self._transport)
        self.task_evaluations = TaskEvaluations(self._transport)
        self.papers = Papers(self._transport)
        self.thresholds = Thresholds(self._transport)
        self.queue = Queue(self._transport)
        self.notifications = Notifications(self._transport)
        self.webhooks = Webhooks(self._transport)
        self.projects = Projects(self._transport)

    @property
    def url(self) -> str:
        return self._transport.url

    def me(self) -> Me:
        """Whose token this is: the way to try one."""
        return Me.model_validate(self._transport.json("GET", "/me"))

    def close(self) -> None:
        self._transport.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
