"""Deduction over places: which item stands where, by propagation and short trials, with the steps kept for a reader.

Items belong to groups; the items of one group stand on different places 0..n-1. A rule names up to four items and a
test of their places. Used to make puzzles with exactly one solution and to write the solution a person could follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod
from typing import Protocol

from evals.puzzles._family import Lang

DEEP = "*"
"""Label of a trial that is refuted only by going through sub-cases."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One clue: `holds` takes the places of `names` in their order."""

    label: str
    names: tuple[str, ...]
    holds: Callable[..., bool]
    wide: int = 260
    """Combinations beyond which it waits until its items are narrowed down."""
    _known: dict[tuple[int, ...], tuple[int, ...]] = field(default_factory=dict, compare=False, repr=False)

    def labelled(self, label: str) -> Rule:
        """The same rule under another label."""
        return replace(self, label=label)

    def narrowed(self, masks: tuple[int, ...]) -> tuple[int, ...]:
        """The domains of the items without the places that no combination supports."""
        known = self._known.get(masks)
        if known is None:
            options = [places(mask) for mask in masks]
            left = [0] * len(masks)
            if prod(map(len, options)) > self.wide:
                left = list(masks)
            else:
                for values in product(*options):
                    if self.holds(*values):
                        for at, value in enumerate(values):
                            left[at] |= 1 << value
            known = self._known[masks] = tuple(left)
        return known


@dataclass(frozen=True, slots=True)
class Step:
    """What one rule narrowed (`label` empty: what was left over), each item with the places that remain."""

    label: str
    found: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """A place tried for an item and refuted; `steps` lead there, `dead` has no place left (empty: every sub-case)."""

    name: str
    place: int
    steps: tuple[Step, ...]
    label: str
    dead: str


class _ContradictionError(Exception):
    def __init__(self, label: str, name: str) -> None:
        super().__init__(label)
        self.label, self.name = label, name


class Narrowing(Protocol):
    """What a board asks of a rule."""

    @property
    def label(self) -> str:
        """How a solution cites the rule."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """The items it is about."""
        ...

    def narrowed(self, masks: tuple[int, ...]) -> tuple[int, ...]:
        """The domains of the items without places that cannot be; all zero when nothing can."""
        ...

    def labelled(self, label: str) -> Narrowing:
        """The same rule under another label."""
        ...


@dataclass(frozen=True, slots=True)
class Hits:
    """A rule: exactly `count` of the items stand on the place in `targets`."""

    label: str
    names: tuple[str, ...]
    targets: tuple[int, ...]
    count: int

    def labelled(self, label: str) -> Hits:
        """The same rule under another label."""
        return replace(self, label=label)

    def narrowed(self, masks: tuple[int, ...]) -> tuple[int, ...]:
        """When the count is reached the others miss; when all that can hit must hit, they do."""
        aims = [1 << target for target in self.targets]
        sure = sum(mask == aim for mask, aim in zip(masks, aims, strict=True))
        able = sum(bool(mask & aim) for mask, aim in zip(masks, aims, strict=True))
        if not sure <= self.count <= able:
            return (0,) * len(masks)
        if sure == self.count:
            return tuple(mask if mask == aim else mask & ~aim for mask, aim in zip(masks, aims, strict=True))
        if able == self.count:
            return tuple(aim if mask & aim else mask for mask, aim in zip(masks, aims, strict=True))
        return masks


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How steps are told: the words of a language (`words_for`), names of items, labels of their places."""

    n: int
    words: Mapping[str, str]
    shown: Mapping[str, str]
    place: Callable[[str, int], str]
    free: Mapping[str, int] = field(default_factory=dict)
    whole: Mapping[tuple[int, ...], str] = field(default_factory=dict)
    """Sets of places that have a name of their own."""


Domains = dict[str, int]
"""Bit p set: the item may stand on place p."""


def places(mask: int) -> tuple[int, ...]:
    """The set bits of a domain."""
    return tuple(p for p in range(mask.bit_length()) if mask >> p & 1)


class Board:
    """Groups of items on n places with rules about them; `free` items have so many values and share them freely."""

    def __init__(
        self, n: int, groups: Sequence[Sequence[str]], rules: Sequence[Narrowing], free: Mapping[str, int] | None = None
    ) -> None:
        self.n = n
        self.groups = [tuple(group) for group in groups]
        self.free = dict(free or {})
        self.rules = tuple(rules)

    def solutions(self, limit: int) -> list[dict[str, int]]:
        """Up to `limit` complete assignments that satisfy every rule."""
        found: list[dict[str, int]] = []
        for solution in self._search(self._start()):
            found.append(solution)
            if len(found) == limit:
                break
        return found

    def explain(self) -> list[Step | Trial]:
        """The steps to the one solution; call it only when there is exactly one."""
        domains = self._start()
        out: list[Step | Trial] = list(self._propagate(domains))
        while any(mask & (mask - 1) for mask in domains.values()):
            trial = self._refute(domains)
            out.append(trial)
            domains[trial.name] &= ~(1 << trial.place)
            single = domains[trial.name]
            if not single & (single - 1):
                out.append(Step("", ((trial.name, places(single)),)))
            out.extend(self._propagate(domains))
        return out

    # ------------------------------------------------------------------------------------------------ inside
    def _start(self) -> Domains:
        start = {name: (1 << self.n) - 1 for group in self.groups for name in group}
        return start | {name: (1 << values) - 1 for name, values in self.free.items()}

    def _search(self, domains: Domains) -> Iterator[dict[str, int]]:
        try:
            for _ in self._propagate(domains):
                pass
        except _ContradictionError:
            return
        open_names = [name for name, mask in domains.items() if mask & (mask - 1)]
        if not open_names:
            yield {name: mask.bit_length() - 1 for name, mask in domains.items()}
            return
        name = min(open_names, key=lambda item: domains[item].bit_count())
        for place in places(domains[name]):
            yield from self._search({**domains, name: 1 << place})

    def _propagate(self, domains: Domains) -> Iterator[Step]:
        """Narrows `domains` in place until nothing changes; raises when an item has no place left."""
        yield from self._leftover(domains)
        queue = list(range(len(self.rules)))
        while queue:
            rule = self.rules[queue.pop(0)]
            masks = tuple(domains[name] for name in rule.names)
            left = rule.narrowed(masks)
            changed = {name: mask for name, mask in zip(rule.names, left, strict=True) if mask != domains[name]}
            if not changed:
                continue
            if not any(left):
                raise _ContradictionError(rule.label, "")
            before = dict(domains)
            for name, mask in changed.items():
                domains[name] = mask
                if not mask:
                    raise _ContradictionError(rule.label, name)
            yield Step(rule.label, tuple((name, places(mask)) for name, mask in changed.items()))
            yield from self._leftover(domains)
            touched = set(changed) | {name for name in domains if domains[name] != before[name]}
            queue += [i for i, other in enumerate(self.rules) if i not in queue and touched.intersection(other.names)]

    def _leftover(self, domains: Domains) -> Iterator[Step]:
        """Places taken by one item of a group go from the others; a place only one item can have is its own."""
        found: dict[str, tuple[int, ...]] = {}
        for group in self.groups:
            while self._settle(group, domains, found):
                pass
        if found:
            yield Step("", tuple(found.items()))

    def _settle(self, group: Sequence[str], domains: Domains, found: dict[str, tuple[int, ...]]) -> bool:
        """One round over a group; True when something changed."""
        taken = once = twice = 0
        for name in group:
            mask = domains[name]
            twice |= once & mask
            once |= mask
            if not mask & (mask - 1):
                if taken & mask:
                    raise _ContradictionError("", name)
                taken |= mask
        if once != (1 << self.n) - 1:
            raise _ContradictionError("", "")
        again = False
        own = once & ~twice
        for name in group:
            mask = domains[name]
            if not mask & (mask - 1):
                continue
            new = mask & own or mask & ~taken
            if new == mask:
                continue
            if not new or (new & (new - 1) and mask & own):
                raise _ContradictionError("", name)
            domains[name] = new
            again = True
            if not new & (new - 1):
                found[name] = places(new)
        return again

    def _refute(self, domains: Domains) -> Trial:
        """The shortest refutation among the narrowest items; when none is short, one by search over its sub-cases."""
        best: Trial | None = None
        tried = 0
        for name in sorted((n for n in domains if domains[n] & (domains[n] - 1)), key=lambda n: domains[n].bit_count()):
            for place in places(domains[name]):
                trial = self._try(name, place, domains)
                tried += 1
                if trial and (best is None or len(trial.steps) < len(best.steps)):
                    best = trial
            if best and tried > 14:
                break
        return best or self._refute_deeply(domains)

    def _try(self, name: str, place: int, domains: Domains) -> Trial | None:
        trial = {**domains, name: 1 << place}
        seen: list[Step] = []
        try:
            seen.extend(self._propagate_into(trial, seen))
        except _ContradictionError as dead:
            return Trial(name, place, tuple(seen), dead.label, dead.name)
        return None

    def _propagate_into(self, trial: Domains, seen: list[Step]) -> list[Step]:
        for step in self._propagate(trial):
            seen.append(step)  # noqa: PERF402 -- what was seen must survive the contradiction
        return []

    def _refute_deeply(self, domains: Domains) -> Trial:
        for name in sorted(domains, key=lambda n: domains[n].bit_count()):
            if not domains[name] & (domains[name] - 1):
                continue
            for place in places(domains[name]):
                if next(self._search({**domains, name: 1 << place}), None) is None:
                    return Trial(name, place, (), DEEP, "")
        raise AssertionError("more than one solution")


def told(trail: Sequence[Step | Trial], telling: Telling) -> list[str]:
    """The steps in words."""
    words = telling.words
    lines: list[str] = []
    joined = False
    for step in trail:
        if isinstance(step, Trial):
            lines.append(_trial(step, telling))
        elif step.label or not lines:
            lead = words["by"] if step.label else "{1}"
            lines.append(lead.format(step.label, _found(step, telling)) + words["stop"])
        elif joined:
            lines[-1] = lines[-1][:-1] + words["and"] + _found(step, telling) + words["stop"]
        else:
            lines[-1] += words["so"].format(_found(step, telling)) + words["stop"]
        joined = isinstance(step, Step) and not step.label
    return lines


def _found(step: Step, telling: Telling) -> str:
    words, out = telling.words, []
    for name, left in step.found:
        if left in telling.whole:
            out.append(words["is"].format(telling.shown[name], telling.whole[left]))
            continue
        gone = [p for p in range(telling.free.get(name, telling.n)) if p not in left]
        negative = len(left) > len(gone) or len(left) > 3
        listed = [telling.place(name, p) for p in (gone if negative else left)]
        text = listed[0] if len(listed) == 1 else words["list"].join(listed[:-1]) + words["or"] + listed[-1]
        out.append(words["not" if negative else "is"].format(telling.shown[name], text))
    return words["and"].join(out)


def _trial(trial: Trial, telling: Telling) -> str:
    words, name = telling.words, telling.shown[trial.name]
    place = telling.place(trial.name, trial.place)
    if trial.label == DEEP:
        return words["suppose"].format(name, place) + words["cases"] + words["hence"].format(name, place)
    chain = [
        words["then" if step.label else "rest"].format(*([step.label] if step.label else []), _found(step, telling))
        for step in trial.steps
    ]
    if not trial.label:
        dead = words["dead_plain"]
    elif trial.dead:
        dead = words["dead_item"].format(trial.label, telling.shown[trial.dead])
    else:
        dead = words["dead"].format(trial.label)
    return words["suppose"].format(name, place) + "".join(chain) + dead + words["hence"].format(name, place)


def words_for(lang: Lang, prep: str) -> dict[str, str]:
    """The sentences of a solution; `prep` joins an item and its place (在, 是 / "at", "on", nothing)."""
    if lang == "zh":
        return {key: text.replace("@", prep) for key, text in _ZH.items()}
    return {key: text.replace("@", prep + " " if prep else "") for key, text in _EN.items()}


_ZH = {
    "by": "由{0}，{1}",
    "so": "于是{}",
    "is": "{0}@{1}",
    "not": "{0}不@{1}",
    "and": "，",
    "or": "或",
    "list": "、",
    "stop": "。",
    "suppose": "假设{0}@{1}",
    "then": "，由{0}，{1}",
    "rest": "，从而{0}",
    "dead": "，这就与{0}矛盾。",
    "dead_plain": "，余下的就排不开了，矛盾。",
    "dead_item": "，再看{0}，{1}就无处可放，矛盾。",
    "cases": "，接着分情况一一去试，每种情况都与某个条件矛盾。",
    "hence": "所以{0}不@{1}。",
}
_EN = {
    "by": "By {0}, {1}",
    "so": " So {}",
    "is": "{0} is @{1}",
    "not": "{0} is not @{1}",
    "and": "; ",
    "or": " or ",
    "list": ", ",
    "stop": ".",
    "suppose": "Suppose {0} is @{1}.",
    "then": " By {0}, {1}.",
    "rest": " Then {0}.",
    "dead": " This contradicts {0}.",
    "dead_plain": " What remains no longer fits, a contradiction.",
    "dead_item": " Now {0} leaves no room for {1}, a contradiction.",
    "cases": " Every case that remains breaks one of the clues.",
    "hence": " So {0} is not @{1}.",
}
