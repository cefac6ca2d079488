"""A judge that remembers: what was judged before is not asked again, equal pairs are asked once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from training.contract.settings.segments import JudgeConfig
from training.judging.cache import VerdictCache, verdict_key
from training.judging.pair import Pair
from training.judging.pairs_file import PairsFile
from training.judging.source import Source
from training.records import Verdict


class CachedJudge:
    """Any source of verdicts behind the cache, with every judged pair on file.

    A verdict is kept the moment it comes, a malformed one too: when the source fails later in the
    call, asking again asks only for the rest. Of a judge with a temperature the first verdict stays.

    Args:
        source: where verdicts come from.
        config: the section `judge`: how the source decodes.
        cache: verdicts given before.
        log: file of the judged pairs; None: none is kept.
    """

    def __init__(
        self, source: Source, config: JudgeConfig, cache: VerdictCache, log: PairsFile | None = None
    ) -> None:
        self.name = source.name
        self._source = source
        self._config = config
        self._cache = cache
        self._log = log

    async def verdicts(self, pairs: Sequence[Pair]) -> list[Verdict]:
        """One verdict for each pair, in order. Raises what the source raises."""
        keys = [verdict_key(self._source.identity, self._config, pair) for pair in pairs]
        known = self._cache.find(list(dict.fromkeys(keys)))
        places: dict[str, list[int]] = {}
        for place, key in enumerate(keys):
            places.setdefault(key, []).append(place)
        verdicts: dict[int, Verdict] = {}

        def settle(key: str, verdict: Verdict) -> None:
            for place in places[key]:
                verdicts[place] = verdict
                if self._log is not None:
                    self._log.append(pairs[place], verdict)
                verdict = replace(verdict, cached=True, seconds=0.0)

        for key, verdict in known.items():
            settle(key, verdict)
        asked = [key for key in places if key not in known]

        def found(index: int, verdict: Verdict, *, keep: bool = True) -> None:
            if keep:
                self._cache.keep(asked[index], verdict)
            settle(asked[index], verdict)

        if asked:
            await self._source.ask([pairs[places[key][0]] for key in asked], found)
        return [verdicts[place] for place in range(len(pairs))]
