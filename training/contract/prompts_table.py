"""The templates side by side, like the paper's Table 8: prompts.json of `python -m training prompts-table`."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from pydantic import BaseModel, ConfigDict

from training.contract.settings.method import PROMPT_PLACEHOLDER, PromptName

PROMPTS_FILE = "prompts.json"

PAPER_MODEL = "R1-Distill-Qwen-14B"
PAPER_TABLE_8: dict[str, tuple[float, float]] = {
    "v0": (0.030, 0.085),
    "v1": (0.057, 0.110),
    "v2": (0.057, 0.160),
    "v3": (0.053, 0.110),
    "v4": (0.040, 0.090),
    "v5": (0.044, 0.125),
    "v6": (0.060, 0.190),
}
"""RPT Table 8: template -> (Random@1, Pass@8) of the untrained model, shares. Its positions are not these."""


def templates_for(own_text: str) -> tuple[str, ...]:
    """The templates a table can compare: the named ones, and the user's own text where it is a template."""
    own = own_text.count(PROMPT_PLACEHOLDER) == 1
    return tuple(name for name in get_args(PromptName) if name != "custom" or own)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="null")


class TemplateRow(_Record):
    """One template on all positions."""

    template: str
    prompt_tokens: float  # mean
    random_at_1: float  # share of right responses: what one random response earns
    random_interval: tuple[float, float]  # 95 %, Wilson, over positions
    pass_at_k: float  # chance that one of k responses is right, mean over positions
    pass_interval: tuple[float, float]  # 95 %, Wilson, over positions
    boxed: float  # share of responses with a non-empty answer in a box
    truncated: float  # share of responses stopped by the token limit
    response_tokens: float  # mean

    @property
    def paper(self) -> tuple[float, float] | None:
        """The paper's Random@1 and Pass@8 with this template; None for a template of ours."""
        return PAPER_TABLE_8.get(self.template)


class PromptsTable(_Record):
    """A whole table: every template on the same positions."""

    model: str
    positions: int
    samples: int  # responses at each position: the n of Pass@k
    k: int  # of Pass@k
    temperature: float
    max_response_tokens: int
    rows: tuple[TemplateRow, ...]  # in the order asked for
    seconds: float
    notes: tuple[str, ...]


def read_prompts_table(path: Path) -> PromptsTable:
    """Read a prompts.json. Raises FileNotFoundError, or ValueError for another file."""
    return PromptsTable.model_validate_json(path.read_bytes())
