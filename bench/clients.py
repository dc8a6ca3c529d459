"""The two clients the pipeline is measured against: a naive script, and the bare fast path without any policy."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from bench.workload import JUDGE, MODELS, Workload, judge_messages


async def naive(workload: Workload, base_url: str, concurrency: int, out: Path) -> int:
    """What most teams write first: AsyncOpenAI, a semaphore, gather, and one JSON file at the end of each stage."""
    from openai import AsyncOpenAI

    client = AsyncOpenAI(base_url=base_url, api_key="none", max_retries=2, timeout=300)  # its 5 s to connect end it
    slots = asyncio.Semaphore(concurrency)

    async def ask(model: str, messages: list[dict[str, str]]) -> str:
        async with slots:
            reply = await client.chat.completions.create(
                model=model,
                messages=messages,  # type: ignore[arg-type]
                max_tokens=512,
                temperature=0.7,
            )
            return reply.choices[0].message.content or ""

    async def judged(prompt: int, first: str, second: str, answers: dict[tuple[str, int], str]) -> dict[str, Any]:
        texts = answers[first, prompt], answers[second, prompt]
        return {"reply": await ask(JUDGE, judge_messages(workload.prompts[prompt], *texts))}

    cells = [(model, prompt) for prompt in range(len(workload.prompts)) for model in MODELS]
    texts = await asyncio.gather(
        *(ask(model, [{"role": "user", "content": workload.prompts[prompt]}]) for model, prompt in cells)
    )
    answers = dict(zip(cells, texts, strict=True))
    (out / "answers.json").write_text(json.dumps([[*cell, text] for cell, text in answers.items()]))
    verdicts = await asyncio.gather(*(judged(*task, answers) for task in workload.verdicts()))
    (out / "verdicts.json").write_text(json.dumps(verdicts))
    await client.close()
    return len(cells) + len(verdicts)


async def bare(workload: Workload, base_url: str, concurrency: int, _: Path) -> int:
    """The fast path alone: aiohttp transport, raw post, orjson; no retries, lanes, deadline, store or verdicts."""
    import httpx2
    import orjson
    from openai import AsyncOpenAI, DefaultAioHttpClient

    limits = httpx2.Limits(max_connections=concurrency, max_keepalive_connections=concurrency, keepalive_expiry=60)
    client = AsyncOpenAI(
        base_url=base_url, api_key="none", max_retries=0, http_client=DefaultAioHttpClient(limits=limits, timeout=300)
    )
    answers: dict[tuple[str, int], str] = {}

    async def ask(model: str, messages: list[dict[str, str]]) -> str:
        body = {"model": model, "messages": messages, "max_tokens": 512, "temperature": 0.7}
        reply = await client.post("/chat/completions", body=body, cast_to=httpx2.Response)
        return str(orjson.loads(reply.content)["choices"][0]["message"]["content"])

    async def answer(task: tuple[str, int]) -> None:
        model, prompt = task
        answers[task] = await ask(model, [{"role": "user", "content": workload.prompts[prompt]}])

    async def verdict(task: tuple[int, str, str]) -> None:
        prompt, first, second = task
        texts = answers[first, prompt], answers[second, prompt]
        await ask(JUDGE, judge_messages(workload.prompts[prompt], *texts))

    async def drain(tasks: Any, work: Any) -> int:
        source, count = iter(tasks), 0

        async def worker() -> None:
            nonlocal count
            for task in source:
                await work(task)
                count += 1

        await asyncio.gather(*(worker() for _ in range(concurrency)))
        return count

    made = await drain(((model, p) for p in range(len(workload.prompts)) for model in MODELS), answer)
    made += await drain(workload.verdicts(), verdict)
    await client.close()
    return made
