"""The sandbox code of an answer runs in, and the probe that decides whether it holds on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from evals.checks._bubblewrap import (
    ALLOW_NAMESPACES,
    INSTALL,
    Interpreter,
    bubblewrap_command,
    find_bubblewrap,
    interpreters,
    user_to_become,
)
from evals.checks._outcome import printable
from evals.checks._process import Ended, Limits, execute
from evals.checks._seccomp import filter_program

READY = b"\0ready\n"
DEFAULT_TIMEOUT_S = 5.0
DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Whether code can be run safely here; if not, why and what to do about it. `python` runs inside."""

    works: bool
    reason: str = ""
    how_to_install: str = ""
    python: str = ""

    def __str__(self) -> str:
        if self.works:
            return f"sandbox: bubblewrap, {self.python}" if not self.reason else f"sandbox: {self.reason}"
        return f"code checks are unavailable: {self.reason}. {self.how_to_install}"


class SandboxError(Exception):
    """The sandbox itself failed, not the code in it."""


class Sandbox:
    """Runs jobs under bubblewrap, at most `processes` at once (default: one less than there are processors).

    With `unsafe_local_exec` the code runs as an ordinary process of this user instead: it can read and write whatever
    the user can. `search_path` stands in for PATH when looking for bubblewrap. One object serves one event loop.
    """

    def __init__(
        self,
        *,
        processes: int | None = None,
        unsafe_local_exec: bool = False,
        limits: Limits = DEFAULT_LIMITS,
        search_path: str | None = None,
    ) -> None:
        self.limits = limits
        self.unsafe = unsafe_local_exec
        self._search_path = search_path
        self._slots = asyncio.Semaphore(processes or max(1, (os.cpu_count() or 2) - 1))
        self._probing = asyncio.Lock()
        self._probe: Probe | None = None
        self._bwrap = ""
        self._python: Interpreter | None = None
        self._program = resources.files("evals.checks").joinpath("_inside.py").read_text(encoding="utf-8")
        self._filter = filter_program() or b""

    # ------------------------------------------------------------------------------------------ probe
    async def probe(self) -> Probe:
        """Try the sandbox once: a right program must run and small escapes must fail. Later calls repeat the answer."""
        async with self._probing:
            if self._probe is None:
                self._probe = self._probe_unsafe() if self.unsafe else await self._probe_bubblewrap()
            return self._probe

    def _probe_unsafe(self) -> Probe:
        self._python = Interpreter(path=os.path.realpath(sys.executable))
        return Probe(works=True, reason="none, code of answers runs unprotected (unsafe local execution)")

    async def _probe_bubblewrap(self) -> Probe:
        self._bwrap, why = await asyncio.to_thread(find_bubblewrap, self._search_path)
        if why:
            return Probe(works=False, reason=why, how_to_install=INSTALL)
        if not self._filter:
            machine = os.uname().machine
            reason = f"there is no system call filter for machines of type {machine}"
            return Probe(works=False, reason=reason, how_to_install="run on x86_64 or aarch64")
        why = "no Python was found for the inside"
        for python in interpreters():
            self._python = python
            try:
                version = await self._greet()
            except SandboxError as error:
                why = str(error)
                continue
            held = await self._escapes()
            if held:
                return Probe(works=False, reason=f"the sandbox does not hold: {held}", how_to_install=ALLOW_NAMESPACES)
            return Probe(works=True, python=f"Python {version} at {python.path}")
        self._python = None
        return Probe(works=False, reason=why, how_to_install=ALLOW_NAMESPACES)

    async def _greet(self) -> str:
        program = "import sys, json\nprint(json.dumps([6 * 7, sys.version.split()[0]]))"
        ended = await self._launch({"mode": "output", "blocks": [program], "stdin": ""}, 10.0, self.limits)
        try:
            answer, version = json.loads(ended.stdout)
        except ValueError:
            answer, version = None, ""
        if answer != 42:
            raise SandboxError(f"a right program fails inside ({printable(ended.stderr.decode(errors='replace'))})")
        return str(version)

    async def _escapes(self) -> str:
        """What got out, "" when nothing did."""
        small = replace(self.limits, processes=8, memory=96 * 1024 * 1024)
        with _bait() as facts:
            program = f"FACTS = {json.dumps(facts)}\n{_ESCAPES}"
            ended = await self._launch({"mode": "output", "blocks": [program], "stdin": ""}, 10.0, small)
        if ended.reason != "exited" or ended.returncode != 0:
            return f"the probe ended early ({ended.reason}, {printable(ended.stderr.decode(errors='replace'))})"
        escaped = [name for name, out in json.loads(ended.stdout).items() if out]
        if escaped:
            return ", ".join(escaped)
        ended = await self._launch({"mode": "output", "blocks": [_HOG], "stdin": ""}, 10.0, small)
        return "" if ended.reason == "memory" else "memory of several processes together is not limited"

    # ------------------------------------------------------------------------------------------ running
    async def run(self, job: Mapping[str, Any], *, timeout_s: float = DEFAULT_TIMEOUT_S) -> Ended:
        """Run one job (see `_inside.py`), waiting for a free slot.

        `timeout_s` is processor time per process, rounded up to seconds; the clock may show twice that and 3 s, so
        that right code does not fail because the machine is busy. Raises SandboxError when the sandbox does not come
        up or `probe` says it does not work.
        """
        probe = await self.probe()
        if not probe.works:
            raise SandboxError(str(probe))
        async with self._slots:
            return await self._launch(job, timeout_s, self.limits)

    async def _launch(self, job: Mapping[str, Any], timeout_s: float, limits: Limits) -> Ended:
        assert self._python is not None
        python = self._python
        stdin = json.dumps({**job, "limits": limits.per_process(math.ceil(timeout_s))}).encode()

        def command(filter_fd: int) -> list[str]:
            if self.unsafe:
                return python.arguments(self._program)
            return bubblewrap_command(self._bwrap, python, self._program, limits, filter_fd)

        try:
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                ended = await execute(
                    command,
                    stdin,
                    wall_s=2 * timeout_s + 3,
                    limits=limits,
                    user=None if self.unsafe else user_to_become(),
                    filter_program=self._filter,
                    cwd=Path(folder) if self.unsafe else Path("/"),
                )
        except OSError as error:
            hint = "cannot drop to an unprivileged id" if user_to_become() is not None else "cannot start"
            raise SandboxError(f"{hint}: {error.strerror or error}") from None
        if not ended.stdout.startswith(READY):
            said = printable(ended.stderr.decode(errors="replace")) or f"ended with {ended.returncode}"
            raise SandboxError(f"the sandbox did not come up: {said}")
        return replace(ended, stdout=ended.stdout[len(READY) :])


@contextlib.contextmanager
def _bait() -> Iterator[dict[str, Any]]:
    """A file anyone may read and a port anyone may call: on the host, but not from inside."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as listener:
        secret = Path(folder, "secret")
        secret.write_text("secret", encoding="utf-8")
        Path(folder).chmod(0o755)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield {"secret": str(secret), "port": listener.getsockname()[1]}


_ESCAPES = """
import json, os, socket, time
out = {}
def leaves(name, action):
    try:
        out[name] = bool(action())
    except Exception:
        out[name] = False
def writes(path):
    with open(path, "w") as file:
        file.write("x")
    return True
def connects():
    with socket.create_connection(("127.0.0.1", FACTS["port"]), timeout=1):
        return True
def forks():
    for _ in range(12):
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
    return True
def keyring():
    import ctypes
    return ctypes.CDLL(None).syscall({"x86_64": 250, "aarch64": 219}[os.uname().machine], 0, -3, 1) != -1
leaves("the environment is visible", lambda: set(os.environ) - {"PWD", "LC_CTYPE"})
leaves("files of the host are readable", lambda: open(FACTS["secret"]).read())
leaves("the system is writable", lambda: writes("/usr/x"))
leaves("the root folder is writable", lambda: writes("/x"))
leaves("/dev is writable", lambda: writes("/dev/x"))
leaves("the network is reachable", connects)
leaves("the kernel keyring answers", keyring)
leaves("it runs as root", lambda: os.getuid() == 0)
leaves("the number of processes is not limited", forks)
print(json.dumps(out), flush=True)
os._exit(0)
"""

_HOG = """
import os, time
for _ in range(4):
    if os.fork() == 0:
        held = b"x" * (60 * 1024 * 1024)
        time.sleep(30)
        os._exit(0)
time.sleep(30)
"""
