"""The work every client of the bench does: N prompts x 4 models, three pairs against a baseline in both orders."""

from __future__ import annotations

import heapq
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.server import answer_identity, latency, verdict_identity

MODELS = ("alpha", "beta", "gamma", "delta")
JUDGE = "omega"
BASELINE = MODELS[0]
PROMPT_CHARACTERS = 2_000  # about 500 tokens

CATALOG = """schema = 1
[roles]
candidates = ["alpha", "beta", "gamma", "delta"]
judges = ["omega"]

[hosts.gateway]
key_variable = "EVALS_API_KEY"
""" + "".join(
    f'\n[models.{name}]\nfamily = "{name}"\nvendor = "bench"\nmodalities = ["text"]\n\n[models.{name}.hosts.gateway]\n'
    for name in (*MODELS, JUDGE)
)


@dataclass(frozen=True)
class Workload:
    """Prompts of about 500 tokens, each naming its number for the server."""

    prompts: tuple[str, ...]

    @classmethod
    def of(cls, count: int) -> Workload:
        """`count` prompts, the same each time."""
        words = [
            "river",
            "ledger",
            "summit",
            "garden",
            "signal",
            "paper",
            "harbour",
            "engine",
            "window",
            "market",
            "lantern",
            "bridge",
        ]
        draw = random.Random(7)
        return cls(
            tuple(f"[cell {n}] " + " ".join(draw.choices(words, k=400))[: PROMPT_CHARACTERS - 20] for n in range(count))
        )

    def verdicts(self) -> Iterator[tuple[int, str, str]]:
        """(prompt, first, second) of every verdict, both orders."""
        for prompt in range(len(self.prompts)):
            for model in MODELS[1:]:
                yield prompt, model, BASELINE
                yield prompt, BASELINE, model

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write the suite and the catalog for the pipeline; returns their paths."""
        suite, catalog = folder / "load.jsonl", folder / "models.toml"
        with suite.open("w", encoding="utf-8") as file:
            for n, text in enumerate(self.prompts):
                file.write(json.dumps({"id": f"p{n}", "prompt": text}) + "\n")
        catalog.write_text(CATALOG, encoding="utf-8")
        return suite, catalog


def judge_messages(prompt: str, first: str, second: str) -> list[dict[str, str]]:
    """A judge request of the same size as the pipeline's."""
    content = (
        f"THE REQUEST\n{prompt}\n\nFIRST ANSWER\n{first}\n\nSECOND ANSWER\n{second}\n\n"
        'The verdict is one JSON object: "winner" is "1", "2" or "tie"; "code" is "00000000", copied as it stands.'
    )
    return [{"role": "system", "content": "You are a careful reviewer. " * 60}, {"role": "user", "content": content}]


def ideal_wall(workload: Workload, slots: int, median: float, sigma: float) -> float:
    """Seconds of a list schedule of the served latencies on `slots` slots.

    A verdict may start as soon as its two answers are there; a free slot takes a waiting verdict or else the next
    answer, in order. Of this rule and its opposite (answers first) the shorter schedule counts.
    """
    return min(_schedule(workload, slots, median, sigma, verdicts_first=first) for first in (True, False))


def _schedule(workload: Workload, slots: int, median: float, sigma: float, *, verdicts_first: bool) -> float:
    answers = [(model, prompt) for prompt in range(len(workload.prompts)) for model in MODELS]
    answers.reverse()
    ready: list[tuple[int, str, str]] = []
    there: set[tuple[str, int]] = set()
    running: list[tuple[float, int, tuple[str, int] | None]] = []
    now, number = 0.0, 0
    while answers or ready or running:
        while len(running) < slots and (answers or ready):
            number += 1
            if ready and (verdicts_first or not answers):
                prompt, first, second = ready.pop()
                wait = latency(verdict_identity(first, second, prompt), median, sigma)
                heapq.heappush(running, (now + wait, number, None))
            else:
                cell = answers.pop()
                heapq.heappush(running, (now + latency(answer_identity(*cell), median, sigma), number, cell))
        now, _, done = heapq.heappop(running)
        if done is not None:
            there.add(done)
            model, prompt = done
            others = MODELS[1:] if model == BASELINE else (model,)
            for other in others:
                if (other, prompt) in there and (BASELINE, prompt) in there:
                    ready += [(prompt, other, BASELINE), (prompt, BASELINE, other)]
    return now
