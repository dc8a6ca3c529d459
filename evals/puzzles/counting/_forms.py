"""How a counting problem asks for its answer."""

from __future__ import annotations

import random

from evals.puzzles._family import Lang


def blank(lang: Lang) -> str:
    """What stands for a number in the request for the last line."""
    return "××" if lang == "zh" else "…"


def exactly(lang: Lang, rng: random.Random) -> str:
    """The request for a reduced fraction."""
    if lang == "zh":
        return rng.choice(("用最简分数回答。", "结果写成最简分数。"))
    return rng.choice(("Give an exact fraction in lowest terms.", "The answer should be a reduced fraction."))
