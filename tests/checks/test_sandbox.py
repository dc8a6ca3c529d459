"""The sandbox: attacks, cheats, right programs near the limits, and what happens where it does not work."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest

from evals.checks import CheckResult, Limits, Sandbox, SandboxError, run_checks
from evals.checks._seccomp import filter_program
from evals.records import Prompt
from tests.checks.attacks import FURTHER, TWENTY, WALL_S, Attack, run_attack
from tests.checks.cheats import CHEATS, TASKS
from tests.checks.right_programs import PROGRAMS

ROOT = Path(__file__).resolve().parents[2]
PLAIN_ID = "1500"
T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """The outcome of one piece of asynchronous work."""
    return asyncio.run(work)


@pytest.fixture(scope="module")
def works() -> None:
    """Leave the test out where there is no sandbox, unless it is demanded."""
    probe = run(_probe())
    if not probe[0]:
        if os.environ.get("EVALS_REQUIRE_SANDBOX") == "1":
            pytest.fail(probe[1])
        pytest.skip(probe[1])


async def _probe() -> tuple[bool, str]:
    probe = await Sandbox().probe()
    return probe.works, str(probe)


def prompt(*checks: dict[str, Any]) -> Prompt:
    """A prompt with these checks."""
    return Prompt(suite="s", id="p", messages=({"role": "user", "content": "?"},), checks=checks)


def check_of(task: dict[str, Any]) -> dict[str, Any]:
    """The check of one of the tasks."""
    return {"type": "python_tests", "args": {"entry": task["entry"], "cases": task["cases"], "timeout_s": 2}}


# ---------------------------------------------------------------------------------------------------- attacks
@pytest.mark.usefixtures("works")
@pytest.mark.parametrize("attack", TWENTY + FURTHER, ids=lambda a: a.name)
def test_attack_is_blocked(attack: Attack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program gets nothing, the host is unchanged, nothing survives, and it ends in time."""
    monkeypatch.setenv("EVALS_CANARY", "canary-5f1c")

    async def go() -> Any:
        return await run_attack(attack, Sandbox(processes=1))

    outcome = run(go())
    assert outcome.blocked, outcome.why
    assert outcome.overrun_s < 1.0


def test_twenty_attacks_are_twenty() -> None:
    """No attack is counted twice."""
    assert len({attack.name for attack in TWENTY}) == len({attack.code for attack in TWENTY}) == 20


@pytest.mark.parametrize("attack", [a for a in TWENTY + FURTHER if a.harmless], ids=lambda a: a.name)
def test_attack_works_where_nothing_stops_it(attack: Attack) -> None:
    """The harmless attacks succeed unprotected: being blocked is the work of the sandbox, not of a slip in them."""

    async def go() -> Any:
        return await run_attack(attack, Sandbox(processes=1, unsafe_local_exec=True))

    assert not run(go()).blocked


@pytest.mark.usefixtures("works")
@pytest.mark.slow
def test_attacks_are_blocked_for_a_plain_user() -> None:
    """The same attacks, started by a user without privileges."""
    done = _as_plain_user("-m", "tests.checks.attacks")
    report = json.loads(done.stdout)
    assert report["user"] != 0
    assert [o for o in report["outcomes"] if not o["blocked"]] == []
    assert len(report["outcomes"]) == len(TWENTY + FURTHER)


def _as_plain_user(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python as a user without privileges, in an environment of its own."""
    paths = f"{ROOT}{os.pathsep}{sysconfig.get_path('purelib')}"
    env = {"PYTHONPATH": paths, "PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}
    become: list[str] = []
    if os.geteuid() == 0:
        setpriv = shutil.which("setpriv") or pytest.skip("setpriv is not installed")
        become = [setpriv, f"--reuid={PLAIN_ID}", f"--regid={PLAIN_ID}", "--clear-groups"]
    for python in (sys.executable, "/usr/bin/python3"):
        command = [*become, python, "-W", "error"]
        tried = subprocess.run([*command, "-c", "import tests.checks.attacks"], env=env, cwd="/", capture_output=True)
        if tried.returncode == 0:
            return subprocess.run([*command, *arguments], env=env, cwd="/", capture_output=True, text=True, timeout=300)
    pytest.skip("no Python that a user without privileges can run with these packages")


# ---------------------------------------------------------------------------------------------------- cheats
async def _cheat(names: list[str], tasks: tuple[dict[str, Any], ...]) -> list[tuple[str, str]]:
    sandbox = Sandbox(processes=2)

    async def passes(name: str, task: dict[str, Any]) -> tuple[str, str] | None:
        code = CHEATS[name].replace("ENTRY", task["entry"])
        (result,) = await run_checks(prompt(check_of(task)), f"```python\n{code}\n```", sandbox)
        assert result.status == "ok", result
        return (name, task["entry"]) if result.strict or result.loose else None

    found = await asyncio.gather(*(passes(name, task) for name in names for task in tasks))
    return [pair for pair in found if pair]


@pytest.mark.usefixtures("works")
def test_cheats_fail() -> None:
    """Twelve ways to pretend fail on three tasks each."""
    assert len(CHEATS) == 12
    assert run(_cheat(list(CHEATS), TASKS[3:6])) == []


@pytest.mark.usefixtures("works")
@pytest.mark.slow
def test_cheats_fail_on_all_tasks() -> None:
    """Twelve ways to pretend on twenty tasks: no false pass in 240."""
    assert len(TASKS) == 20
    assert run(_cheat(list(CHEATS), TASKS)) == []


@pytest.mark.usefixtures("works")
def test_right_answers_pass_the_tasks() -> None:
    """The tasks the cheats fail on are passed by right code."""

    async def go() -> list[tuple[CheckResult, ...]]:
        sandbox = Sandbox(processes=2)
        return await asyncio.gather(*(run_checks(prompt(check_of(task)), task["code"], sandbox) for task in TASKS))

    assert [result for (result,) in run(go()) if not result.strict] == []


# ---------------------------------------------------------------------------------------------------- right programs
async def _right(times: int) -> list[str]:
    sandbox = Sandbox(processes=2)

    async def fails(name: str) -> str | None:
        code, stdin, wanted = PROGRAMS[name]
        check = {"type": "python_output", "args": {"value": wanted, "stdin": stdin}}
        (result,) = await run_checks(prompt(check), f"```python\n{code}\n```", sandbox)
        return None if result.strict else f"{name}: {result.status} {result.detail}"

    found = await asyncio.gather(*(fails(name) for _ in range(times) for name in PROGRAMS))
    return [text for text in found if text]


@pytest.mark.usefixtures("works")
def test_right_programs_near_the_limits_pass() -> None:
    """Twenty right programs pass once each."""
    assert len(PROGRAMS) == 20
    assert run(_right(1)) == []


@pytest.mark.usefixtures("works")
@pytest.mark.slow
def test_right_programs_pass_every_time() -> None:
    """Twenty right programs twenty times: no false failure in 400."""
    assert run(_right(20)) == []


# ---------------------------------------------------------------------------------------------------- where it fails
PROBE = (
    "import asyncio\nfrom evals.checks import Sandbox\n"
    "async def go():\n    p = await Sandbox().probe()\n    print(p.works, str(p), sep='\\n')\nasyncio.run(go())"
)


def test_without_bubblewrap_code_is_not_run(tmp_path: Path) -> None:
    """No bwrap on the path: unavailable with the way to install it, and the code never ran."""
    witness = tmp_path / "witness"

    async def go() -> tuple[CheckResult, ...]:
        sandbox = Sandbox(search_path=str(tmp_path))
        code = f"open({str(witness)!r}, 'w').close()\ndef f(): return 1"
        check = {"type": "python_tests", "args": {"entry": "f", "cases": [{"args": [], "returns": 1}]}}
        with pytest.raises(SandboxError, match="not installed"):
            await sandbox.run({"mode": "output", "blocks": [code], "stdin": ""})
        return await run_checks(prompt(check), code, sandbox)

    (result,) = run(go())
    assert (result.status, result.strict, result.loose) == ("unavailable", None, None)
    assert "apt-get install bubblewrap" in result.detail
    assert not witness.exists()


@pytest.mark.usefixtures("works")
@pytest.mark.parametrize(("uid", "word"), [("1000", "namespace"), ("0", "unprivileged id")])
def test_without_user_namespaces_code_is_not_run(uid: str, word: str) -> None:
    """Namespaces forbidden by an outer sandbox; and root that cannot become another: refused, with what to do."""
    bwrap = shutil.which("bwrap")
    assert bwrap is not None
    outer = [bwrap, "--unshare-user", "--uid", uid, "--gid", uid, "--disable-userns", "--dev-bind", "/", "/"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([*outer, sys.executable, "-c", PROBE], env=env, capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("False"), done.stderr
    assert word in done.stdout
    assert "AppArmor" in done.stdout


@pytest.mark.usefixtures("works")
@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root has an id to drop")
def test_root_drops_its_id_before_bubblewrap() -> None:
    """Inside it is nobody, so that the limit on processes binds."""

    async def go() -> tuple[bytes, str]:
        sandbox = Sandbox(limits=Limits(processes=5))
        code = "import os\nprint(os.getuid(), os.getgid(), os.getgroups())"
        ended = await sandbox.run({"mode": "output", "blocks": [code], "stdin": ""})
        bomb = "import os, time\nfor _ in range(9):\n    if os.fork() == 0: time.sleep(9)"
        return ended.stdout, (await sandbox.run({"mode": "output", "blocks": [bomb], "stdin": ""})).stderr.decode()

    shown, failed = run(go())
    assert shown.startswith(b"65534 65534")
    assert "BlockingIOError" in failed


def test_unsafe_execution_must_be_asked_for() -> None:
    """With the switch the code runs without bubblewrap, and the probe says so."""

    async def go() -> tuple[str, tuple[CheckResult, ...]]:
        sandbox = Sandbox(unsafe_local_exec=True, search_path="/nonexistent")
        check = check_of(TASKS[0])
        return str(await sandbox.probe()), await run_checks(prompt(check), TASKS[0]["code"], sandbox)

    said, (result,) = run(go())
    assert "unprotected" in said
    assert result.strict is True


# ---------------------------------------------------------------------------------------------------- manners
@pytest.mark.usefixtures("works")
def test_event_loop_is_not_starved() -> None:
    """While eight programs work, a timer on the loop keeps coming round."""

    async def go() -> float:
        sandbox = Sandbox(processes=2)
        await sandbox.probe()
        code = "import time\nwhile time.process_time() < 0.3: pass"
        job = {"mode": "output", "blocks": [code], "stdin": ""}
        work = asyncio.gather(*(sandbox.run(job) for _ in range(8)))
        worst, last = 0.0, time.monotonic()
        while not work.done():
            await asyncio.sleep(0.01)
            now = time.monotonic()
            worst, last = max(worst, now - last), now
        await work
        return worst

    assert run(go()) < 0.5


@pytest.mark.usefixtures("works")
def test_cancelling_kills_the_code() -> None:
    """A cancelled run leaves no process."""

    async def go() -> float:
        sandbox = Sandbox()
        await sandbox.probe()
        job = {"mode": "output", "blocks": ["import time\ntime.sleep(60)"], "stdin": ""}
        task = asyncio.create_task(sandbox.run(job))
        await asyncio.sleep(0.3)
        began = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - began

    assert run(go()) < 2.0


def test_filter_is_known_for_two_machines() -> None:
    """Each instruction has eight bytes, jumps stay inside, and an unknown machine has no filter."""
    for machine in ("x86_64", "aarch64"):
        program = filter_program(machine)
        assert program is not None
        steps = [program[at : at + 8] for at in range(0, len(program), 8)]
        assert len(steps[-1]) == 8
        assert all(at + 1 + max(step[2], step[3]) < len(steps) for at, step in enumerate(steps[:-1]))
    assert filter_program("riscv64") is None


def test_attack_time_limit_is_the_documented_one() -> None:
    """Twice the processor time and three seconds."""
    assert WALL_S == 5.0
