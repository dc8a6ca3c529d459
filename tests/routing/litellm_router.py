"""Run by LiteLLM's own environment: loads an exported config.yaml into a Router and says which model answered.

    python litellm_router.py config.yaml requests.jsonl

A request: {"name": model name to ask, "text": the prompt}. Prints one JSON line each: the model that the server behind
the router answered as, and the tier LiteLLM's own classifier gives the text (null where the name is no auto router).
With "classify": true nothing is asked and only the tier is told.
"""

import asyncio
import json
import sys
from pathlib import Path

import litellm
import yaml

litellm.suppress_debug_info = True


async def main(config_text: str, requests: list[dict]) -> None:
    """Ask them all, at most 16 at once, results in the order of the requests."""
    config = yaml.safe_load(config_text)
    router = litellm.Router(model_list=config["model_list"], **config["router_settings"])
    places = asyncio.Semaphore(16)

    async def ask(request: dict) -> dict:
        if request.get("classify"):
            classifier = router.complexity_routers[request["name"]][0].strategy
            return {"model": None, "tier": classifier.classify(request["text"])[0].value}
        messages = [{"role": "user", "content": request["text"]}]
        async with places:
            reply = await router.acompletion(model=request["name"], messages=messages, max_tokens=32)
        tier = reply._hidden_params.get("additional_headers", {}).get("x-litellm-complexity-router-tier")
        return {"model": reply.model, "tier": tier}

    for answer in await asyncio.gather(*map(ask, requests)):
        print(json.dumps(answer))


config, lines = (Path(name).read_text(encoding="utf-8") for name in sys.argv[1:])
asyncio.run(main(config, [json.loads(line) for line in lines.splitlines()]))
