"""Twenty right programs that work near the limits of the sandbox, each with what it prints."""

from __future__ import annotations

_PRINT = "print('done')"

PROGRAMS: dict[str, tuple[str, str, str]] = {
    # name: (code, standard input, expected output)
    "two seconds of work": ("import time\nwhile time.process_time() < 2: pass\nprint('done')", "", "done"),
    "200 MB": ("held = b'x' * (200 * 1024 * 1024)\nprint(len(held))", "", str(200 * 1024 * 1024)),
    "200 MB of small objects": ("held = [str(n) for n in range(3_000_000)]\nprint(len(held))", "", "3000000"),
    "1 MB of output": ("for _ in range(10000): print('x' * 99)", "", ("x" * 99 + "\n") * 10000),
    "1 MB of input": ("import sys\nprint(sum(map(int, sys.stdin.read().split())))", "7 " * 500_000, "3500000"),
    "Chinese identifiers": (
        "def 求和(甲, 乙): return 甲 + 乙\n结果 = 求和(2, 3)\nprint(f'结果是{结果}')",
        "",
        "结果是5",
    ),
    "Chinese input": ("姓名 = input()\nprint('你好，' + 姓名)", "小明\n", "你好，小明"),
    "thirty threads": (
        (
            "from concurrent.futures import ThreadPoolExecutor\n"
            "with ThreadPoolExecutor(30) as pool: print(sum(pool.map(lambda n: n * n, range(300))))"
        ),
        "",
        str(sum(n * n for n in range(300))),
    ),
    "four processes": (
        (
            "from multiprocessing import get_context\n"
            "def f(n): return n * n\n"
            "with get_context('fork').Pool(4) as pool: print(sum(pool.map(f, range(100))))"
        ),
        "",
        str(sum(n * n for n in range(100))),
    ),
    "deep recursion": ("def f(n): return 0 if n == 0 else 1 + f(n - 1)\nprint(f(900))", "", "900"),
    "20 MB file": (
        "import os\nwith open('big', 'wb') as file: file.write(b'x' * 20_000_000)\nprint(os.path.getsize('big'))",
        "",
        "20000000",
    ),
    "a thousand files": (
        (
            "import tempfile, pathlib\n"
            "with tempfile.TemporaryDirectory() as folder:\n"
            "    for n in range(1000): pathlib.Path(folder, str(n)).write_text('x')\n"
            "    print(len(list(pathlib.Path(folder).iterdir())))"
        ),
        "",
        "1000",
    ),
    "asyncio": (
        (
            "import asyncio\nasync def main():\n"
            "    await asyncio.gather(*(asyncio.sleep(0.1) for _ in range(50)))\n    print('done')\n"
            "asyncio.run(main())"
        ),
        "",
        "done",
    ),
    "sleeps": ("import time\ntime.sleep(1.5)\nprint('done')", "", "done"),
    "sqlite": (
        (
            "import sqlite3\nbase = sqlite3.connect('/tmp/base.db')\nbase.execute('create table t (a)')\n"
            "base.executemany('insert into t values (?)', [(n,) for n in range(10000)])\n"
            "print(base.execute('select sum(a) from t').fetchone()[0])"
        ),
        "",
        str(sum(range(10000))),
    ),
    "big numbers": ("print(len(str(3 ** 8000)))", "", "3817"),
    "data classes": (
        "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass P:\n    x: int\n    y: int = 2\nprint(P(1))",
        "",
        "P(x=1, y=2)",
    ),
    "standard library": (
        (
            "import decimal, fractions, itertools, re, datetime, collections, heapq, statistics, random, hashlib\n"
            "print(hashlib.sha256(b'a').hexdigest()[:8], datetime.date(2026, 2, 28) + datetime.timedelta(1))"
        ),
        "",
        "ca978112 2026-03-01",
    ),
    "a subprocess": (
        (
            "import subprocess\n"
            "print(subprocess.run(['/bin/echo', 'done'], capture_output=True).stdout.decode().strip())"
        ),
        "",
        "done",
    ),
    "exit at the end": (
        "import sys\ndef main():\n    print('done')\n    return 0\nif __name__ == '__main__':\n    sys.exit(main())",
        "",
        "done",
    ),
}
