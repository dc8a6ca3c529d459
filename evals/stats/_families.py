"""Prompts that are not independent: families made from one template, and several samples of one prompt."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable


def family_variance(scores: Collection[float], families: Collection[Hashable]) -> tuple[float | None, int]:
    """The variance of the mean of `scores` when only families are independent, and the number G of families.

    G/(G-1) · sum over families of (sum of the family's s - mean)^2 / n^2 (Miller, arXiv 2411.00640; Liang and Zeger,
    Biometrika 73, 1986). None for the variance when there is one family. With every prompt a family of its own this
    is the usual S2/n. Raises ValueError when the two differ in length.
    """
    n = len(scores)
    mean = math.fsum(scores) / n
    sums = family_sums([score - mean for score in scores], families)
    count = len(sums)
    if count < 2:
        return None, count
    return count / (count - 1) * math.fsum(part**2 for part in sums) / n**2, count


def family_sums(values: Collection[float], families: Collection[Hashable]) -> list[float]:
    """The sum of each family's values, in order of first appearance. Raises ValueError on lengths that differ."""
    parts: dict[Hashable, list[float]] = {}
    for value, family in zip(values, families, strict=True):
        parts.setdefault(family, []).append(value)
    return [math.fsum(part) for part in parts.values()]


def prompt_means(
    scores: Collection[float | None], prompts: Collection[Hashable]
) -> tuple[list[float], list[Hashable], int]:
    """Several samples or repeats a prompt made into one score a prompt, which is the unit of everything here.

    `scores` holds one value per record (None or NaN: unread), `prompts` the prompt of each. Returns the means, the
    prompts they belong to in order of first appearance, and how many prompts are missing: a prompt with an unread
    record has no score, since the records that were read need not be a fair sample of all. Raises ValueError when
    the two differ in length.
    """
    read: dict[Hashable, list[float]] = {}
    for score, prompt in zip(scores, prompts, strict=True):
        read.setdefault(prompt, []).append(math.nan if score is None else float(score))
    means = {prompt: math.fsum(values) / len(values) for prompt, values in read.items()}
    kept = [prompt for prompt, mean in means.items() if not math.isnan(mean)]
    return [means[prompt] for prompt in kept], kept, len(means) - len(kept)
