"""The run folder: recovery, locking, and what survives a kill or a full disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from evals import store
from evals.records import InputError, UsageError
from evals.store import Journal, RunFolder, StoreError, iter_records


def _records(path: Path) -> list[dict[str, object]]:
    return [record for _, _, record in iter_records(path)]


def test_append_then_read_back_by_offset(tmp_path: Path) -> None:
    """What `append` returns is where `read` finds the record, whatever its length and script."""
    journal = Journal(tmp_path / "a.jsonl")
    records = [{"n": n, "text": text} for n, text in enumerate(["", "雪\u2028夜", "x" * 100_000, '"\n\\', "é"])]
    offsets = [journal.append(record) for record in records]
    assert [journal.read(offset) for offset in reversed(offsets)] == records[::-1]
    journal.close()
    assert _records(tmp_path / "a.jsonl") == records


@pytest.mark.parametrize("cut", range(1, 30))
def test_torn_tail_of_every_length_is_cut_aside(tmp_path: Path, cut: int) -> None:
    """A half written last line goes to a side file, and the next record does not glue to it."""
    path = tmp_path / "a.jsonl"
    whole = b'{"n":0}\n{"n":1}\n'
    tail = b'{"n":2,"text":"cut short here"}'[:cut]
    path.write_bytes(whole + tail)
    journal = Journal(path)
    journal.append({"n": 3})
    journal.close()
    assert _records(path) == [{"n": 0}, {"n": 1}, {"n": 3}]
    assert path.with_name("a.jsonl.torn-1").read_bytes() == tail


def test_a_file_that_is_one_torn_line(tmp_path: Path) -> None:
    """A kill during the very first write leaves an empty journal, even when the line is long."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text":"' + b"x" * 200_000)
    Journal(path).close()
    assert path.read_bytes() == b""


@pytest.mark.parametrize("damage", [b"{broken}\n", b"\n", b"[1]\n", b'{"a":NaN}\n', b'{"a":"\xff"}\n', b"\0\0\0\n"])
def test_damage_in_the_middle_is_refused_with_its_line(tmp_path: Path, damage: bytes) -> None:
    """Only a torn tail is repaired; anything else names file and line and loses nothing."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"n":0}\n' + damage + b'{"n":2}\n')
    with pytest.raises(InputError, match=r"a\.jsonl:2: damaged record"):
        _records(path)
    assert path.stat().st_size == 16 + len(damage)


def test_second_writer_is_refused_and_told_who_writes(tmp_path: Path) -> None:
    """One folder, one writer; the lock is gone when the writer is."""
    with (
        RunFolder(tmp_path / "run"),
        pytest.raises(UsageError, match=rf"pid {os.getpid()}"),
        RunFolder(tmp_path / "run"),
    ):
        pass
    with RunFolder(tmp_path / "run") as folder:
        folder.responses.append({"n": 1})


def test_lock_dies_with_a_killed_writer(tmp_path: Path) -> None:
    """After kill -9 the next run takes the folder over without help, and no acknowledged record is lost."""
    script = (
        "import sys; from pathlib import Path; from evals.store import RunFolder\n"
        "with RunFolder(Path(sys.argv[1])) as folder:\n"
        "    for n in range(10**9):\n"
        "        folder.responses.append({'n': n, 'text': 'x' * (n % 5000)}); print(n, flush=True)\n"
    )
    run = tmp_path / "run"
    for delay in (0.0, 0.05, 0.1):
        with subprocess.Popen([sys.executable, "-c", script, str(run)], stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(delay)
            child.send_signal(signal.SIGKILL)
            acknowledged = [int(line) for line in child.stdout.read().split("\n")[:-1]]
        with RunFolder(run) as folder:
            stored = [record["n"] for _, _, record in folder.responses]
            folder.responses.set_aside({offset for offset, _, _ in folder.responses}, run / "old.jsonl")
        assert stored == list(range(len(stored)))
        assert len(stored) > max(acknowledged, default=0)


def test_disk_full_keeps_what_was_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A short write is undone, names the file, and never glues to a later record."""
    path = tmp_path / "a.jsonl"
    journal = Journal(path)
    journal.append({"n": 0})
    real = os.write
    monkeypatch.setattr(store.os, "write", lambda fd, data: real(fd, data[:5]))
    with pytest.raises(StoreError, match=r"a\.jsonl: No space left on device \([\d,]+ bytes free\)"):
        journal.append({"n": 1})
    monkeypatch.undo()
    with pytest.raises(StoreError):
        journal.append({"n": 2})
    with pytest.raises(StoreError):
        journal.close()
    again = Journal(path)
    again.append({"n": 3})
    again.close()
    assert _records(path) == [{"n": 0}, {"n": 3}]


def test_failed_sync_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that cannot promise durability is an error at the next record, not a silent loss."""

    def broken(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    journal = Journal(tmp_path / "a.jsonl")
    journal.append({"n": 0})
    monkeypatch.setattr(store.os, "fdatasync", broken)
    journal.sync()
    with pytest.raises(StoreError, match="Input/output error"):
        journal.append({"n": 1})


def test_sync_runs_within_its_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An open folder forces its records to the disk without being asked."""
    synced = threading.Event()
    real = os.fdatasync
    monkeypatch.setattr(store, "SYNC_SECONDS", 0.02)
    monkeypatch.setattr(store.os, "fdatasync", lambda fd: (real(fd), synced.set()))
    with RunFolder(tmp_path / "run") as folder:
        folder.judgments.append({"n": 1})
        assert synced.wait(5)


def test_set_aside_moves_records_and_keeps_the_rest(tmp_path: Path) -> None:
    """Stale records leave the journal and are kept; appending goes on in the new file."""
    with RunFolder(tmp_path / "run") as folder:
        for n in range(5):
            folder.responses.append({"n": n})
        assert folder.set_aside(folder.responses, lambda record: record["n"] % 2 == 1) == 2
        folder.responses.append({"n": 9})
        assert folder.set_aside(folder.responses, lambda record: False) == 0
    assert [r["n"] for r in _records(tmp_path / "run" / store.RESPONSES)] == [0, 2, 4, 9]
    assert [r["n"] for r in _records(tmp_path / "run" / store.SET_ASIDE)] == [1, 3]


def test_json_files_are_replaced_as_a_whole(tmp_path: Path) -> None:
    """A reader in a loop sees an old or a new file, never a half one."""
    path = tmp_path / "run.json"
    store.write_json(path, {"schema": 1, "n": 0, "pad": "x" * 50_000})
    stop = threading.Event()
    bad: list[Exception] = []

    def read() -> None:
        while not stop.is_set():
            try:
                assert len(store.read_json(path)["pad"]) == 50_000
            except Exception as error:
                bad.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(50):
        store.write_json(path, {"schema": 1, "n": n, "pad": "x" * 50_000})
    stop.set()
    reader.join()
    assert not bad


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file"),
        (b"{", "damaged"),
        (b"[]", "not a JSON object"),
        (b'{"schema": 99}', "newer than this program knows"),
    ],
)
def test_unreadable_json_files_say_why(tmp_path: Path, content: bytes | None, message: str) -> None:
    """Each way a manifest can be unusable has its own message."""
    path = tmp_path / "run.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=message):
        store.read_json(path)


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A file in the folder's place is the user's mistake, said in one line."""
    (tmp_path / "run").write_text("a file")
    with pytest.raises(UsageError, match="choose another folder with --out"), RunFolder(tmp_path / "run"):
        pass


class StoreMachine(RuleBasedStateMachine):
    """Append, tear, set aside and reopen in any order: the journal equals a plain list."""

    @initialize()
    def start(self) -> None:
        import tempfile

        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "a.jsonl"
        self.journal = Journal(self.path)
        self.model: list[dict[str, object]] = []

    @rule(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
    def append(self, text: str) -> None:
        record: dict[str, object] = {"n": len(self.model), "text": text}
        assert self.journal.read(self.journal.append(record)) == record
        self.model.append(record)

    @rule(torn=st.binary(max_size=40).map(lambda raw: raw.replace(b"\n", b"")))
    def die_and_reopen(self, torn: bytes) -> None:
        self.journal.close()
        with self.path.open("ab") as file:
            file.write(torn)
        self.journal = Journal(self.path)

    @rule(keep=st.integers(1, 4))
    def set_aside(self, keep: int) -> None:
        gone = {offset for offset, number, _ in self.journal if number % keep == 0}
        self.model = [record for number, record in enumerate(self.model, start=1) if number % keep != 0]
        self.journal.set_aside(gone, self.folder / "aside.jsonl")

    @invariant()
    def equals_the_list(self) -> None:
        if hasattr(self, "path"):
            assert _records(self.path) == self.model

    def teardown(self) -> None:
        if hasattr(self, "journal"):
            self.journal.close()


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
