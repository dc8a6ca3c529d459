"""A made-up run folder to render: seeded, written with the store and scored with the project's own score."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from evals.records import NO_ANSWER_JUDGE, Judgment, Plan, PlannedPair, PlannedSuite
from evals.score import AnswerStatus, score

MODELS = ("DeepSeek V4 Flash", "Qwen3-32B", "Kimi K2.5", "GLM-5")
SKILL = (0.1, -0.5, 0.35, 0.8)
JUDGES = ("Qwen3.5-397B", "DeepSeek V4 Pro")

QUESTIONS = (
    ("classical", "把下面的句子译成现代汉语：「学而不思则罔，思而不学则殆。」并说明两句之间的关系。",
     "只学习却不思考，就会迷惑；只思考却不学习，就会陷入危险。两句互为补充，强调学与思并重。"),
    ("idiom", "下面的句子有语病，请改正并说明理由：「通过这次活动，使我们增长了见识。」",
     "删去「通过」或「使」。原句滥用介词，使主语残缺；改为「这次活动使我们增长了见识。」"),
    ("letter", "请以采购部名义写一封致供应商的函，要求其在三月十五日前补发短缺的二百件配件，语气客气而坚定。",
     "关于补发短缺配件的函\n\n某某公司：\n贵司三月一日所发货物短缺配件二百件，已影响我司生产。请于三月十五日前补发，并告知物流单号。\n\n此致\n敬礼\n\n采购部\n三月五日"),
    ("pun", "歇后语「外甥打灯笼」的下半句是什么？请解释其中的谐音。",
     "照旧（舅）。「舅」与「旧」同音：外甥打灯笼照的是舅舅，引申为一切照旧。"),
    ("amount", "将人民币 10,203.50 元写成中文大写金额。", "人民币壹万零贰佰零叁元伍角整"),
    ("script", "把「头发、发现、皇后、以后」转换成繁体字。", "頭髮、發現、皇后、以後"),
    ("mixed", "用中英文混排的规范重写这句话：我们的API在2024年支持了streaming，延迟降低30%。",
     "我们的 API 在 2024 年支持了 streaming，延迟降低了 30%。"),
    ("false premise", "李白为什么要在《红楼梦》里写下「葬花吟」？",
     "题目的前提不成立：《葬花吟》出自曹雪芹所著《红楼梦》，是林黛玉所吟，与李白无关。"),
)  # fmt: skip

REASONS = (
    "第一份译文准确，并说明了两句互补的关系；第二份把「殆」误解为「懒惰」，且没有说明关系。",
    "两份都改对了，但第二份没有解释为什么主语残缺，理由不完整。",
    "第一份格式完整，抬头、落款、日期齐全；第二份遗漏了补发期限，这是题目的明确要求。",
    "两份的结论相同，解释的深浅也相近，看不出实质差别。",
    "第二份的大写金额多写了一个「零」，属于事实错误；第一份完全正确。",
)


def write_run(
    folder: Path,
    *,
    models: Sequence[str] = MODELS,
    suites: Sequence[str] = ("chinese",),
    prompts: int = 80,
    simulated: bool = True,
    judge_fails: float = 0.0,
    known_prices: bool = True,
    seed: int = 7,
    text: Callable[[str], str] = lambda plain: plain,
) -> Path:
    """Fill `folder` with all files a report is made from. `text` rewrites every prompt, answer and explanation."""
    rng = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    plan = _plan(models, suites, prompts, simulated, seed)
    asked = [
        {
            "suite": suite.name, "id": prompt_id, "category": category, "lang": "zh", "difficulty": 1 + number % 4,
            "text": text(QUESTIONS[number % len(QUESTIONS)][1]),
            "reference": text(QUESTIONS[number % len(QUESTIONS)][2]), "answer": "",
        }
        for suite in plan.suites
        for number, (prompt_id, category) in enumerate(zip(suite.prompt_ids, suite.categories, strict=True))
    ]  # fmt: skip
    skill = {model: SKILL[number % len(SKILL)] for number, model in enumerate(models)}
    answers = [_answer(prompt, model, skill[model], rng, text) for prompt in asked for model in models]
    given = {(a["suite"], a["prompt_id"], a["model"]): a["status"] == "ok" for a in answers}
    verdicts = [
        judgment
        for prompt in asked
        for pair in plan.pairs
        for judgment in _verdicts(prompt, pair, skill, given, rng, judge_fails, text)
    ]
    _lines(folder / "prompts.jsonl", asked)
    _lines(folder / "responses.jsonl", answers)
    _lines(folder / "judgments.jsonl", [judgment.to_json() for judgment in verdicts])
    statuses = [
        AnswerStatus(a["suite"], a["prompt_id"], a["model"], 0, a["status"], a["status"] == "ok", len(a["text"]))
        for a in answers
    ]
    _json(folder / "scores.json", score(plan, statuses, verdicts))
    _json(folder / "measured.json", _measured(plan, models, known_prices, simulated))
    _json(folder / "run.json", _manifest(folder.name, plan, known_prices, simulated))
    return folder


def read(folder: Path, name: str) -> dict[str, Any]:
    """One of the JSON files of the folder."""
    value: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    return value


def _plan(models: Sequence[str], suites: Sequence[str], prompts: int, simulated: bool, seed: int) -> Plan:
    pairs = [
        PlannedPair(first=first, second=second, judges=(JUDGES["Qwen" in first + second],))
        for number, first in enumerate(models)
        for second in models[number + 1 :]
    ]
    planned = [
        PlannedSuite(
            name=name,
            hash=f"{name.encode().hex()[:8]:0<16}",
            definition="pairwise-zh@1",
            prompt_ids=tuple(f"zh-{number:04}" for number in range(1, prompts + 1)),
            categories=tuple(QUESTIONS[number % len(QUESTIONS)][0] for number in range(prompts)),
        )
        for name in suites
    ]
    return Plan(suites=tuple(planned), models=tuple(models), pairs=tuple(pairs), seed=seed, simulated=simulated)


def _answer(
    prompt: dict[str, Any], model: str, skill: float, rng: random.Random, text: Callable[[str], str]
) -> dict[str, Any]:
    status = rng.choices(("ok", "truncated", "empty", "filtered"), (0.985, 0.005, 0.005, 0.005))[0]
    parts = prompt["reference"].split("。")
    kept = parts if rng.random() < 0.5 + skill / 2 else parts[: max(1, len(parts) - 1)]
    body = "。".join(kept) + ("。此外还可以联系上下文来理解这一点，因人而异。" if rng.random() < 0.4 else "")
    return {
        "suite": prompt["suite"], "prompt_id": prompt["id"], "model": model, "sample": 0, "key": f"{rng.random():.12f}",
        "status": status, "text": text(body) if status == "ok" else "",
        "reasoning": "先看题目要求。" * rng.randrange(40),
        "finish_reason": "stop", "usage": {"prompt_tokens": 60, "completion_tokens": rng.randrange(40, 300)},
        "cost_usd": "0.0001", "latency_s": round(rng.lognormvariate(-0.5, 0.4), 3), "ttft_s": None,
        "served_model": model, "fingerprint": None, "region": None, "attempts": 1, "started_at": "", "error": None,
    }  # fmt: skip


def _verdicts(
    prompt: dict[str, Any],
    pair: PlannedPair,
    skill: dict[str, float],
    given: dict[tuple[str, str, str], bool],
    rng: random.Random,
    judge_fails: float,
    text: Callable[[str], str],
) -> list[Judgment]:
    sides = [given[prompt["suite"], prompt["id"], model] for model in (pair.first, pair.second)]
    gap = skill[pair.first] - skill[pair.second] + rng.gauss(0, 0.7)
    found = []
    for swapped in (False, True):
        first, second = (pair.second, pair.first) if swapped else (pair.first, pair.second)
        common = {"suite": prompt["suite"], "prompt_id": prompt["id"], "first": first, "second": second}
        common |= {"definition": "pairwise-zh@1", "key": f"{rng.random():.12f}"}
        if not all(sides):
            ahead = sides[1] - sides[0] if swapped else sides[0] - sides[1]
            winner = ("second", "tie", "first")[ahead + 1]
            found.append(Judgment(**common, judge=NO_ANSWER_JUDGE, status="ok", winner=winner))
        elif rng.random() < judge_fails:
            found.append(Judgment(**common, judge=pair.judges[0], status="error", error="HTTP 402 Payment Required"))
        else:
            seen = (-gap if swapped else gap) + 0.12 + rng.gauss(0, 0.12)
            winner = "tie" if abs(seen) < 0.12 else "first" if seen > 0 else "second"
            reason = text(rng.choice(REASONS))
            found.append(
                Judgment(**common, judge=pair.judges[0], status="ok", winner=winner, explanation=reason, attempts=1)
            )
    return found


def _measured(plan: Plan, models: Sequence[str], known_prices: bool, simulated: bool) -> dict[str, Any]:
    rows = {}
    for number, name in enumerate((*models, *JUDGES)):
        cost = {"cost_usd": f"0.0{number + 1}234"}
        if not known_prices:
            cost = {"cost_usd": None, "cost_at_least_usd": f"0.00{number + 1}4", "cost_unknown": ["input price"]}
        rows[name] = {
            "role": ["candidate"] if name in models else ["judge"], **cost, "invented_prices": simulated,
            "latency_s": {"p50": 0.61 + number / 7, "p95": 1.4 + number / 5, "p99": 2.1 + number / 3}, "calls": 80,
            "attempts": 83, "prompt_tokens": 4_812, "completion_tokens": 12_904, "served_model": [name],
            "fingerprint": [],
        }  # fmt: skip
    total = {"cost_usd": "0.27774"}
    if not known_prices:
        total = {"cost_usd": None, "cost_at_least_usd": "0.0123", "cost_unknown": ["input price"]}
    answers = {name: row | {"calls": 40} for name, row in rows.items() if name in models}
    if known_prices:
        for number, row in enumerate(answers.values()):
            row["cost_usd"] = f"0.0{number + 1}117"
    suites = {suite.name: answers for suite in plan.suites}
    return {"run_id": "fake", "models": rows, "suites": suites, "total": total, "wall_s": 18.42, "unknown_outcomes": 0}


def _manifest(run_id: str, plan: Plan, known_prices: bool, simulated: bool) -> dict[str, Any]:
    prices = {
        "input_usd_per_mtok": "0.1" if known_prices else None,
        "output_usd_per_mtok": "0.28",
        "invented": simulated,
    }
    return {
        "schema": 1, "run_id": run_id, "version": "0.1.0", "created_at": "2026-01-02T03:04:05Z", "closed_at": None,
        "command": ["evals", "run", "--suite", ",".join(suite.name for suite in plan.suites)], "state": "open",
        "simulated": simulated, "seed": plan.seed, "plan": plan.to_json(),
        "suites": [
            {
                "name": suite.name, "spec": suite.name, "title": "中文能力", "version": 1, "language": "zh",
                "hash": suite.hash, "definition": suite.definition, "license": "CC-BY-4.0",
                "prompts": len(suite.prompt_ids),
                "categories": {"classical": "古文", "idiom": "成语病句", "letter": "公文", "pun": "谐音歇后语"},
            }
            for suite in plan.suites
        ],
        "definitions": {"pairwise-zh@1": "c0ffee"}, "catalog": {"path": "evals/models.toml", "hash": "beef"},
        "models": {
            name: {"family": "glm", "wire_id": name.lower(), "host": "gateway", "base_url": "https://gateway.example/v1",
                   "judge": name in JUDGES, "prices": prices}
            for name in (*plan.models, *JUDGES)
        },
        "settings": {"limit": None, "concurrency": 64}, "notes": [],
    }  # fmt: skip


def _lines(path: Path, records: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")


def _json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
