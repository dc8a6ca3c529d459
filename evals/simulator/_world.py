"""The world of a simulation: which model says what to which prompt, and which judge prefers what."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from evals.records import Prompt, Suite, Winner
from evals.simulator._answers import STYLE_DRAWS, SimulatedAnswer, ability, answer_draws, compose
from evals.simulator._facts import Sheet, make_sheet, prompt_key
from evals.simulator._judge import Analysis, analyse, chances, decide, impression
from evals.simulator._models import KINDS, JudgeTraits, Profile, judge_traits, profile
from evals.simulator._seeds import uniform

__all__ = ["STYLE_DRAWS", "Chances", "World"]
_MOST_SHEETS = 4096
_MOST_ANALYSES = 20_000
_DRAFT = 1_000_000
"""Added to a sample's number for the draws of an earlier turn, so that a draft differs from the final answer."""
EASIEST, HARDEST = 0.05, 0.9
"""The shares of a reference's facts that the easiest and the hardest criterion ask for."""
Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """The chances of the three verdicts on a pair as shown; they add up to 1."""

    first: float
    tie: float
    second: float

    @property
    def score(self) -> float:
        """The expected score of the first text, a tie counted half."""
        return self.first + self.tie / 2


class World:
    """A pure function of its suites, its seed and its overrides: no clock, no order of calls, no process decides.

    `skills` gives models a skill of your own (logits; one number, or one for each of chinese, english, code and
    reasoning); `judges` gives judges traits of your own. All else follows from the names.
    """

    def __init__(
        self,
        suites: Sequence[Suite] = (),
        *,
        seed: int = 0,
        skills: Mapping[str, float | Mapping[str, float]] | None = None,
        judges: Mapping[str, JudgeTraits] | None = None,
    ) -> None:
        self.seed = seed
        self.suites = tuple(suites)
        self.skills = dict(skills or {})
        self.judges = dict(judges or {})
        prompts = [prompt for suite in suites for prompt in suite.prompts]
        self._prompts = {prompt_key(prompt.text): prompt for prompt in prompts}
        # the earlier turns of a conversation: what is said there is a draft of what is said at its end
        self._drafts = {key: prompt for prompt in prompts for key in _openings(prompt)}
        self._profiles: dict[str, Profile] = {}
        self._sheets: OrderedDict[str, Sheet] = OrderedDict()
        self._analyses: OrderedDict[tuple[str, str], Analysis] = OrderedDict()

    # ---------------------------------------------------------------- models
    def profile(self, model: str) -> Profile:
        """The profile of a model, with this world's own skill for it where one was given."""
        known = self._profiles.get(model)
        if known is None:
            known = profile(model)
            own = self.skills.get(model)
            if own is not None:
                levels = own if isinstance(own, Mapping) else dict.fromkeys(KINDS, own)
                known = replace(known, skill={**known.skill, **levels})
            self._profiles[model] = known
        return known

    def traits(self, judge: str) -> JudgeTraits:
        """How a model judges."""
        return self.judges.get(judge) or judge_traits(judge)

    # ---------------------------------------------------------------- facts
    def sheet(self, prompt: Prompt | str) -> Sheet:
        """The facts of a prompt, or of the prompt that has this text; invented ones for a text nobody knows."""
        text = prompt if isinstance(prompt, str) else prompt.text

        def make() -> Sheet:
            known = self._known(text) if isinstance(prompt, str) else prompt
            if known is None:
                return make_sheet(text)
            return make_sheet(
                known.text,
                suite=known.suite,
                reference=known.reference,
                answer=known.answer,
                difficulty=known.difficulty,
            )

        return _cached(self._sheets, text, make, _MOST_SHEETS)

    def answer(self, model: str, prompt: Prompt | str, *, sample: int = 0, fresh: int = 0) -> SimulatedAnswer:
        """What a model says to a prompt. `fresh` other than 0 draws the model's affinity to the prompt anew as well."""
        sheet, who = self.sheet(prompt), self.profile(model)
        if self._drafts and isinstance(prompt, str) and prompt_key(prompt) in self._drafts:
            sample += _DRAFT
        draws = answer_draws(sheet, self.seed, model, sample, fresh)
        return compose(who, sheet, ability(who, sheet, self.seed, fresh), draws)

    def _known(self, text: str) -> Prompt | None:
        key = prompt_key(text)
        return self._prompts.get(key) or self._drafts.get(key)

    # ---------------------------------------------------------------- judging
    def analyse(self, prompt: Prompt | str, text: str) -> Analysis:
        """What any judge finds in a text given as an answer to a prompt."""
        sheet = self.sheet(prompt)
        return _cached(self._analyses, (sheet.key, text), lambda: analyse(sheet, text), _MOST_ANALYSES)

    def quality(self, prompt: Prompt | str, text: str) -> float:
        """The quality of a text as an answer: the share of the reference's facts it gets right, less what it gets
        wrong; at most 1."""
        return self.analyse(prompt, text).quality

    def chances(self, judge: str, prompt: Prompt | str, first: str | Analysis, second: str | Analysis) -> Chances:
        """The chances of each verdict of a judge on two texts, shown in this order."""
        one = self.analyse(prompt, first) if isinstance(first, str) else first
        two = self.analyse(prompt, second) if isinstance(second, str) else second
        chance_first, chance_second = chances(self.traits(judge), one, two)
        return Chances(first=chance_first, tie=max(0.0, 1 - chance_first - chance_second), second=chance_second)

    def judge_pair(
        self,
        judge: str,
        prompt: Prompt | str,
        first: str | Analysis,
        second: str | Analysis,
        *,
        repeat: int = 0,
        fresh: int = 0,
    ) -> Winner:
        """The verdict of a judge on two texts, shown in this order: the same each time it is asked."""
        one = self.analyse(prompt, first) if isinstance(first, str) else first
        two = self.analyse(prompt, second) if isinstance(second, str) else second
        chance_first, chance_second = chances(self.traits(judge), one, two)
        draw = uniform("verdict", self.seed, judge, one.digest, two.digest, repeat, fresh)
        return decide(chance_first, chance_second, draw)

    def judge_alone(self, judge: str, prompt: Prompt | str, text: str, *, about: str = "", repeat: int = 0) -> float:
        """How good a judge finds one text, in 0..1: the same each time it is asked. Each dimension it is asked `about`
        has an error of its own."""
        found = self.analyse(prompt, text)
        draw = uniform("score", self.seed, judge, found.digest, about, repeat)
        return impression(self.traits(judge), found, len(self.sheet(prompt).reference_norm), draw)

    def meets(self, judge: str, prompt: Prompt | str, text: str, criteria: int, *, repeat: int = 0) -> list[bool]:
        """Which of a prompt's criteria a judge finds met; each asks all texts for the same share of the facts."""
        key = self.sheet(prompt).key
        return [
            self.judge_alone(judge, prompt, text, about=f"criterion {number}", repeat=repeat)
            > EASIEST + (HARDEST - EASIEST) * uniform("criterion", self.seed, key, number)
            for number in range(criteria)
        ]


def _openings(prompt: Prompt) -> list[str]:
    """The keys of a conversation cut before its last turn."""
    said = [str(m["content"]) for turn in prompt.turns for m in turn if m["role"] == "user"]
    return [prompt_key("\n\n".join(said[:count])) for count in range(1, len(prompt.turns))]


def _cached(cache: OrderedDict[Key, Value], key: Key, make: Callable[[], Value], most: int) -> Value:
    """The least recently made entries go first: a bound on memory, not a rule of the world."""
    found = cache.get(key)
    if found is None:
        found = cache[key] = make()
        if len(cache) > most:
            cache.popitem(last=False)
    return found
