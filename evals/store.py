"""The run folder: one writer, append-only JSONL journals, a manifest that is replaced as a whole.

Promises (tested in `tests/test_store.py`):

* a record is one `os.write` on an O_APPEND descriptor: `kill -9` loses no acknowledged record;
* `fdatasync` runs each second and at close: power loss costs at most the last second;
* on open, a torn tail is cut aside into `<file>.torn-N`; damage anywhere else is refused with `file:line`;
* `flock` on the folder: a second writer is refused and told who holds it; the lock dies with its process.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from evals.records import SCHEMA, EvalsError, InputError, Problem, UsageError

MANIFEST = "run.json"
RESPONSES = "responses.jsonl"
JUDGMENTS = "judgments.jsonl"
CHECKS = "checks.jsonl"
PROMPTS = "prompts.jsonl"
SCORES = "scores.json"
MEASURED = "measured.json"
SET_ASIDE = "set-aside.jsonl"

SYNC_SECONDS = 1.0


class StoreError(EvalsError):
    """The disk refused a write; what was stored before is intact and the run can be resumed."""


# --------------------------------------------------------------------------------------------- reading
def iter_records(path: Path) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Yield (byte offset, line number from 1, record) of each whole line; memory stays flat.

    A last line without its newline is a torn tail and is not yielded. Raises InputError with file:line on damage.
    """
    if not path.exists():
        return
    offset = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                return
            yield offset, number, _parse_line(path, number, line)
            offset += len(line)


def _parse_line(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        record, reason = None, str(error)
    else:
        reason = "not a JSON object"
    if isinstance(record, dict):
        return record
    message = f"damaged record ({reason}); restore the file, or delete this line to have the call made again"
    raise InputError([Problem(path=str(path), line=number, message=message)])


def read_record(path: Path, offset: int) -> dict[str, Any]:
    """The record that starts at a byte offset given by `iter_records` or `Journal.append`."""
    with path.open("rb") as file:
        file.seek(offset)
        return _parse_line(path, 0, file.readline())


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object written by `write_json`; raises UsageError when it is absent, damaged or from a newer version."""
    try:
        value = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file; is {path.parent} a run folder?") from None
    except orjson.JSONDecodeError as error:
        raise UsageError(f"{path}: damaged ({error}); it can be rebuilt by the stage that wrote it") from None
    if not isinstance(value, dict):
        raise UsageError(f"{path}: not a JSON object")
    if isinstance(value.get("schema"), int) and value["schema"] > SCHEMA:
        raise UsageError(
            f"{path}: schema {value['schema']} is newer than this program knows ({SCHEMA}); upgrade routing-evals"
        )
    return value


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Replace a JSON file as a whole: temporary file, fsync, rename. Readers see the old or the new one."""
    write_atomic(path, orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")


def write_atomic(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Replace a file as a whole, given at once or in parts; raises StoreError when the disk refuses, and the old file
    stands."""
    temporary = path.with_name(f".{path.name}.new")
    try:
        with temporary.open("wb") as file:
            file.writelines([data] if isinstance(data, bytes) else data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise StoreError(_disk_message(path, error)) from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _disk_message(path: Path, error: OSError) -> str:
    free = ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        with contextlib.suppress(OSError):
            free = f" ({shutil.disk_usage(path.parent).free:,} bytes free)"
    return f"{path}: {error.strerror or error}{free}; what was stored is intact, resume with --run-id"


# --------------------------------------------------------------------------------------------- writing
class Journal:
    """An append-only JSONL file. Opening recovers it; `append` is atomic for kills and undone on a short write."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._dirty = False
        self._failure: OSError | None = None
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
            self._size = self._cut_torn_tail()
        except OSError as error:
            raise StoreError(_disk_message(path, error)) from error

    def append(self, record: Mapping[str, Any]) -> int:
        """Store one record and return its byte offset. Raises StoreError when the disk refuses it."""
        line = orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
        with self._lock:
            if self._failure is not None:
                raise StoreError(_disk_message(self.path, self._failure)) from self._failure
            offset = self._size
            try:
                written = os.write(self._descriptor, line)
                if written != len(line):  # disk full: what follows must never glue to this half line
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            except OSError as error:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._descriptor, offset)
                self._failure = error
                raise StoreError(_disk_message(self.path, error)) from error
            self._size += len(line)
            self._dirty = True
            return offset

    def read(self, offset: int) -> dict[str, Any]:
        """The record at a byte offset, from disk."""
        length = 16_384
        while True:
            data = os.pread(self._descriptor, length, offset)
            end = data.find(b"\n")
            if end >= 0:
                return _parse_line(self.path, 0, data[: end + 1])
            if len(data) < length:
                raise StoreError(f"{self.path}: no whole record at byte {offset}")
            length *= 4

    def __iter__(self) -> Iterator[tuple[int, int, dict[str, Any]]]:
        return iter_records(self.path)

    def set_aside(self, offsets: set[int], aside: Path) -> None:
        """Move the records at these offsets to the end of `aside`; nothing is lost, the rest keeps its order.

        The file is replaced as a whole; a kill in between leaves it as it was, with copies in `aside`.
        """
        if not offsets:
            return
        with self._lock:
            kept = self.path.with_name(f".{self.path.name}.new")
            with self.path.open("rb") as source, kept.open("wb") as keep, aside.open("ab") as moved:
                offset = 0
                for line in source:
                    (moved if offset in offsets else keep).write(line)
                    offset += len(line)
                for file in (moved, keep):
                    file.flush()
                    os.fsync(file.fileno())
            kept.replace(self.path)
            _sync_folder(self.path.parent)
            os.close(self._descriptor)
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND)
            self._size = os.fstat(self._descriptor).st_size

    def sync(self) -> None:
        """Force what was appended to the disk, if anything was."""
        with self._lock:
            if not self._dirty or self._failure is not None:
                return
            self._dirty = False
            descriptor = os.dup(self._descriptor)
        try:
            os.fdatasync(descriptor) if hasattr(os, "fdatasync") else os.fsync(descriptor)
        except OSError as error:
            self._failure = error
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Sync and close; raises StoreError when an earlier or this last sync failed."""
        self.sync()
        os.close(self._descriptor)
        if self._failure is not None:
            raise StoreError(_disk_message(self.path, self._failure)) from self._failure

    def _cut_torn_tail(self) -> int:
        """Keep whole lines only: a half record from a kill goes to `<file>.torn-N`. Returns the size that stays."""
        size = position = os.fstat(self._descriptor).st_size
        end = 0
        while position > 0:
            start = max(0, position - 65_536)
            found = os.pread(self._descriptor, position - start, start).rfind(b"\n")
            if found >= 0:
                end = start + found + 1
                break
            position = start
        if end < size:
            self._keep_torn(os.pread(self._descriptor, size - end, end))
            os.ftruncate(self._descriptor, end)
            os.fsync(self._descriptor)
        return end

    def _keep_torn(self, tail: bytes) -> None:
        number = 1
        while (aside := self.path.with_name(f"{self.path.name}.torn-{number}")).exists():
            number += 1
        aside.write_bytes(tail)


class RunFolder:
    """A run's folder, opened by its one writer. Use as a context manager; reading needs no lock and no RunFolder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stop = threading.Event()
        self._journals: dict[str, Journal] = {}
        self._lock_file: int | None = None

    def __enter__(self) -> Self:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock_file = self._take_lock()
        except OSError as error:
            raise UsageError(
                f"{self.path}: cannot write there ({error.strerror}); choose another folder with --out"
            ) from error
        try:
            for name in (RESPONSES, JUDGMENTS, CHECKS):
                self._journals[name] = Journal(self.path / name)
        except BaseException:
            self._release()
            raise
        self._syncer = threading.Thread(target=self._sync_each_second, name="evals-sync", daemon=True)
        self._syncer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._syncer.join()
        self._release()

    @property
    def responses(self) -> Journal:
        """The journal of answers."""
        return self._journals[RESPONSES]

    @property
    def judgments(self) -> Journal:
        """The journal of verdicts."""
        return self._journals[JUDGMENTS]

    @property
    def checks(self) -> Journal:
        """The journal of what the checks of the prompts say of the answers."""
        return self._journals[CHECKS]

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        """Replace `run.json`."""
        write_json(self.path / MANIFEST, {"schema": SCHEMA, **manifest})

    def set_aside(self, journal: Journal, stale: Callable[[dict[str, Any]], bool]) -> int:
        """Move every record that `stale` names out of the journal into `set-aside.jsonl`; returns how many."""
        offsets = {offset for offset, _, record in journal if stale(record)}
        journal.set_aside(offsets, self.path / SET_ASIDE)
        return len(offsets)

    def _take_lock(self) -> int:
        descriptor = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            raise UsageError(
                f"{self.path}: another process (pid {owner}) is writing this run; wait for it or stop it first"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return descriptor

    def _sync_each_second(self) -> None:
        while not self._stop.wait(SYNC_SECONDS):
            for journal in self._journals.values():
                journal.sync()

    def _release(self) -> None:
        with contextlib.ExitStack() as stack:
            if self._lock_file is not None:
                stack.callback(os.close, self._lock_file)
                self._lock_file = None
            for journal in self._journals.values():
                stack.callback(journal.close)
            self._journals = {}
