"""Who the simulated models are: skill, speed, habits and invented prices, after the operator's field notes.

Skill is in logits: the chance that a model gets one fact of a prompt of middling difficulty right is
`1 / (1 + exp(-skill))`. The stars of the notes set the family's level, the model's rank in its family shifts it.
These are inventions for rehearsals; nothing here is a measurement.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from evals.simulator._seeds import uniform, uniforms

KINDS = ("chinese", "english", "code", "reasoning")
"""Kinds of suites with a skill of their own; a suite of no kind uses the mean of the four."""

Thought = Literal["none", "field", "block"]


def kind_of(suite: str) -> str:
    """The kind that a suite's name begins with (`reasoning-hard` is of the kind `reasoning`), "" for none."""
    head = suite.partition("-")[0]
    return head if head in KINDS else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One simulated model. Speeds in tokens and seconds, prices in US dollars per million tokens."""

    name: str
    skill: Mapping[str, float]
    tokens_per_s: float
    first_token_s: float
    verbosity: float
    thought: Thought
    output_price: Decimal

    def skill_in(self, suite: str) -> float:
        """The skill in a suite by its kind; the mean of all for a suite nobody rated."""
        known = self.skill.get(kind_of(suite))
        return sum(self.skill.values()) / len(self.skill) if known is None else known


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeTraits:
    """How a model judges: all in units of quality (0..1, the share of the reference's facts an answer gets right).

    `noise` is the scale of a logistic error, `position` what being shown first is worth, `length` what a text
    longer by the factor e is worth (the logarithm is clipped at 0.7), `band` the half-width within which it says tie.
    """

    noise: float
    position: float
    length: float
    band: float


# Key: the model name without vendor, marks and build suffix. Skills: chinese, english, code, reasoning.
# Then tokens a second, seconds to the first token, output price, and where its thought appears.
_KNOWN: dict[str, tuple[tuple[float, float, float, float], float, float, str, Thought]] = {
    "deepseekv4flash": ((1.02, 1.65, 1.65, 1.05), 60, 0.35, "0.25", "none"),
    "deepseekv32": ((1.10, 1.40, 1.40, 1.10), 50, 0.45, "0.38", "none"),
    "deepseekv4pro": ((1.45, 1.75, 1.80, 1.50), 45, 0.60, "0.78", "none"),
    "deepseekr1": ((1.20, 1.35, 1.35, 1.55), 35, 0.80, "2.50", "field"),
    "deepseekcoder": ((0.50, 0.80, 1.35, 0.75), 60, 0.35, "0.25", "none"),
    "qwen38b": ((0.45, 0.40, 0.35, 0.25), 90, 0.25, "0.01", "none"),
    "qwen332b": ((0.85, 0.90, 1.18, 0.80), 48, 0.45, "0.28", "block"),
    "qwen3coder30b": ((0.60, 0.70, 1.40, 0.70), 55, 0.40, "0.35", "none"),
    "qwen3vl32b": ((0.85, 0.90, 0.95, 0.80), 45, 0.50, "0.52", "none"),
    "qwen3omni30b": ((0.80, 0.85, 0.85, 0.70), 45, 0.50, "0.52", "none"),
    "qwen3635b": ((1.15, 1.15, 1.20, 1.10), 46, 0.50, "1.00", "none"),
    "qwen35397b": ((1.45, 1.40, 1.40, 1.40), 38, 0.70, "2.34", "none"),
    "k25": ((1.45, 1.30, 1.08, 1.85), 34, 0.70, "3.00", "field"),
    "glm49b": ((0.55, 0.35, 0.25, 0.25), 85, 0.25, "0.01", "none"),
    "glm5": ((1.85, 1.10, 0.55, 1.15), 46, 0.50, "1.92", "none"),
    "glm46v": ((1.05, 0.85, 0.55, 0.75), 44, 0.55, "0.90", "none"),
}


@lru_cache(maxsize=4096)
def profile(name: str) -> Profile:
    """The profile of a model by its name or wire id; an unknown name gets one that follows from the name."""
    verbosity = 1.07 + 0.14 * uniform("verbosity", name)
    folded = re.sub(r"[^a-z0-9]", "", name.lower().rsplit("/", 1)[-1])
    folded = re.sub(r"^kimi|(?:a\d+b)?(?:instruct|chat|exp)?$", "", folded)
    for key, (skills, speed, first, price, thought) in _KNOWN.items():
        if folded == key:
            return Profile(
                name=name,
                skill=dict(zip(KINDS, skills, strict=True)),
                tokens_per_s=speed,
                first_token_s=first,
                verbosity=verbosity,
                thought=thought,
                output_price=Decimal(price),
            )
    draws = uniforms(7, "profile", name)
    level = 0.3 + 1.2 * draws[0]
    return Profile(
        name=name,
        skill={kind: level + 0.5 * (draw - 0.5) for kind, draw in zip(KINDS, draws[1:5], strict=True)},
        tokens_per_s=30 + 50 * draws[5],
        first_token_s=0.3 + 0.4 * draws[6],
        verbosity=verbosity,
        thought="none",
        output_price=Decimal(5 + int(300 * draws[0])) / 100,
    )


@lru_cache(maxsize=4096)
def judge_traits(name: str) -> JudgeTraits:
    """How the model of that name judges: an abler one errs less; biases follow from the name."""
    able = max(0.0, min(2.0, profile(name).skill_in("")))
    draws = uniforms(3, "judge", name)
    return JudgeTraits(
        noise=0.085 - 0.02 * able,
        position=0.012 + 0.02 * draws[0],
        length=0.01 + 0.02 * draws[1],
        band=0.025 + 0.015 * draws[2],
    )


def invented_prices(name: str) -> tuple[Decimal, Decimal]:
    """Input and output price: the notes' output price where there is one, an input price of a quarter of it."""
    output = profile(name).output_price
    return output / 4, output
