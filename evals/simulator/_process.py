"""The simulator in a process of its own, so that its work never counts as the client's and both may die alone."""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from evals.records import EvalsError, Params, Prompt, Suite
from evals.simulator._faults import Faults
from evals.simulator._models import JudgeTraits, invented_prices
from evals.simulator._world import World

if TYPE_CHECKING:
    from evals.catalog import Prices

START_S = 60.0
_CHILD_FLAG = "--child"


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulator:
    """A running simulator: where it is, what it pretends to cost, and its process id."""

    base_url: str
    prices: Mapping[str, Prices]
    pid: int

    def price(self, model: str) -> Prices:
        """Invented complete prices of any model, in the list or not."""
        return self.prices.get(model) or _prices(model)


def _prices(model: str) -> Prices:
    from evals.catalog import Prices

    price_in, price_out = invented_prices(model)
    return Prices(input_usd_per_mtok=price_in, output_usd_per_mtok=price_out, invented=True)


@contextmanager
def start(
    suites: Sequence[Suite],
    *,
    catalog_models: Iterable[str] = (),
    seed: int = 0,
    time_scale: float | None = None,
    latency: str | None = None,
    faults: Faults | None = None,
    skills: Mapping[str, float | Mapping[str, float]] | None = None,
    judges: Mapping[str, JudgeTraits] | None = None,
    replies: str | os.PathLike[str] | None = None,
    require_key: str | None = None,
    port: int = 0,
) -> Iterator[Simulator]:
    """Run the simulator as a child process on loopback while the context lasts.

    The child ends with its parent, however that ends: it watches a pipe. Its errors go to this process's stderr;
    EvalsError when it does not come up or has died by the end.
    """
    names = tuple(dict.fromkeys(catalog_models))
    settings = {
        "suites": [asdict(suite) for suite in suites],
        "models": names,
        "seed": seed,
        "time_scale": time_scale,
        "latency": latency,
        "faults": (faults or Faults()).to_json(),
        "skills": {name: dict(own) if isinstance(own, Mapping) else own for name, own in (skills or {}).items()},
        "judges": {name: asdict(traits) for name, traits in (judges or {}).items()},
        "replies": None if replies is None else os.fspath(Path(replies).absolute()),
        "require_key": require_key,
        "port": port,
    }
    child = _spawn()
    try:
        told = _hand_over(child, json.dumps(settings).encode() + b"\n")
        yield Simulator(base_url=told["base_url"], prices={name: _prices(name) for name in names}, pid=child.pid)
        if child.poll() is not None:
            raise EvalsError(f"the embedded simulator ended early with code {child.returncode}; see its message above")
    finally:
        _end(child)


def _spawn() -> subprocess.Popen[bytes]:
    """The child finds this very package whatever the working folder is."""
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
    return subprocess.Popen(  # noqa: S603 (this interpreter, this package)
        [sys.executable, "-m", "evals.simulator", _CHILD_FLAG],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )


def _hand_over(child: subprocess.Popen[bytes], settings: bytes) -> dict[str, Any]:
    """Give the child its settings and wait for its address."""
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(settings)
        child.stdin.flush()
    except BrokenPipeError:
        raise EvalsError(f"the embedded simulator did not start (code {child.wait(5)})") from None
    ready, _, _ = select.select([child.stdout], [], [], START_S)
    line = child.stdout.readline() if ready else b""
    told: dict[str, Any] = json.loads(line) if line.strip() else {"error": f"no address within {START_S:g} s"}
    if "error" in told:
        raise EvalsError(f"the embedded simulator did not start: {told['error']}")
    return told


def _end(child: subprocess.Popen[bytes]) -> None:
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()
    try:
        child.wait(5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait(5)


# ------------------------------------------------------------------------------------------- the child
def run_child(source: IO[bytes], told: IO[bytes]) -> int:
    """The child's whole life: settings from the first line of `source`, then serve until `source` ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent closes in order and then closes the pipe
    try:
        settings = json.loads(source.readline())
        gateway = gateway_of(settings)
    except (EvalsError, OSError, ValueError, KeyError, TypeError) as error:
        return _tell(told, {"error": str(error) or type(error).__name__}, code=2)
    threading.Thread(target=_die_with_parent, args=(source,), daemon=True).start()

    async def serve_child() -> int:
        try:
            _, port = await gateway.listen(port=settings["port"])
        except EvalsError as error:
            return _tell(told, {"error": str(error)}, code=2)
        _tell(told, {"base_url": f"http://127.0.0.1:{port}/v1", "port": port}, code=0)
        await asyncio.Event().wait()
        return 0

    return asyncio.run(serve_child())


def _tell(told: IO[bytes], value: dict[str, Any], *, code: int) -> int:
    told.write(json.dumps(value).encode() + b"\n")
    told.flush()
    return code


def _die_with_parent(source: IO[bytes]) -> None:
    while source.read(1):
        pass
    os._exit(0)


def gateway_of(settings: Mapping[str, Any]) -> Any:
    """The gateway that settings describe."""
    from evals.simulator._server import TIME_SCALE, Gateway, Pace

    world = World(
        [_suite(record) for record in settings["suites"]],
        seed=settings["seed"],
        skills=settings["skills"],
        judges={name: JudgeTraits(**traits) for name, traits in settings["judges"].items()},
    )
    return Gateway(
        world,
        faults=Faults.from_json(settings["faults"]),
        pace=Pace.parse(settings["latency"], time_scale=settings["time_scale"] or TIME_SCALE),
        models=settings["models"],
        replies=read_replies(settings["replies"]) if settings["replies"] else None,
        require_key=settings["require_key"],
    )


def _suite(record: Mapping[str, Any]) -> Suite:
    prompts = tuple(Prompt(**{**prompt, "messages": tuple(prompt["messages"])}) for prompt in record["prompts"])
    return Suite(**{**record, "prompts": prompts, "params": Params(**record["params"])})


def read_replies(path: str) -> dict[tuple[str, str], str]:
    """Recorded replies, `{"model", "prompt", "text"}` a line; raises ValueError naming the line that is otherwise."""
    replies = {}
    lines = Path(path).read_bytes().split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            fields = record["model"], record["prompt"], record["text"]
        except (ValueError, KeyError, TypeError):
            raise ValueError(f'{path}:{number}: expected an object with "model", "prompt" and "text"') from None
        if not all(isinstance(value, str) for value in fields):
            raise ValueError(f'{path}:{number}: "model", "prompt" and "text" must be texts')
        replies[fields[0], fields[1]] = fields[2]
    return replies
