"""The catalog's file: the schema, atomic writes, kills, two writers, unknown keys, newer schemas."""

from __future__ import annotations

import fcntl
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from evals.records import InputError, UsageError
from evals.routing import load, loose_ends, new_catalog, problems, update
from evals.routing._catalog import CatalogBusyError
from tests.driving import ROOT
from tests.routing.building import NEW, OLD, catalog, offer, route_entry, row


def changed(data: dict[str, Any], *path: Any, value: Any) -> dict[str, Any]:
    """A copy with one value replaced."""
    copy = deepcopy(data)
    place: Any = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return copy


GOOD = catalog(rows=[row("old-model", low=0.5, cost="0.001")])
FAULTS: list[tuple[dict[str, Any], str]] = [
    (changed(GOOD, "simulated", value="no"), "simulated: must be boolean"),
    (changed(GOOD, "rows", 0, "complexity", value="hard"), "rows[0].complexity: must be one of low, medium, high, any"),
    (changed(GOOD, "rows", 0, "quality", "n", value=-1), "rows[0].quality.n: must be at least 0"),
    (
        changed(GOOD, "rows", 0, "cost_per_accepted_usd", "value", value=0.001),
        "rows[0].cost_per_accepted_usd.value: must be string or null",
    ),
    (
        changed(GOOD, "rows", 0, "cost_per_accepted_usd", "value", value="1e-3"),
        "rows[0].cost_per_accepted_usd.value: '1e-3' is not of the form",
    ),
    (
        changed(GOOD, "rows", 0, "quality", "valid_from", value="yesterday"),
        "rows[0].quality.valid_from: 'yesterday' is not",
    ),
    (
        changed(GOOD, "offers", 0, "rates", 0, "when", value={"windows": [{"days": [0]}]}),
        "offers[0].rates[0].when.windows[0].days[0]: must be at least 1",
    ),
    (changed(GOOD, "offers", 0, "model", value=""), "offers[0].model: must not be empty"),
    (changed(GOOD, "routes", value=[{"model": "m"}]), "routes[0]: host is missing"),
    (
        changed(GOOD, "routes", value=[route_entry("a"), route_entry("b")]),
        "routes[1]: the same task, complexity, image as routes[0]",
    ),
    (changed(GOOD, "offers", value=[offer("a"), offer("a")]), "offers[1]: the same model, host, region as offers[0]"),
    (changed(GOOD, "schema", value=True), "schema: must be integer"),
]


@pytest.mark.parametrize(("data", "fault"), FAULTS, ids=[fault.split(":")[0] for _, fault in FAULTS])
def test_what_breaks_the_schema_is_named_with_its_place(data: dict[str, Any], fault: str) -> None:
    """Each fault says where in the file and what was wanted."""
    assert any(found.startswith(fault) for found in problems(data)), problems(data)


def test_good_catalogs_have_no_problems() -> None:
    """The shipped one, a fresh simulated one and one with measured rows."""
    assert problems(GOOD) == []
    assert problems(new_catalog(simulated=True)) == []


def test_loose_ends_are_found() -> None:
    """Valid, and yet no program can use it: a route nobody offers, a time zone nobody knows."""
    assert loose_ends(new_catalog(simulated=False)) == []
    rate = {"usd_per_mtok": {"input": "1"}, "when": {"windows": [{"days": [1]}], "timezone": "Mars/Olympus"}}
    data = catalog(offers=[offer(OLD, rates=[rate])], routes=[route_entry(NEW)])
    assert problems(data) == []
    assert loose_ends(data) == [
        "routes[0]: new-model at gateway is not among the offers, so its price is unknown; add an offer",
        'offers[0].rates[0].when.timezone: unknown time zone "Mars/Olympus"',
    ]


def test_reading_refuses_damage(tmp_path: Path) -> None:
    """Faults are InputErrors with the file; broken JSON names the backup; both are the user's to mend."""
    path = tmp_path / "routing.json"
    path.write_text(json.dumps(changed(GOOD, "simulated", value=1)))
    with pytest.raises(InputError, match="simulated: must be boolean"):
        load(path)
    path.write_text('{"a": NaN}')
    with pytest.raises(UsageError, match=r"routing\.json\.bak"):
        load(path)


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    """What a newer program wrote is neither read nor overwritten."""
    path = tmp_path / "routing.json"
    path.write_text(json.dumps({**GOOD, "schema": 2}))
    before = path.read_bytes()
    with pytest.raises(UsageError, match=r"schema 2 is newer than this program knows \(1\); upgrade"):
        update(path, lambda data: {**data, "note": "x"}, start=dict)
    assert path.read_bytes() == before


def test_unknown_keys_survive_a_write(tmp_path: Path) -> None:
    """Keys of a later version, at every level, are there after a write of this one; the old file is the backup."""
    path = tmp_path / "routing.json"
    data = deepcopy(GOOD)
    data["later"] = {"x": [1, 2]}
    data["rows"][0]["later"] = "row"
    data["rows"][0]["quality"]["later"] = "number"
    data["offers"][0]["rates"][0]["later"] = None
    path.write_text(json.dumps(data))
    update(path, lambda found: {**found, "note": "new"}, start=dict)
    assert json.loads(path.read_text()) == {**data, "note": "new"}
    assert json.loads((tmp_path / "routing.json.bak").read_text()) == data


def test_no_change_writes_nothing(tmp_path: Path) -> None:
    """The file keeps its bytes and its time, and there is no backup of nothing."""
    path = tmp_path / "routing.json"
    path.write_text(json.dumps(GOOD))
    stamp = path.stat().st_mtime_ns
    update(path, lambda found: found, start=dict)
    assert path.stat().st_mtime_ns == stamp
    assert sorted(file.name for file in tmp_path.iterdir()) == [".routing.json.lock", "routing.json"]
    update(tmp_path / "fresh.json", dict, start=lambda: dict(GOOD))
    assert not (tmp_path / "fresh.json").exists(), "nor is a catalog begun for nothing"


def test_a_change_that_raises_writes_nothing(tmp_path: Path) -> None:
    """An error inside the change leaves the file and the lock as they were."""
    path = tmp_path / "routing.json"
    path.write_text(json.dumps(GOOD))

    def fail(data: dict[str, Any]) -> dict[str, Any]:
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        update(path, fail, start=dict)
    update(path, lambda found: {**found, "note": "after"}, start=dict, patience_s=0.0)
    assert load(path)["note"] == "after"


def test_a_held_lock_is_waited_for_and_then_told(tmp_path: Path) -> None:
    """A writer that never lets go costs the other its patience, not its work."""
    path = tmp_path / "routing.json"
    with (tmp_path / ".routing.json.lock").open("w") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        started = time.monotonic()
        with pytest.raises(CatalogBusyError, match="another process is writing it"):
            update(path, dict, start=lambda: catalog(), patience_s=0.1)
        assert time.monotonic() - started >= 0.1
    assert not path.exists()


def test_a_folder_that_cannot_be_written_is_the_users_error(tmp_path: Path) -> None:
    """The message names the option to change."""
    with pytest.raises(UsageError, match="--routing"):
        update(tmp_path / "nowhere" / "routing.json", dict, start=lambda: catalog())


def _append(path: str, start: int, count: int) -> None:
    for number in range(start, start + count):
        update(
            Path(path),
            lambda data, n=number: {**data, "notes": [*data.get("notes", []), n]},
            start=catalog,
            patience_s=30,
        )


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    """Each update reads what the other wrote: all notes of both are there at the end."""
    path = str(tmp_path / "routing.json")
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_append, args=(path, start, 15)) for start in (0, 100)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
        assert worker.exitcode == 0
    assert sorted(load(Path(path))["notes"]) == [*range(15), *range(100, 115)]


_FORKER = """
import os, sys
from pathlib import Path
from evals.routing import update
from tests.routing.building import catalog

def work(path):
    while True:
        update(path, lambda d: {**d, "count": d.get("count", 0) + 1, "filler": "x" * 200_000}, start=catalog)

for line in sys.stdin:
    child = os.fork()
    if not child:
        work(Path(sys.argv[1]))
    print(child, flush=True)
    sys.stdin.readline()
    os.waitpid(child, 0)
    print("gone", flush=True)
"""
"""One interpreter that forks its writers: a kill costs milliseconds, not a start of Python."""


def _time_writes(path: Path, count: int) -> float:
    """Seconds that so many writes take on this machine, as busy as it is now."""
    started = time.monotonic()
    for number in range(count):
        update(path, lambda data, n=number: {**data, "count": n, "filler": "x" * 200_000}, start=catalog)
    return time.monotonic() - started


def kill_writers(folder: Path, kills: int) -> int:
    """Kill a process in the middle of its writes, again and again; returns how often the file had grown."""
    path = folder / "routing.json"
    rng, grown, last = random.Random(1), 0, 0
    some_writes_s = _time_writes(folder / "timed.json", 12)  # a fresh process is slower at its first than we are now
    with subprocess.Popen(
        [sys.executable, "-c", _FORKER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as forker:
        assert forker.stdin is not None
        assert forker.stdout is not None
        for _ in range(kills):
            print("go", file=forker.stdin, flush=True)
            child = int(forker.stdout.readline())
            time.sleep(rng.uniform(0.0, some_writes_s))
            os.kill(child, signal.SIGKILL)
            print("wait", file=forker.stdin, flush=True)
            assert forker.stdout.readline() == "gone\n"
            if path.exists():
                count = load(path).get("count", 0)
                assert count >= last, "an acknowledged write was lost"
                grown, last = grown + (count > last), count
        forker.stdin.close()
    return grown


def test_kills_never_leave_an_unreadable_file(tmp_path: Path) -> None:
    """Sixty kills at random moments: the file is always whole and valid, and writers after a kill go on."""
    assert kill_writers(tmp_path, 60) > 10, "the kills came before any write: the test shows nothing"


@pytest.mark.slow
def test_a_thousand_kills(tmp_path: Path) -> None:
    """The same, a thousand times."""
    assert kill_writers(tmp_path, 1000) > 200
