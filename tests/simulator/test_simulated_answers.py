"""Answers: the same everywhere, told apart by their facts alone, never by their length."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.library import load_suite
from evals.records import Prompt, Suite
from evals.simulator import World, truth
from evals.simulator._answers import CODE_DRAW, SOLVES_AT, SOLVES_SLOPE, STYLE_DRAWS, draw_states
from evals.simulator._facts import INTACT, make_sheet
from evals.simulator._judge import analyse
from evals.simulator._models import profile
from evals.simulator._script import has_traditional, to_simplified, to_traditional
from evals.simulator._truth import _Sampler

ROOT = Path(__file__).parents[2]
CANDIDATES = ("deepseek-v4-flash", "Qwen/Qwen3-32B", "moonshot/k2.5", "THUDM/glm-5")


def test_same_words_in_every_process() -> None:
    """Another process with another hash seed says the same to the letter."""
    code = (
        "from evals.simulator import World\n"
        "from evals.records import Prompt\n"
        "w = World(seed=3)\n"
        "for q in ('请说明茶叶的保存方法和注意事项', 'How do tides depend on the moon and the sun?'):\n"
        "    a = w.answer('moonshot/k2.5', q, sample=2); print(a.text, a.reasoning)\n"
        "    print(w.judge_pair('j', q, a.text, w.answer('x', q).text))\n"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(said) == 1
    assert said.pop().strip()


@pytest.mark.parametrize("change", ["seed", "model", "sample", "fresh"])
def test_everything_that_should_matters(chinese: Suite, change: str) -> None:
    """World seed, model, sample and the fresh salt each give other answers."""
    prompt = chinese.prompts[2]
    plain = [World([chinese]).answer("THUDM/glm-5", p, sample=1).text for p in chinese.prompts]
    world = World([chinese], seed=9 if change == "seed" else 0)
    other = [
        world.answer(
            "glm-5x" if change == "model" else "THUDM/glm-5",
            p,
            sample=2 if change == "sample" else 1,
            fresh=5 if change == "fresh" else 0,
        ).text
        for p in chinese.prompts
    ]
    assert plain != other
    assert World([chinese]).answer("a", prompt) == World([chinese]).answer("a", prompt)


def test_equally_able_models_still_differ_in_words(suites: tuple[Suite, ...]) -> None:
    """Without any damage two models word an answer differently, and the judge finds both perfect."""
    world = World(suites, skills={"a": 40.0, "b": 40.0})
    for suite in suites:
        texts = [(world.answer("a", p).text, world.answer("b", p).text) for p in suite.prompts]
        assert any(one != two for one, two in texts)
        for prompt, pair in zip(suite.prompts, texts, strict=True):
            assert [world.quality(prompt, text) for text in pair] == [1.0, 1.0]


def test_states_of_arrays_follow_the_law_of_single_answers(suites: tuple[Suite, ...]) -> None:
    """The sampler behind the truth and the answerer draw the same facts from the same numbers."""
    generator = np.random.default_rng(4)
    for prompt in [p for suite in suites for p in suite.prompts]:
        sheet = World(suites).sheet(prompt)
        sampler = _Sampler(sheet, generator, 300)
        style, draws = generator.random((300, 4)), generator.random((300, len(sheet.units)))
        levels, code = generator.uniform(-3, 3, 300), generator.random(300)
        options, cut, script = sampler.states(levels, style, draws, code)
        for row in range(300):
            flat = [*style[row], *([0.5] * (STYLE_DRAWS - 4)), *draws[row]]
            flat[CODE_DRAW] = code[row]
            states = draw_states(sheet, float(levels[row]), flat)
            assert (states.options, states.cut, states.script_from) == (tuple(options[row]), cut[row], script[row])


def test_judge_finds_in_the_text_what_the_answerer_meant(suites: tuple[Suite, ...]) -> None:
    """Facts counted in the rendered text are those drawn, but for rare accidents of wording."""
    world = World(suites, skills={"m": 0.2})
    wrong = total = 0
    from evals.simulator._answers import ability, answer_draws

    for prompt in [p for suite in suites for p in suite.prompts]:
        sheet = world.sheet(prompt)
        for sample in range(100):
            draws = answer_draws(sheet, world.seed, "m", sample, 0)
            level = ability(world.profile("m"), sheet, world.seed, 0)
            states = draw_states(sheet, level, draws)
            values = analyse(sheet, world.answer("m", prompt, sample=sample).text).values
            for index, unit in enumerate(sheet.units):
                meant = unit.options[states.options[index]].value if states.options[index] >= 0 else 0.0
                if meant == INTACT and index >= states.script_from and unit.scripted:
                    meant = 0.5
                wrong += values[index] != meant
                total += 1
    assert wrong / total < 0.005


def _is_right(reference: str, text: str) -> bool:
    """True when all the code of the reference stands in the text, to the letter."""
    return all(block in text for block in re.findall(r"^```.*?^```", reference, re.DOTALL | re.MULTILINE))


def test_a_program_is_right_as_a_whole_or_broken(suites: tuple[Suite, ...]) -> None:
    """One draw and the level decide; what is not right has something wrong in its code, however able the model."""
    sheet = World(suites).sheet(suites[2].prompts[0])
    coded = [at for at, unit in enumerate(sheet.units) if unit.code]
    assert all(sheet.units[at].options[option].value < 0 for at, option in sheet.slips)
    for level in (SOLVES_AT - 1.5, SOLVES_AT, 3.0):
        for draws in np.random.default_rng(8).random((300, STYLE_DRAWS + len(sheet.units))):
            draws[2] = 1.0  # the end is not cut
            options = draw_states(sheet, level, list(draws)).options
            right = bool(draws[CODE_DRAW] < 1 / (1 + np.exp(SOLVES_SLOPE * (SOLVES_AT - level))))
            assert all(options[at] == 0 for at in coded) == right


@pytest.mark.parametrize(
    ("name", "settled"), [("code", True), ("mine", True), ("chinese", False), ("reasoning", False)]
)
def test_code_beside_words_is_a_fact_like_others(suites: tuple[Suite, ...], name: str, settled: bool) -> None:
    """Only where code is what is asked for does it stand or fall as a whole."""
    prompt = suites[2].prompts[0]
    assert bool(make_sheet(prompt.text, suite=name, reference=prompt.reference).slips) == settled


def test_shipped_code_is_right_as_often_as_its_model_is_good() -> None:
    """Of the programs asked for every candidate gets 35 to 85 % right, the abler ones more, the easier ones more."""
    suite = load_suite(str(ROOT / "prompts" / "code"))
    prompts = [prompt for prompt in suite.prompts if prompt.checks]
    world = World([suite])
    ladder = sorted(CANDIDATES, key=lambda name: profile(name).skill_in("code"))
    right = np.array(
        [
            [np.mean([_is_right(p.reference, world.answer(n, p, fresh=f).text) for f in range(6)]) for p in prompts]
            for n in ladder
        ]
    )
    shares = right.mean(axis=1)
    assert shares[0] > 0.35
    assert shares[-1] < 0.85
    assert list(shares) == pytest.approx(sorted(shares), abs=0.02)
    assert shares[-1] > shares[0] + 0.2
    levels = np.array([prompt.difficulty for prompt in prompts])
    assert right[:, levels <= 2].mean() > right[:, levels >= 4].mean() + 0.05


def _lengths(world: World, model: str, suite: Suite, samples: int) -> float:
    return float(
        np.mean(
            [
                len(world.answer(model, p, sample=s).text) / len(p.reference)
                for p in suite.prompts
                for s in range(samples)
            ]
        )
    )


def test_length_says_nothing_about_skill(suites: tuple[Suite, ...]) -> None:
    """A weak and a strong model of the same style write about equally long."""
    for suite in suites:
        weak = _lengths(World(suites, skills={"m": 0.3}), "m", suite, 60)
        strong = _lengths(World(suites, skills={"m": 2.0}), "m", suite, 60)
        assert abs(strong / weak - 1) < 0.06, suite.name


def _naive_count(reference: str, text: str) -> int:
    """A reader who knows nothing of the simulator: how many clauses of the reference stand in the text."""
    parts = [re.sub(r"^[-\d.\s]+", "", part) for part in re.split(r"[，；。！：\n]", reference)]
    return sum(part in text for part in parts if len(part) > 3)


def test_a_naive_reader_picks_the_stronger_about_as_often_as_the_truth_says(chinese: Suite) -> None:
    """Counting clauses found verbatim gives a win rate near the true one: the text is the quality."""
    world = World([chinese])
    strong, weak = "THUDM/glm-5", "qwen3-8b"
    score = n = 0.0
    for prompt in chinese.prompts:
        for fresh in range(1, 200):
            one, two = (world.answer(name, prompt, fresh=fresh).text for name in (strong, weak))
            gap = _naive_count(prompt.reference, one) - _naive_count(prompt.reference, two)
            score += 1.0 if gap > 0 else 0.5 if gap == 0 else 0.0
            n += 1
    told = truth(world, (strong, weak), chinese, "qwen3.5-397b").pair(strong, weak).fresh
    assert told > 0.7
    assert abs(score / n - told) < 0.06


def test_unknown_prompts_get_an_invented_reference() -> None:
    """A prompt of no suite is answered from its own words, in its own language, and can be judged."""
    world = World()
    for question, sign in (("如何挑选一台适合家用的净水器？", "净水器"), ("How do I choose a water filter?", "water")):
        text = world.answer("moonshot/k2.5", question).text
        assert sign in text
        assert world.quality(question, text) > 0.3


@given(st.text(max_size=400), st.text(max_size=600))
@settings(max_examples=150, deadline=None)
def test_any_text_makes_a_sheet_and_an_answer(question: str, reference: str) -> None:
    """No prompt and no reference upsets the answerer or the judge."""
    prompt = Prompt(suite="s", id="p", messages=({"role": "user", "content": question},), reference=reference)
    world = World()
    text = world.answer("m", prompt).text
    assert world.quality(prompt, text) <= 1.0
    assert make_sheet(question, reference=reference).total_weight > 0


def test_script_table_is_one_to_one() -> None:
    """Turning a text over and back gives the text."""
    text = "这个国家的发展经过说明了关于图书馆数据处理的问题"
    assert to_simplified(to_traditional(text)) == text
    assert has_traditional(to_traditional(text))
    assert not has_traditional(text)


def test_profiles_follow_the_field_notes() -> None:
    """Wire ids and catalog names of one model have one skill; unknown names have one of their own."""
    assert profile("THUDM/glm-5").skill == profile("glm-5").skill
    assert profile("kimi-k2.5").skill == profile("moonshot/k2.5").skill
    assert profile("qwen3.5-397b-a17b").skill == profile("Qwen/Qwen3.5-397B").skill
    assert profile("glm-5").skill_in("reasoning-hard") == profile("glm-5").skill_in("reasoning")
    assert profile("glm-5").skill_in("codec") == profile("glm-5").skill_in("") != profile("glm-5").skill_in("code")
    assert profile("nobody").skill == profile("nobody").skill != profile("somebody").skill
    best = {
        kind: max(CANDIDATES, key=lambda name: profile(name).skill_in(kind))
        for kind in ("chinese", "code", "reasoning")
    }
    assert best == {"chinese": "THUDM/glm-5", "code": "deepseek-v4-flash", "reasoning": "moonshot/k2.5"}
