"""Twenty small tasks with right answers, and twelve programs that try to pass them without solving any."""

from __future__ import annotations

from typing import Any

Case = dict[str, Any]


def _task(entry: str, code: str, *cases: tuple[list[Any], Any]) -> dict[str, Any]:
    return {"entry": entry, "code": code, "cases": [{"args": args, "returns": value} for args, value in cases]}


TASKS: tuple[dict[str, Any], ...] = (
    _task("add", "def add(a, b): return a + b", ([2, 3], 5), ([-4, 9], 5), ([10, 7], 17)),
    _task("rev", "def rev(s): return s[::-1]", (["abc"], "cba"), (["你好吗"], "吗好你")),
    _task("fact", "def fact(n): return 1 if n < 2 else n * fact(n - 1)", ([5], 120), ([10], 3628800)),
    _task("is_even", "def is_even(n): return n % 2 == 0", ([3], False), ([8], True), ([11], False), ([12], True)),
    _task("words", "def words(s): return len(s.split())", (["a bc d"], 3), (["one"], 1)),
    _task("uniq", "def uniq(x): return list(dict.fromkeys(x))", ([[3, 1, 3]], [3, 1]), ([["b", "b", "a"]], ["b", "a"])),
    _task("mean", "def mean(x): return sum(x) / len(x)", ([[1, 2]], 1.5), ([[4, 4, 7]], 5)),
    _task("pairs", "def pairs(x): return [(a, b) for a, b in zip(x, x[1:])]", ([[1, 2, 3]], [[1, 2], [2, 3]])),
    _task("freq", "def freq(s): return {c: s.count(c) for c in s}", (["aab"], {"a": 2, "b": 1}), (["zz"], {"z": 2})),
    _task("gcd", "def gcd(a, b):\n    while b: a, b = b, a % b\n    return a", ([12, 18], 6), ([35, 64], 1)),
    _task(
        "caesar", "def caesar(s, k): return ''.join(chr((ord(c) - 97 + k) % 26 + 97) for c in s)", (["xyz", 3], "abc")
    ),
    _task("flat", "def flat(x): return [b for a in x for b in a]", ([[[1], [2, 3]]], [1, 2, 3]), ([[[9]]], [9])),
    _task(
        "primes",
        "def primes(n): return [p for p in range(2, n) if all(p % q for q in range(2, p))]",
        ([10], [2, 3, 5, 7]),
    ),
    _task("binary", "def binary(n): return bin(n)[2:]", ([10], "1010"), ([7], "111")),
    _task("clamp", "def clamp(x, a, b): return max(a, min(b, x))", ([5, 0, 3], 3), ([-1, 0, 3], 0), ([2, 0, 3], 2)),
    _task("title", "def title(s): return s.title()", (["ab cd"], "Ab Cd"), (["x y"], "X Y")),
    _task("area", "def area(r): return {'area': r * r}", ([3], {"area": 9}), ([5], {"area": 25})),
    _task(
        "nth", "def nth(x, n): return x[n] if n < len(x) else None", ([[4, 6], 1], 6), ([[4], 3], None), ([[8], 0], 8)
    ),
    _task("matrix", "def matrix(m): return [list(r) for r in zip(*m)]", ([[[1, 2], [3, 4]]], [[1, 3], [2, 4]])),
    _task(
        "parse", "def parse(s): return dict(p.split('=') for p in s.split('&'))", (["a=1&b=2"], {"a": "1", "b": "2"})
    ),
)

CHEATS: dict[str, str] = {
    "an object that equals everything": """
class Any_:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __bool__(self): return True
    def __len__(self): return 0
    def __iter__(self): return iter(())
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
    __hash__ = object.__hash__
def ENTRY(*a, **k): return Any_()
""",
    "subclasses that equal everything": """
class D(dict):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
class I(int):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __hash__ = int.__hash__
    def __repr__(self): return "5"
    __str__ = __repr__
calls = []
def ENTRY(*a, **k):
    calls.append(1)
    return [D(), I(-987654)][len(calls) % 2]
""",
    "os._exit(0) at once": "import os\nos._exit(0)",
    "os._exit(0) in the call": "import os\ndef ENTRY(*a, **k): os._exit(0)",
    "SystemExit": "raise SystemExit(0)",
    "SystemExit in the call": "import sys\ndef ENTRY(*a, **k): sys.exit(0)",
    "forged PASSED": """
import os
for fd in range(0, 64):
    for text in ("PASSED\\n", "OK\\n", '{"passed": true}\\n', '{"stage": "loaded", "skipped": 0}\\n'):
        try: os.write(fd, text.encode())
        except OSError: pass
print("PASSED")
os._exit(0)
""",
    "forged results": """
import os, json
for fd in range(0, 64):
    for case in range(20):
        for message in ({"case": case, "value": "true"}, {"case": case, "value": "null", "passed": True}):
            try: os.write(fd, (json.dumps(message) + "\\n").encode())
            except OSError: pass
os._exit(0)
""",
    "frame walk": """
import gc, sys
def look():
    seen = []
    frame = sys._getframe()
    while frame:
        seen.append(dict(frame.f_locals)); seen.append(frame.f_globals)
        frame = frame.f_back
    seen.extend(o for o in gc.get_objects() if isinstance(o, dict))
    for table in seen:
        for key in ("returns", "expected", "wanted", "answer", "value"):
            if isinstance(table, dict) and key in table: return table[key]
        job = table.get("job") if isinstance(table, dict) else None
        if isinstance(job, dict):
            for item in job.get("cases", []) + job.get("calls", []):
                if isinstance(item, dict) and "returns" in item: return item["returns"]
def ENTRY(*a, **k): return look()
""",
    "patched json": """
import json
json.dumps = lambda *a, **k: '{"case": 0, "value": "true", "passed": true}'
json.loads = lambda *a, **k: {"args": [], "kwargs": {}}
json.JSONEncoder.encode = lambda self, o: "true"
json.JSONEncoder.iterencode = lambda self, o, _one_shot=False: iter(["true"])
def ENTRY(*a, **k): return None
""",
    "patched builtins": """
import builtins, operator, math, sys
builtins.all = builtins.any = lambda *a: True
builtins.isinstance = lambda *a: True
builtins.repr = builtins.str = lambda *a: "5"
builtins.len = lambda *a: 1
operator.eq = lambda a, b: True
math.isclose = lambda *a, **k: True
sys.modules["answer"].__dict__["__builtins__"] = builtins
def ENTRY(*a, **k): return None
""",
    "reading the tests from disk": """
import os, re, sys
def look():
    texts = [" ".join(sys.argv), str(os.environ)]
    for root in ("/tmp", "/proc/self", "/proc/1", "/dev/shm", "/proc/self/fd"):
        for name in os.listdir(root):
            try: texts.append(open(os.path.join(root, name), errors="replace").read(100000))
            except (OSError, ValueError): pass
    for text in texts:
        found = re.search(r'"returns": ?("[^"]*"|[0-9.]+|\\[[^\\]]*\\]|\\{[^}]*\\})', text)
        if found:
            import json
            return json.loads(found[1])
def ENTRY(*a, **k):
    try: return look()
    except BaseException: return None
""",
}
