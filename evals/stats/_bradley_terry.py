"""The arithmetic of Bradley-Terry: grouping, Newton on the win matrix, resampling. Loaded when it is needed.

A "row" is a prompt, or all prompts that hold one battle only, of the same pair with the same score. Pairs (i, j) have
i < j; `wins` is what i won against j, `games` how often they met.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_MAX_STEP = 2.0  # Newton from afar overshoots where one side wins nearly all; a logit step is never longer than this
_ENOUGH = 1e-7  # of the last step but one: convergence is quadratic, so what is left after it is far below 1e-10
_MOST_STEPS = 100
_BLOCK = 4_000_000  # numbers held at once while resampling
_NOTHING = 1e-9


@dataclass(frozen=True)
class Battles:
    """Battles summed over cells; a cell is one row and one pair. `copies` says for how many prompts a row stands."""

    models: int
    first: Ints
    second: Ints
    copies: Floats
    row: Ints
    pair: Ints
    wins: Floats
    games: Floats

    @cached_property
    def prompts(self) -> int:
        """How many prompts there are."""
        return round(float(self.copies.sum()))

    @cached_property
    def signs(self) -> Floats:
        """pairs x models: +1 for the first side, -1 for the second."""
        signs = np.zeros((len(self.first), self.models))
        places = np.arange(len(self.first))
        signs[places, self.first] = 1.0
        signs[places, self.second] = -1.0
        return signs

    def by_pair(self, values: Floats) -> Floats:
        """Values of cells summed over all prompts."""
        return sums(self.pair, values * self.copies[self.row], len(self.first))

    def table(self, values: Floats) -> Floats:
        """Values of cells as rows x pairs."""
        table = np.zeros((len(self.copies), len(self.first)))
        table[self.row, self.pair] = values
        return table

    @cached_property
    def joined(self) -> Flags:
        """models x models: is there a chain of battles between the two?"""
        met = np.zeros((self.models, self.models), dtype=bool)
        met[self.first, self.second] = True
        return closure(met | met.T)


@dataclass(frozen=True)
class Records:
    """Records as given, turned so that the first model has the smaller number; `cell` is where each one goes."""

    turned: Flags
    score: Floats
    cell: Ints


def group(
    first: Ints, second: Ints, scores: Floats, prompts: Ints, models: int, *, kinds: bool = True
) -> tuple[Battles, Records]:
    """Records (which models, score of the first, which prompt) summed into cells; no order or side matters.

    With `kinds` most prompts of one battle only are summed by pair and score; the records keep no cell then.
    """
    turned = first > second
    low, high = np.where(turned, second, first), np.where(turned, first, second)
    score = np.where(turned, 1.0 - scores, scores)
    met, pair = compress(low * models + high)
    _, row = compress(prompts)
    size = np.bincount(row)
    copies = np.ones(len(size))
    merged = score
    if kinds and 2 * int((alone := size[row] == 1).sum()) > len(size):  # some hundred kinds, not 100,000 prompts
        values, value = np.unique(score[alone], return_inverse=True)
        kind, copied = np.unique(pair[alone] * len(values) + value, return_counts=True)
        several, joint = np.unique(row[~alone], return_inverse=True)
        row = np.concatenate([joint, len(several) + np.arange(len(kind))])
        pair = np.concatenate([pair[~alone], kind // len(values)])
        merged = np.concatenate([score[~alone], values[kind % len(values)]])
        copies = np.concatenate([np.ones(len(several)), copied.astype(float)])
    cells, cell = compress(row * len(met) + pair)
    battles = Battles(
        models=models,
        first=met // models,
        second=met % models,
        copies=copies,
        row=cells // len(met),
        pair=cells % len(met),
        wins=sums(cell, merged, len(cells)),
        games=np.bincount(cell, minlength=len(cells)).astype(float),
    )
    return battles, Records(turned=turned, score=score, cell=cell)


def compress(labels: Ints) -> tuple[Ints, Ints]:
    """The labels that occur, in their order, and for each record the place of its label."""
    if labels.min() >= 0 and labels.max() < 4 * len(labels) + 1024:  # much faster than sorting
        there = np.bincount(labels) > 0
        places: Ints = np.cumsum(there) - 1
        return np.flatnonzero(there), places[labels]
    kinds, inverse = np.unique(labels, return_inverse=True)
    return kinds, inverse


def sums(places: Ints, values: Floats, size: int) -> Floats:
    """The values that belong to each of `size` places, added up."""
    found: Floats = np.bincount(places, weights=values, minlength=size).astype(float, copy=False)
    return found


def closure(linked: Flags) -> Flags:
    """Who can be reached from whom, in one or many M x M relations."""
    reach: Flags = linked | np.eye(linked.shape[-1], dtype=bool)
    for _ in range(max(1, (linked.shape[-1] - 1).bit_length())):
        steps = reach.astype(np.float32)
        reach = np.greater(steps @ steps, 0)
    return reach


def unbounded(battles: Battles, wins: Floats, games: Floats) -> Flags:
    """For each sample (samples x pairs): has the likelihood no maximum?

    It has one if and only if within every component each model can be reached from each other by a chain of wins
    (Ford, American Mathematical Monthly 64, 1957).
    """
    doubtful: Flags = ~np.all((wins > _NOTHING) & (games - wins > _NOTHING), axis=1)
    places = np.flatnonzero(doubtful)
    if len(places):
        beat = np.zeros((len(places), battles.models, battles.models), dtype=bool)
        beat[:, battles.first, battles.second] = wins[places] > _NOTHING
        beat[:, battles.second, battles.first] = (games - wins)[places] > _NOTHING
        doubtful[places] = np.any(battles.joined & ~closure(beat), axis=(1, 2))
    return doubtful


def newton(battles: Battles, wins: Floats, games: Floats, start: Floats) -> tuple[Floats, Floats]:
    """Maximum likelihood for each sample (samples x pairs): strengths, and the inverse Hessian there.

    The likelihood does not change when all strengths of a component move together; adding the projection on these
    directions to the Hessian holds each component's sum at 0 and changes nothing else.
    """
    signs, either = battles.signs, np.abs(battles.signs)
    first, second, diagonal = battles.first, battles.second, np.arange(battles.models)
    anchor = battles.joined / battles.joined.sum(axis=1) * float(games.sum(axis=1).mean()) / battles.models
    strengths = np.array(start, dtype=float)
    for _ in range(_MOST_STEPS):
        expected = logistic(strengths @ signs.T)
        information = games * expected * (1.0 - expected)
        hessian = np.zeros((len(strengths), battles.models, battles.models))
        hessian[:, first, second] = hessian[:, second, first] = -information
        hessian[:, diagonal, diagonal] = information @ either
        inverse = np.linalg.inv(hessian + anchor)
        step = (inverse @ ((wins - games * expected) @ signs)[..., None])[..., 0]
        longest = np.abs(step).max(axis=1, keepdims=True)
        strengths += step / np.maximum(1.0, longest / _MAX_STEP)
        if float(longest.max()) < _ENOUGH:
            break
    return strengths, inverse


def logistic(logits: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow for any strengths that Newton can reach."""
    return 1.0 / (1.0 + np.exp(-np.clip(logits, -500.0, 500.0)))


def resamples(copies: Floats, *, samples: int, seed: int) -> Iterator[Floats]:
    """Blocks of samples x rows: how often each row stands in a resample of the prompts, drawn with replacement.

    `RandomState`, whose stream numpy has promised never to change, so that a seed means the same for good.
    """
    source, rows = np.random.RandomState(seed), len(copies)
    prompts = round(float(copies.sum()))
    block = max(1, min(samples, _BLOCK // rows))
    for start in range(0, samples, block):
        many = min(block, samples - start)
        if rows < prompts:
            yield source.multinomial(prompts, copies / prompts, size=many).astype(float)
        else:
            drawn = source.randint(rows, size=(many, rows), dtype=np.int32)
            drawn += (np.arange(many, dtype=np.int32) * rows)[:, None]
            yield np.bincount(drawn.ravel(), minlength=many * rows).reshape(many, rows).astype(float)
