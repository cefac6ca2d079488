"""What every judge is, and which one an experiment's settings name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Protocol

from training.contract.errors import ForesightError
from training.contract.settings.segments import JudgeConfig
from training.judging.cache import CACHE_FILE, VerdictCache
from training.judging.cached import CachedJudge
from training.judging.deterministic_for_tests import DeterministicForTests
from training.judging.endpoint import EndpointJudge
from training.judging.local import LocalJudge
from training.judging.pair import Pair
from training.judging.pairs_file import PairsFile
from training.judging.source import Source
from training.models.catalogue import resolve_model
from training.records import Verdict


class Judge(Protocol):
    """Who says whether predictions are right."""

    name: str  # kind and model, as verdicts carry it

    async def verdicts(self, pairs: Sequence[Pair]) -> list[Verdict]:
        """One verdict for each pair, in order.

        Raises:
            JudgeDown: it does not answer; asking again may help.
            ForesightError: it never will, as a key it refuses.
        """


def open_judge(
    config: JudgeConfig,
    *,
    policy: Path,
    home: Path,
    on_retry: Callable[[str], None],
    log: Path | None = None,
    device: Literal["cpu", "cuda"] = "cpu",
) -> Judge:
    """The judge of an experiment, ready to be asked; verdicts are cached under `home`.

    Args:
        config: the section `judge`.
        policy: folder of the policy's start weights: the local judge where no model is named.
        home: where models and caches lie.
        on_retry: told a sentence for every request that is made again.
        log: jsonl file every judged pair is appended to; None: nowhere.
        device: where a local judge computes.

    Raises:
        ForesightError: no such model, a key's variable that is not set, a cache that cannot be opened.
    """
    source = _source(config, policy, home, on_retry, device)
    return CachedJudge(source, config, VerdictCache(home / CACHE_FILE), PairsFile(log) if log else None)


def _source(
    config: JudgeConfig,
    policy: Path,
    home: Path,
    on_retry: Callable[[str], None],
    device: Literal["cpu", "cuda"],
) -> Source:
    if config.kind == "deterministic_for_tests":
        return DeterministicForTests()
    if config.kind == "endpoint":
        return EndpointJudge(config, on_retry)
    if not config.model:
        return LocalJudge(policy, policy.name, config, device)
    try:
        folder = resolve_model(config.model, home / "models")
    except ForesightError as error:
        raise ForesightError(error.message, field="judge.model", remedy=error.remedy) from error
    return LocalJudge(folder, config.model, config, device)
