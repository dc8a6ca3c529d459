"""Runs one process with its output capped, its memory watched and its time limited, without blocking the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Reason = Literal["exited", "time", "memory", "files", "output"]

_MIB = 1024 * 1024
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_POLL_S = 0.02
_GRACE_S = 5.0
"""Seconds a killed process gets to close its pipes."""
_ERROR_TAIL = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What code of an answer may use. Sizes in bytes; `memory` is what all its processes hold together."""

    processes: int = 64
    address_space: int = 4096 * _MIB
    memory: int = 1024 * _MIB
    file: int = 32 * _MIB
    open_files: int = 128
    tmp: int = 64 * _MIB
    shm: int = 16 * _MIB
    entries: int = 20_000
    output: int = 4 * _MIB

    def per_process(self, cpu_s: int) -> dict[str, int]:
        """The limits each process sets on itself, by the names of `resource.RLIMIT_*`."""
        return {
            "NPROC": self.processes,
            "CPU": cpu_s,
            "FSIZE": self.file,
            "AS": self.address_space,
            "NOFILE": self.open_files,
            "CORE": 0,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a process ended: by itself ("exited") or killed by us, and what it wrote."""

    reason: Reason
    returncode: int | None
    stdout: bytes
    stderr: bytes
    seconds: float


async def execute(
    command: Callable[[int], Sequence[str]],
    stdin: bytes,
    *,
    wall_s: float,
    limits: Limits,
    user: int | None = None,
    filter_program: bytes = b"",
    cwd: Path | None = None,
) -> Ended:
    """Run `command(fd)` with an empty environment; `fd` is where it can read the filter program.

    `user` is an id to become before anything else runs. Raises OSError when the process cannot be started. However
    this ends, also by cancellation, the process group and with it a PID namespace below are killed.
    """
    began = time.monotonic()
    filter_fd = _pipe_with(filter_program)
    try:
        process = await asyncio.create_subprocess_exec(
            *command(filter_fd),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={},
            cwd=cwd,
            start_new_session=True,
            pass_fds=(filter_fd,),
            user=user,
            group=user,
            extra_groups=None if user is None else (),
        )
    finally:
        os.close(filter_fd)
    run = _Run(process, limits)
    reason = await run.until(stdin, wall_s)
    return Ended(
        reason=reason,
        returncode=process.returncode,
        stdout=bytes(run.stdout),
        stderr=bytes(run.stderr),
        seconds=time.monotonic() - began,
    )


def _pipe_with(data: bytes) -> int:
    """The reading end of a pipe that holds these few bytes."""
    reader, writer = os.pipe()
    try:
        os.write(writer, data)
    finally:
        os.close(writer)
    return reader


class _Run:
    """One running process and the tasks around it."""

    def __init__(self, process: asyncio.subprocess.Process, limits: Limits) -> None:
        self.process = process
        self.limits = limits
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.reason: Reason = "exited"

    async def until(self, stdin: bytes, wall_s: float) -> Reason:
        """Wait for the end, at most `wall_s`."""
        tasks = [asyncio.ensure_future(work) for work in (self._feed(stdin), self._read_out(), self._read_errors())]
        tasks.append(asyncio.ensure_future(self._wait()))
        watcher = asyncio.ensure_future(self._watch())
        try:
            _, pending = await asyncio.wait(tasks, timeout=wall_s)
            if pending:
                self._end("time")
        finally:
            watcher.cancel()
            self._kill()
            # the readers go on to the end of the pipes, or these would stay open
            _, pending = await asyncio.wait(tasks, timeout=_GRACE_S)
            for task in (*pending, watcher):
                task.cancel()
            await asyncio.gather(*tasks, watcher, return_exceptions=True)
        return self.reason

    def _end(self, reason: Reason) -> None:
        if self.reason == "exited":
            self.reason = reason
        self._kill()

    def _kill(self) -> None:
        # the group, for code that runs without a PID namespace; bubblewrap takes its namespace along
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)

    async def _wait(self) -> None:
        await self.process.wait()

    async def _feed(self, data: bytes) -> None:
        stream = self.process.stdin
        assert stream is not None
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            stream.write(data)
            await stream.drain()
        stream.close()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            await stream.wait_closed()

    async def _read_out(self) -> None:
        assert self.process.stdout is not None
        while data := await self.process.stdout.read(64 * 1024):
            room = self.limits.output - len(self.stdout)
            self.stdout += data[: max(0, room)]
            if len(data) > room:
                self._end("output")

    async def _read_errors(self) -> None:
        assert self.process.stderr is not None
        while data := await self.process.stderr.read(64 * 1024):
            self.stderr += data
            del self.stderr[:-_ERROR_TAIL]

    async def _watch(self) -> None:
        """Kill when all processes together hold too much: a limit per process does not bound their number times it."""
        while True:
            await asyncio.sleep(_POLL_S)
            resident, inside = _tree(self.process.pid)
            if resident > self.limits.memory:
                self._end("memory")
            elif inside and _entries(inside) > self.limits.entries:
                self._end("files")


def _tree(root: int) -> tuple[int, int]:
    """(bytes resident in all descendants, the id of one that runs inside the sandbox or 0)."""
    total = inside = 0
    level, depth = [root], 0
    while level and depth < 200:
        below: list[int] = []
        for pid in level:
            with contextlib.suppress(OSError, ValueError, IndexError):
                below += _children(pid)
                total += int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * _PAGE
                # below bubblewrap and its init stands the code itself
                inside = inside or (pid if depth == 2 else 0)
        level, depth = below, depth + 1
    return total, inside


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - names only, every 20 ms
        with contextlib.suppress(OSError):
            found += map(int, Path(f"/proc/{pid}/task/{task}/children").read_bytes().split())
    return found


def _entries(inside: int) -> int:
    """Files in the sandbox's own /tmp and /dev/shm: empty ones cost kernel memory that no size limit counts."""
    total = 0
    for folder in ("tmp", "dev/shm"):
        with contextlib.suppress(OSError):
            path = f"/proc/{inside}/root/{folder}"
            if os.stat(path).st_dev != os.stat(f"/{folder}").st_dev:  # noqa: PTH116 - not yet the sandbox's own
                facts = os.statvfs(path)
                total += facts.f_files - facts.f_ffree
    return total
