"""Experiments and what is tried before one is launched. An experiment is a dict, a YAML text or a YAML file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from foresight.models import (
    Changed,
    EstimateOut,
    ExperimentDetail,
    ExperimentOut,
    ModelOut,
    PresetOut,
    ProbeDetail,
    ProbeOut,
    PromptPreview,
    Validation,
)
from foresight.resources.base import Resource, given

Settings = Mapping[str, Any] | str | Path
"""The settings themselves, the text of an experiment file, or such a file."""
_PROMPT_SECONDS = 90.0  # the site gives itself 60


class Experiments(Resource):
    def presets(self) -> tuple[PresetOut, ...]:
        return tuple(PresetOut.model_validate(one) for one in self._transport.json("GET", "/presets"))

    def preset(self, name: str) -> PresetOut:
        return PresetOut.model_validate(self._transport.json("GET", f"/presets/{quote(name, safe='')}"))

    def save_preset(self, name: str, settings: Settings, *, help: str = "") -> PresetOut:
        """Keep settings as a preset of your own; one of that name is replaced."""
        place = f"/presets/{quote(name, safe='')}"
        found = self._transport.json("PUT", place, params=given(help=help or None), **body_of(settings))
        return PresetOut.model_validate(found)

    def remove_preset(self, name: str) -> None:
        """Remove one of your own."""
        self._transport.send("DELETE", f"/presets/{quote(name, safe='')}")

    def models(self) -> tuple[ModelOut, ...]:
        """The models that can be named; a Hugging Face id works as well."""
        return tuple(ModelOut.model_validate(one) for one in self._transport.json("GET", "/models"))

    def validate(self, settings: Settings, *, corpus: int | None = None) -> Validation:
        """What is wrong with settings and what they would do. Stores nothing."""
        query = given(corpus=corpus)
        found = self._transport.json(
            "POST", "/experiments/validate", params=query, repeatable=True, **body_of(settings)
        )
        return Validation.model_validate(found)

    def estimate(
        self,
        settings: Settings,
        *,
        corpus: int | None = None,
        tflops: float | None = None,
        gpu_gb: float | None = None,
    ) -> EstimateOut:
        """Memory and time of a run; `tflops` is the speed of one device, by default measured or assumed."""
        query = given(corpus=corpus, tflops=tflops, gpu_gb=gpu_gb)
        found = self._transport.json(
            "POST", "/experiments/estimate", params=query, repeatable=True, **body_of(settings)
        )
        return EstimateOut.model_validate(found)

    def verl_config(self, settings: Settings, *, corpus: int | None = None) -> str:
        """What the settings set in verl's configuration, as YAML."""
        slow = self._transport.slow(_PROMPT_SECONDS)
        query = given(corpus=corpus)
        return self._transport.send(
            "POST",
            "/experiments/verl-config",
            params=query,
            repeatable=True,
            timeout=slow,
            **body_of(settings),
        ).text

    def create(self, settings: Settings, *, corpus: int | None = None) -> ExperimentDetail:
        """Store an experiment. Raises ApiError, whose `errors` names every setting at fault."""
        query = given(corpus=corpus)
        return ExperimentDetail.model_validate(
            self._transport.json("POST", "/experiments", params=query, **body_of(settings))
        )

    def list(self) -> Iterator[ExperimentOut]:
        return self._pages("/experiments", ExperimentOut)

    def show(self, experiment: int) -> ExperimentDetail:
        return ExperimentDetail.model_validate(self._transport.json("GET", f"/experiments/{experiment}"))

    def yaml(self, experiment: int) -> str:
        """The text of an experiment file."""
        return self._transport.send("GET", f"/experiments/{experiment}/yaml").text


class Probes(Resource):
    def list(self) -> Iterator[ProbeOut]:
        return self._pages("/probes", ProbeOut)

    def start(
        self,
        settings: Settings,
        *,
        corpus: int | None = None,
        kind: Literal["probe", "prompts"] = "probe",
        positions: int | None = None,
        samples: int | None = None,
    ) -> ProbeDetail:
        """Queue a probe of an experiment, or with `prompts` a table of every prompt template."""
        query = given(corpus=corpus, kind=kind, positions=positions, samples=samples)
        return ProbeDetail.model_validate(
            self._transport.json("POST", "/probes", params=query, **body_of(settings))
        )

    def show(self, probe: int) -> ProbeDetail:
        return ProbeDetail.model_validate(self._transport.json("GET", f"/probes/{probe}"))

    def cancel(self, probe: int) -> Changed:
        return Changed.model_validate(
            self._transport.json("POST", f"/probes/{probe}/cancel", repeatable=True)
        )

    def prompt(self, settings: Settings, *, corpus: int | None = None, position: int = 0) -> PromptPreview:
        """The exact prompt of one of the selected positions."""
        query = given(corpus=corpus, position=position)
        slow = self._transport.slow(_PROMPT_SECONDS)
        found = self._transport.json(
            "POST", "/probes/prompt", params=query, repeatable=True, timeout=slow, **body_of(settings)
        )
        return PromptPreview.model_validate(found)


def body_of(settings: Settings) -> dict[str, Any]:
    """The parts of a request whose body is an experiment."""
    if isinstance(settings, Mapping):
        return {"json": dict(settings)}
    text = settings.read_text(encoding="utf-8") if isinstance(settings, Path) else settings
    return {"content": text.encode(), "headers": {"Content-Type": "application/yaml"}}
