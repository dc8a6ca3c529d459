"""The model catalog: shipped facts, who is reachable with which key, prices, and every fault with its line."""

from __future__ import annotations

import itertools
import json
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.catalog import Catalog, Endpoint, Habits, Prices, load_catalog
from evals.reading.baseurl import base_url_fault
from evals.reading.tomlfile import locate
from evals.records import InputError, Params, Usage, UsageError

PRICES_AT_THE_GATEWAY = {
    "deepseek-v4-flash": "0.25",
    "deepseek-v3.2": "0.38",
    "deepseek-v4-pro": "0.78",
    "deepseek-r1": "2.50",
    "deepseek-coder": "0.25",
    "Qwen/Qwen3-8B": "0.01",
    "Qwen/Qwen3-32B": "0.28",
    "Qwen/Qwen3-Coder-30B": "0.35",
    "Qwen/Qwen3-VL-32B": "0.52",
    "Qwen/Qwen3-Omni-30B": "0.52",
    "Qwen/Qwen3.6-35B": "1.00",
    "Qwen/Qwen3.5-397B": "2.34",
    "moonshot/k2.5": "3.00",
    "THUDM/glm-4-9b": "0.01",
    "THUDM/glm-5": "1.92",
    "THUDM/glm-4.6v": None,
}

SMALL = """\
schema = 1

[roles]
candidates = ["m"]
judges = [
    "m",
    "n",
]

[hosts.gateway]
key_variable = "EVALS_API_KEY"

[hosts.near]
base_url = "https://near.example/v1"
key_variable = "NEAR_KEY"

[models.m]
family = "f"
modalities = ["text"]

[models.m.hosts.near]
wire_id = "m-1"
output_usd_per_mtok = 2.5

[models.n]
family = "g"
modalities = ["text"]

[models.n.hosts.gateway]
"""


@pytest.fixture(scope="module")
def shipped() -> Catalog:
    return load_catalog(None)


def load_text(tmp_path: Path, text: str) -> Catalog:
    path = tmp_path / "c.toml"
    path.write_text(text, encoding="utf-8")
    return load_catalog(path)


# ------------------------------------------------------------------------------------------------ shipped catalog
def test_every_model_of_the_notes_is_there_with_its_output_price_and_no_invented_one(shipped: Catalog) -> None:
    """Each model stands at the gateway with the stated output price and without an input price."""
    assert set(shipped.models) == set(PRICES_AT_THE_GATEWAY)
    for name, price in PRICES_AT_THE_GATEWAY.items():
        prices = shipped.models[name].hosts["gateway"].prices
        assert prices.output_usd_per_mtok == (None if price is None else Decimal(price))
        assert prices.input_usd_per_mtok is None
        assert shipped.models[name].context == 128_000
        assert shipped.models[name].family in {"deepseek", "qwen", "kimi", "glm"}


def test_default_candidates_are_four_families_and_every_pair_has_a_judge_of_another(shipped: Catalog) -> None:
    """No family judges a pair it stands in, whichever two families meet."""
    assert shipped.candidates == ("deepseek-v4-flash", "Qwen/Qwen3-32B", "moonshot/k2.5", "THUDM/glm-5")
    families = {shipped.family(name) for name in shipped.models}
    for pair in itertools.combinations(sorted(map(str, families)), 2):
        assert any(shipped.family(judge) not in pair for judge in shipped.judges)


@pytest.mark.parametrize(
    ("name", "host", "habits"),
    [
        ("moonshot/k2.5", "moonshot", Habits(fixed_temperature=1.0)),
        ("moonshot/k2.5", "gateway", Habits(fixed_temperature=1.0, never_retry=("Content Exists Risk",))),
        ("Qwen/Qwen3-32B", "dashscope", Habits(stream_only=True)),
        ("deepseek-v4-flash", "deepseek", Habits(never_retry=("Content Exists Risk",))),
        ("THUDM/glm-5", "zhipu", Habits()),
    ],
)
def test_habits_of_host_and_model_are_folded(shipped: Catalog, name: str, host: str, habits: Habits) -> None:
    """What departs from the plain wire at the host or in the model holds for the two together."""
    assert shipped.models[name].hosts[host].habits == habits


def test_images_are_known(shipped: Catalog) -> None:
    """The models that read images say so."""
    seeing = {name for name, model in shipped.models.items() if "image" in model.modalities}
    assert seeing == {"Qwen/Qwen3-VL-32B", "Qwen/Qwen3-Omni-30B", "THUDM/glm-4.6v"}


def test_no_price_is_a_float(shipped: Catalog) -> None:
    """Money is decimal wherever it stands."""
    for model in shipped.models.values():
        for served in model.hosts.values():
            for price in (served.prices.input_usd_per_mtok, served.prices.output_usd_per_mtok):
                assert price is None or type(price) is Decimal


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("deepseek-v4-flsh", "deepseek-v4-flash"),
        ("glm-5", "THUDM/glm-5"),
        ("qwen/qwen3-32b", "Qwen/Qwen3-32B"),
        ("zzz", None),
    ],
)
def test_nearest_model_is_offered(shipped: Catalog, typed: str, meant: str | None) -> None:
    """A misspelt model finds its name, whatever the case or the missing prefix."""
    assert shipped.suggest(typed) == meant


def test_price_line_names_the_place_to_fill(shipped: Catalog) -> None:
    """The line is the header of the host's table of that model."""
    path, _, line = shipped.price_line("THUDM/glm-4.6v", "gateway").rpartition(":")
    text = Path(path).read_text(encoding="utf-8").split("\n")[int(line) - 1]
    assert text == '[models."THUDM/glm-4.6v".hosts.gateway]'


# ------------------------------------------------------------------------------------------------ reachability
URL = "http://127.0.0.1:9/v1"


@pytest.mark.parametrize(
    ("base_url", "env", "reached", "unreached"),
    [
        # a base URL overrides every endpoint, also of models the catalog has at no gateway or lacks
        (URL, {}, {"m": (URL, None), "n": (URL, None), "x": (URL, None)}, ()),
        (URL, {"EVALS_API_KEY": "k"}, {"m": (URL, "k"), "n": (URL, "k"), "x": (URL, "k")}, ()),
        (URL, {"OPENAI_API_KEY": "o"}, {"m": (URL, "o"), "n": (URL, "o"), "x": (URL, "o")}, ()),
        (URL, {"EVALS_API_KEY": "k", "OPENAI_API_KEY": "o"}, {"m": (URL, "k"), "n": (URL, "k"), "x": (URL, "k")}, ()),
        # the argument before EVALS_BASE_URL before OPENAI_BASE_URL; an empty variable is none
        (URL, {"EVALS_BASE_URL": "http://10.0.0.1"}, dict.fromkeys("mnx", (URL, None)), ()),
        (None, {"EVALS_BASE_URL": URL + "/", "OPENAI_BASE_URL": "http://x"}, dict.fromkeys("mnx", (URL, None)), ()),
        (None, {"EVALS_BASE_URL": " ", "OPENAI_BASE_URL": URL}, dict.fromkeys("mnx", (URL, None)), ()),
        # the host's own key is not sent to a base URL of the user's
        (URL, {"NEAR_KEY": "n"}, dict.fromkeys("mnx", (URL, None)), ()),
        # without one, a model is reached where its host's own key is set; a key alone is no endpoint
        (None, {"NEAR_KEY": "n"}, {"m": ("https://near.example/v1", "n")}, ("n", "x")),
        (None, {"EVALS_API_KEY": "k", "OPENAI_API_KEY": "o"}, {}, ("m", "n", "x")),
        (None, {"NEAR_KEY": ""}, {}, ("m", "n", "x")),
        (None, {}, {}, ("m", "n", "x")),
    ],
)
def test_who_is_reachable(
    tmp_path: Path,
    base_url: str | None,
    env: dict[str, str],
    reached: dict[str, tuple[str, str | None]],
    unreached: tuple[str, ...],
) -> None:
    """Base URLs, keys and hosts combine as the contract says."""
    found = load_text(tmp_path, SMALL).endpoints(["m", "n", "x", "m"], base_url=base_url, env=env)
    assert {name: (e.base_url, e.api_key) for name, e in found.endpoints.items()} == reached
    assert found.unreachable == unreached


def test_at_a_base_url_the_gateways_rows_apply(shipped: Catalog) -> None:
    """Prices and habits come from the gateway's entry; an unknown model has an unknown price and no family."""
    found = shipped.endpoints(["moonshot/k2.5", "new-model"], base_url=URL, env={}).endpoints
    known, new = found["moonshot/k2.5"], found["new-model"]
    assert (known.wire_id, known.family, known.host) == ("moonshot/k2.5", "kimi", "gateway")
    assert known.prices.output_usd_per_mtok == Decimal("3.00")
    assert known.habits.fixed_temperature == 1.0
    assert (new.wire_id, new.family, new.prices) == ("new-model", None, Prices())
    assert new.habits.never_retry == ("Content Exists Risk",)


def test_at_its_own_host_a_model_has_the_hosts_name_and_price(shipped: Catalog) -> None:
    """The wire id and the price belong to (model, host)."""
    found = shipped.endpoints(["moonshot/k2.5"], base_url=None, env={"MOONSHOT_API_KEY": "k"}).endpoints
    endpoint = found["moonshot/k2.5"]
    assert (endpoint.wire_id, endpoint.host, endpoint.key_variable) == ("kimi-k2.5", "moonshot", "MOONSHOT_API_KEY")
    assert endpoint.prices.output_usd_per_mtok == Decimal("3.00")


def test_a_host_without_key_variable_needs_none(tmp_path: Path) -> None:
    """A server of one's own that asks for no key is reachable as it stands."""
    text = SMALL.replace('base_url = "https://near.example/v1"\nkey_variable = "NEAR_KEY"', f'base_url = "{URL}"')
    assert load_text(tmp_path, text).endpoints(["m"], base_url=None, env={}).endpoints["m"].api_key is None


@pytest.mark.parametrize("key", ["a b", "a\nb", "ключ", "a\x00b"])
def test_an_impossible_key_is_refused_and_not_repeated(shipped: Catalog, key: str) -> None:
    """A pasted key with a blank or line end inside would fail in a confusing way later."""
    with pytest.raises(UsageError, match="EVALS_API_KEY") as caught:
        shipped.endpoints(["x"], base_url=URL, env={"EVALS_API_KEY": key})
    assert key not in str(caught.value)


def test_the_key_is_in_no_repr(shipped: Catalog) -> None:
    """A printed endpoint shows the variable, never the key."""
    found = shipped.endpoints(["x"], base_url=URL, env={"EVALS_API_KEY": "sk-canary"})
    assert "sk-canary" not in repr(found)


# ------------------------------------------------------------------------------------------------ base URLs
@pytest.mark.parametrize(
    ("url", "with_key", "fault"),
    [
        ("https://api.example.com/v1", True, None),
        ("http://api.example.com/v1", False, None),
        ("http://api.example.com/v1", True, "plain http"),
        ("http://93.184.216.34/v1", True, "plain http"),
        ("http://localhost:4000", True, None),
        ("http://127.0.0.1:4000", True, None),
        ("http://[::1]:4000/v1", True, None),
        ("http://10.1.2.3/v1", True, None),
        ("http://100.64.0.7/v1", True, None),
        ("http://litellm:4000/v1", True, None),
        ("http://gw.prod.svc.cluster.local/v1", True, None),
        ("http://localhost.example.com", True, "plain http"),
        ("http://169.254.169.254/latest", False, "link-local"),
        ("https://169.254.0.1", False, "link-local"),
        ("http://2852039166/", False, "link-local"),
        ("http://0xa9fea9fe/", False, "link-local"),
        ("http://169.254.43518/", False, "link-local"),
        ("http://[fe80::1%25eth0]/", False, "link-local"),
        ("http://[::ffff:169.254.169.254]/", False, "link-local"),
        ("https://user:hunter2@example.com", False, "credentials"),
        ("https://example.com/v1?api_key=s3cret", False, "queries"),
        ("https://example.com/v1#x", False, "queries"),
        ("file:///etc/passwd", False, "http"),
        ("ftp://example.com", False, "http"),
        ("api.example.com", False, "http"),
        ("", False, "http"),
        ("https://", False, "no host"),
        ("https://[::1", False, "not a valid URL"),
        ("https://example.com:99999", False, "not a valid URL"),
        ("https://exam ple.com", False, "blanks"),
    ],
)
def test_base_url_rules(url: str, *, with_key: bool, fault: str | None) -> None:
    """Only http(s), no metadata service in any spelling, no key in the clear to strangers, no secret in the message."""
    found = base_url_fault(url, with_key=with_key)
    assert (found is None) if fault is None else (found is not None and fault in found)
    assert not any(secret in (found or "") for secret in ("hunter2", "s3cret"))


@pytest.mark.parametrize(("base_url", "env"), [("file:///x", {}), ("", {}), (None, {"OPENAI_BASE_URL": "file:///x"})])
def test_a_bad_base_url_names_its_source(shipped: Catalog, base_url: str | None, env: dict[str, str]) -> None:
    """The message says whether the option or a variable is wrong."""
    with pytest.raises(UsageError, match="OPENAI_BASE_URL" if env else "--base-url"):
        shipped.endpoints(["x"], base_url=base_url, env=env)


# ------------------------------------------------------------------------------------------------ prices, requests
@pytest.mark.parametrize(
    ("prices", "usage", "known", "unknown"),
    [
        (("1", "2"), (1_000_000, 500_000), "2", ()),
        ((None, "0.25"), (1000, 400), "0.0001", ("input price",)),
        ((None, None), (1000, 400), "0", ("input price", "output price")),
        ((None, "0.25"), (0, 400), "0.0001", ()),
        (("1", "2"), (None, 400), "0.0008", ("usage",)),
        (("1", "2"), (None, None), "0", ("usage",)),
        (("0", "0"), (7, 7), "0", ()),
    ],
)
def test_cost_is_known_part_and_missing_names(
    prices: tuple[str | None, str | None], usage: tuple[int | None, int | None], known: str, unknown: tuple[str, ...]
) -> None:
    """Unknown prices and usage are named, never counted as zero; no tokens need no price."""
    rate = [None if price is None else Decimal(price) for price in prices]
    card = Prices(input_usd_per_mtok=rate[0], output_usd_per_mtok=rate[1])
    cost = card.cost(Usage(prompt_tokens=usage[0], completion_tokens=usage[1]))
    assert (cost.known, cost.unknown) == (Decimal(known), unknown)


@given(
    st.integers(0, 10**7), st.integers(0, 10**7), st.decimals("0", "1000", places=4), st.decimals("0", "1000", places=4)
)
def test_cost_is_exact(prompt: int, answer: int, price_in: Decimal, price_out: Decimal) -> None:
    """No cent is lost: cost times a million is the sum of tokens times price."""
    card = Prices(input_usd_per_mtok=price_in, output_usd_per_mtok=price_out)
    assert card.worst_case(prompt, answer) * 1_000_000 == prompt * price_in + answer * price_out


def test_worst_case_needs_the_prices() -> None:
    """A budget cannot be kept on a guess."""
    with pytest.raises(ValueError, match="input price unknown"):
        Prices(output_usd_per_mtok=Decimal(1)).worst_case(10, 10)


@pytest.mark.parametrize(
    ("habits", "params", "extra"),
    [
        (Habits(), Params(max_tokens=9), {}),
        (Habits(), Params(max_tokens=9, temperature=0.0, seed=3), {"temperature": 0.0, "seed": 3}),
        (Habits(fixed_temperature=1.0), Params(max_tokens=9, temperature=0.0), {"temperature": 1.0}),
        (Habits(fixed_temperature=1.0), Params(max_tokens=9), {}),
        (Habits(accepts_seed=False), Params(max_tokens=9, seed=3), {}),
    ],
)
def test_request_follows_the_habits(habits: Habits, params: Params, extra: dict[str, object]) -> None:
    """The body holds the wire id, the messages and the parameters the model accepts, and nothing else."""
    endpoint = Endpoint(name="m", family=None, wire_id="w", base_url=URL, habits=habits)
    messages = ({"role": "user", "content": "你好"},)
    assert endpoint.request(messages, params) == {"model": "w", "messages": list(messages), "max_tokens": 9, **extra}


# ------------------------------------------------------------------------------------------------ faults
@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("schema = 1", "schema = ", 1, "not valid TOML"),
        ('family = "f"', 'famly = "f"', 18, 'unknown key "famly"; did you mean "family"?'),
        ('family = "f"', "", 17, 'missing key "family"'),
        ('family = "f"', "family = 3", 18, '"family" must be a text, not 3'),
        ("output_usd_per_mtok = 2.5", "output_usd_per_mtok = -1", 23, "amount of dollars"),
        ("output_usd_per_mtok = 2.5", "output_usd_per_mtok = nan", 23, "amount of dollars"),
        ("output_usd_per_mtok = 2.5", "output_usd_per_mtok = true", 23, "amount of dollars"),
        ("output_usd_per_mtok = 2.5", "output_usd_per_mtok = 'cheap'", 23, "amount of dollars"),
        ('    "n",', '    "nn",', 7, 'judges: unknown model "nn"; did you mean "n"?'),
        ('    "n",', '    "m",', 6, 'judges: "m" stands there twice'),
        ("[models.n.hosts.gateway]", "[models.n.hosts.gatway]", 29, 'unknown host "gatway"; did you mean "gateway"?'),
        ('base_url = "https://near', 'base_url = "http://near', 14, "plain http"),
        ('base_url = "https://near', 'base_url = "https://u:p@near', 14, "credentials"),
        ('key_variable = "NEAR_KEY"', 'key_variable = "sk-123"', 15, "never a key"),
        ('modalities = ["text"]\n\n[models.m.', 'modalities = ["txt"]\n\n[models.m.', 19, 'did you mean "text"?'),
        ("[models.n]", '[models."a,b"]', 25, "no comma"),
        ("[models.n]", '[models."human:x"]', 25, "kept for controls"),
        ('wire_id = "m-1"', "limits = { concurrency = 0 }", 22, "at least 1"),
        ('wire_id = "m-1"', "limits = { concurency = 5 }", 22, 'did you mean "concurrency"?'),
        ('wire_id = "m-1"', "habits = { fixed_temperature = 3 }", 22, "from 0 to 2"),
        ("[roles]", "[rolls]", 3, 'unknown key "rolls"; did you mean "roles"?'),
        ("schema = 1", 'schema = "\x01"', 1, "not valid TOML"),
    ],
)
def test_each_fault_names_its_line(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    """`file:line: message`, with the nearest known name where one was meant."""
    assert old in SMALL
    with pytest.raises(InputError) as caught:
        load_text(tmp_path, SMALL.replace(old, new, 1))
    found = [(problem.line, problem.message) for problem in caught.value.problems]
    assert any(at == line and message in said for at, said in found), found


def test_all_faults_come_in_one_pass_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Three mistakes give three problems, not one a run."""
    text = SMALL.replace('family = "f"', "family = 1").replace('"n",', '"zz",').replace('wire_id = "m-1"', "wire = 1")
    with pytest.raises(InputError) as caught:
        load_text(tmp_path, text)
    assert [problem.line for problem in caught.value.problems] == [7, 18, 22]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"schema = 1\nx = '\xff'\n", "c.toml:2: not UTF-8"),
        (b"\xff\xfes\0", "not UTF-8"),
        (b"", 'missing key "hosts"'),
        (b"x = " + b"9" * 5000, "not valid TOML"),
        (b"x = " + b"[" * 100_000, "not valid TOML"),
    ],
)
def test_unreadable_files_are_one_clear_problem(tmp_path: Path, raw: bytes, message: str) -> None:
    """Encoding, emptiness and absurd values end in our own error."""
    path = tmp_path / "c.toml"
    path.write_bytes(raw)
    with pytest.raises(InputError, match=r"c\.toml") as caught:
        load_catalog(path)
    assert message in str(caught.value)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    """No traceback for a path that is not there."""
    with pytest.raises(InputError, match="cannot be read"):
        load_catalog(tmp_path / "none.toml")


def test_windows_line_ends_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    """A catalog saved by another editor is the same catalog."""
    path = tmp_path / "c.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert load_catalog(path).hash == load_text(tmp_path, "# a comment\n" + SMALL).hash


def test_the_hash_follows_the_content(tmp_path: Path) -> None:
    """Another price is another catalog."""
    other = SMALL.replace("= 2.5", "= 2.6")
    assert load_text(tmp_path, SMALL).hash != load_text(tmp_path, other).hash


# ------------------------------------------------------------------------------------------------ locating lines
@pytest.mark.parametrize(
    ("text", "keys", "line"),
    [
        ('a = 1\n["b.c".d]\ne = 2\n', ("b.c", "d", "e"), 3),
        ('[ x . "y z" ]\n\n"k\\u00e9y" = 1\n', ("x", "y z", "kéy"), 3),
        ("a = '''\n[not.a.table]\nb = 1\n'''\nc = 2\n", ("c",), 5),
        ('a = """\n""\\""" \n"""\nc = 2\n', ("c",), 4),
        ("a = [ # ]\n  '[',\n]\nc = 2\n", ("c",), 4),
        ("a.b.c = 1\na.d = 2\n", ("a", "d"), 2),
        ("# x = 1\n\nx = { y = 1 } # [z]\nw = 2\n", ("w",), 4),
        ("[[t]]\na = 1\n[[t]]\na = 2\n", ("t",), 1),
    ],
)
def test_keys_are_found_again(text: str, keys: tuple[str, ...], line: int) -> None:
    """Quoted keys, strings over several lines, comments and brackets do not mislead the locator."""
    assert locate(text)[keys] == line


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=8, unique=True))
def test_any_quoted_key_is_found_on_its_line(keys: list[str]) -> None:
    """Whatever a key holds, its line is the one it was written on."""
    text = "".join(f"{json.dumps(key)} = [\n  'x', # {index}\n]\n" for index, key in enumerate(keys))
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # JSON escapes that TOML does not know (lone surrogates)
    assert {path[0]: line for path, line in locate(text).items()} == {key: 3 * i + 1 for i, key in enumerate(keys)}
