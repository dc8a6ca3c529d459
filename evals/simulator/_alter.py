"""How a fact goes wrong: other number, other unit, opposite word, neighbouring name, negation, broken code.

Each function takes the words of one fact and gives wordings of it that are false but read as well as the true one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from evals.simulator._seeds import shuffled, uniforms

MOST = 3
"""Wrong wordings kept of one fact: enough for variety, few enough to prepare in a moment."""

_ZH_PAIRS = (
    "增加|减少 提高|降低 上升|下降 增长|下滑 大于|小于 高于|低于 多于|少于 超过|不足 之前|之后 以前|以后 "
    "以上|以下 以内|以外 最大|最小 最高|最低 最多|最少 最早|最晚 必须|不必 允许|禁止 同意|反对 接受|拒绝 "
    "成功|失败 积极|消极 主动|被动 上午|下午 早上|晚上 今天|明天 昨天|前天 本周|下周 本月|上月 今年|去年 "
    "周一|周三 周二|周四 周五|周六 星期一|星期四 春天|秋天 夏天|冬天 春季|秋季 夏季|冬季 东|西 南|北 左|右 "
    "内部|外部 公开|保密 直接|间接 整体|局部 主要|次要 全部|部分 所有的|部分的 一律|一般 首先|最后 开始|结束 "
    "提前|推迟 加快|放慢 扩大|缩小 简单|复杂 容易|困难 快|慢 新|旧 甲方|乙方 买方|卖方 收入|支出 盈利|亏损 "
    "借|贷 正确|错误 真|假 有利|不利 优点|缺点 原因|结果 喜悦|悲伤 赞美|讽刺 谦虚|骄傲 褒义|贬义 父亲|兄长 "
    "母亲|姐姐 老师|同学 白天|夜里 古代|现代 阴历|阳历 农历|公历 主语|宾语 动词|名词 比喻|拟人 明喻|暗喻 "
    "平声|仄声 进一步|暂缓 尽快|择期 免费|收费 线上|线下 书面|口头 客户|供应商 总部|分公司 热|冷 干燥|潮湿 "
    "加|减 乘|除 奇数|偶数 整除|不整除 相等|不等"
)
_ZH_UNITS = (
    "万元|亿元 元|万元 亿|万 万|亿 公里|米 千米|米 厘米|毫米 公斤|斤 千克|克 吨|公斤 小时|分钟 分钟|小时 "
    "个月|年 天|周 日|月 岁|个月 平方米|亩 升|毫升"
)
_ZH_NEGATIONS = (
    ("应当", "不应"),
    ("应该", "不应该"),
    ("可以", "不可以"),
    ("能够", "不能"),
    ("需要", "不需要"),
    ("不是", "正是"),
    ("不能", "能"),
    ("不会", "会"),
    ("不要", "要"),
    ("并非", "正是"),
    ("尚未", "已经"),
    ("已经", "尚未"),
    ("会", "不会"),
    ("能", "不能"),
    ("是", "不是"),
    ("有", "没有"),
    ("应", "不应"),
    ("须", "无须"),
    ("要", "不要"),
)
# A modal inside a longer word (社会, 主要, 只是) is not one: these neighbours forbid the change.
_ZH_BEFORE = "不没无只还就但可于要若总凡正很便主社机委次需重简必开大工协例年商才功性智所全反供适相都也既硬倒像算"
_ZH_AFTER = "不没无未议员计否则求点素件限效关机利没的些用力够源时变"
_ZH_TYPOS = (
    "再|在 在|再 做|作 作|做 像|象 须|需 需|须 即|既 既|即 以|已 已|以 哪|那 坐|座 副|幅 爆|暴 份|分 辨|辩 "
    "练|炼 历|厉 那|哪 蓝|篮 密|蜜 辛|幸 候|侯 代|带 定|订 制|致 致|至 其|期 竟|竞 象|像 长|常 躁|燥 园|圆 "
    "粱|梁 赢|嬴"
)
_ZH_NUMERALS = "一二三四五六七八九"
_ZH_NUMBER = re.compile(
    r"[二三四五六七八九十](?=[年月日天个次元人种类章条倍成里岁名件位项层步点字句行周度寸尺丈斤两只匹])"
)
_ZH_CAPITAL = "壹贰叁肆伍陆柒捌玖"

_EN_PAIRS = (
    "increase|decrease increases|decreases increased|decreased rise|fall rises|falls higher|lower high|low "
    "more|less larger|smaller greater|smaller before|after earlier|later early|late always|sometimes "
    "never|usually must|may all|some every|some each|one first|last both|neither with|without "
    "morning|afternoon evening|morning today|tomorrow Monday|Wednesday Tuesday|Thursday Friday|Monday "
    "January|March April|June July|June September|November left|right top|bottom above|below inside|outside "
    "start|end begins|ends open|closed allow|forbid allowed|forbidden accept|reject accepted|rejected "
    "approve|decline approved|declined add|remove added|removed true|false correct|wrong faster|slower "
    "fast|slow cheaper|dearer easy|hard simple|complex maximum|minimum most|least best|worst buyer|seller "
    "customer|supplier internal|external public|private direct|indirect north|south east|west summer|winter "
    "profit|loss income|cost gain|loss same|different even|odd positive|negative free|paid short|long new|old "
    "success|failure read|write reads|writes input|output server|client parent|child ascending|descending "
    "sooner|later weekly|monthly daily|weekly"
)
_EN_UNITS = (
    "hours|days minutes|hours seconds|minutes days|weeks weeks|months months|years hour|day minute|hour "
    "day|week week|month month|year miles|km kilometres|metres km|m kg|g grams|kilograms million|billion "
    "thousand|million dollars|euros percent|per_mille am|pm a.m.|p.m. cm|mm litres|millilitres MB|GB GB|TB "
    "ms|s"
)
_EN_NEGATIONS = (
    (
        re.compile(r"\b(is|are|was|were|can|could|should|will|would|must|may|does|do|did|has|have|had)\b(?! not)"),
        r"\1 not",
    ),
    (re.compile(r"\b(is|are|was|were|can|could|should|will|would|must|may|does|do|did) not\b"), r"\1"),
    (re.compile(r"\b(?:cannot|can't)\b"), "can"),
    (re.compile(r"\b(?:do|does|did)n't\b"), "always"),
    (re.compile(r"\bno (?=[a-z])"), "some "),
)
_EN_NUMBER_WORDS = (
    "one|two two|three three|four four|six five|four six|five seven|nine eight|seven nine|ten ten|twelve twice|once"
)

_CODE_SWAPS = tuple(
    (re.compile(pattern), new)
    for pattern, new in (
        (r"<=", "<"),
        (r">=", ">"),
        (r"(?<![<>=\-])<(?![<=])", "<="),
        (r"(?<![<>=\-])>(?![>=])", ">="),
        (r"==", "!="),
        (r"!=", "=="),
        (r"\brange\(1, ", "range("),
        (r"\brange\((\w+)\)", r"range(\1 - 1)"),
        (r"\+ 1\b", ""),
        (r"- 1\b", ""),
        (r" \+ ", " - "),
        (r" - ", " + "),
        (r"\+= ", "-= "),
        (r"-= ", "+= "),
        (r" \* ", " + "),
        (r" // ", " / "),
        (r" % ", " // "),
        (r"\band\b", "or"),
        (r"\bor\b", "and"),
        (r"\bnot in\b", "in"),
        (r"\bif not\b", "if"),
        (r"\bTrue\b", "False"),
        (r"\bFalse\b", "True"),
        (r"\bmin\(", "max("),
        (r"\bmax\(", "min("),
        (r"\bappend\b", "extend"),
        (r"\[0\]", "[1]"),
        (r"\[-1\]", "[0]"),
        (r"\b0\b", "1"),
        (r"\b1\b", "0"),
        (r"\b2\b", "3"),
        (r"\bASC\b", "DESC"),
        (r"\bDESC\b", "ASC"),
        (r"\bLEFT JOIN\b", "JOIN"),
        (r"\bSUM\(", "COUNT("),
        (r"\bCOUNT\(", "SUM("),
        (r"\bAND\b", "OR"),
        (r"\bHAVING\b", "WHERE"),
        (r"\bis not None\b", "is None"),
        (r"\bis None\b", "is not None"),
        (r"\bsorted\(([^()]+)\)", r"list(\1)"),
        (r"\bset\(\)", "[]"),
        (r"\bbreak\b", "continue"),
        (r"\bcontinue\b", "break"),
        (r"\breturn (\w+)$", r"return not \1"),
    )
)


def _pairs(table: str) -> tuple[tuple[str, str], ...]:
    """`a|b c|d` as pairs; `_` stands for a blank."""
    halves = (entry.replace("_", " ").partition("|") for entry in table.split())
    return tuple((old, new) for old, _, new in halves)


def _swaps(table: str) -> tuple[tuple[str, str], ...]:
    """The pairs of a table in both directions."""
    pairs = _pairs(table)
    return pairs + tuple((new, old) for old, new in pairs)


_ZH_SWAPS = _swaps(_ZH_PAIRS)
_ZH_UNIT_PAIRS = _pairs(_ZH_UNITS)
_ZH_TYPO_PAIRS = _pairs(_ZH_TYPOS)
_EN_SWAPS = dict(_swaps(_EN_PAIRS)) | dict(_pairs(_EN_NUMBER_WORDS))
_EN_SWAPS |= dict(_pairs(_EN_UNITS))
_EN_WORD = re.compile(r"[ap]\.m\.|(?<![\w.])(?:[A-Z]?[a-z]+|[MG]B|[A-Z])(?![\w(=])")
_NUMBER = re.compile(r"(?<![A-Za-z_\d])\d+(?:,\d{3})*(?:\.\d+)?(?![\dA-Za-z])")
_QUOTED = re.compile(r"《[^《》]{1,14}》|“[^“”]{2,14}”|「[^「」]{1,14}」|\"[^\"\n]{3,30}\"")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b")
_OPTION = re.compile(r"((?:选|选项|答案[是为：:]*|[Oo]ption|[Aa]nswer(?: is|:)?)\s*)([A-D])\b")


def names_in(text: str) -> tuple[str, ...]:
    """The quoted terms and proper names of a text: what a confused answer may exchange."""
    quoted = [match.group() for match in _QUOTED.finditer(text)]
    return tuple(dict.fromkeys(quoted + _NAME.findall(text)))


def wrong_wordings(fact: str, *, code: bool, chinese: bool, names: Sequence[str], answer: str) -> list[str]:
    """At most `MOST` false wordings of one fact, the same ones each time; may be empty."""
    found: dict[str, None] = {}
    if code:
        makers = [_code(fact)]
    else:
        makers = [_numbers(fact, answer), _options(fact), _names(fact, names)]
        makers += [_chinese(fact)] if chinese else [_english(fact)]
    for maker in makers:
        for wording in maker:
            if wording != fact:
                found[wording] = None
            if len(found) >= 2 * MOST:
                break
    if not found and not code:
        found = dict.fromkeys(_chinese_negation(fact) if chinese else _english_negation(fact))
    if not found and chinese and not code:
        found = dict.fromkeys(_typos(fact))
    return shuffled(list(found), "wordings", fact)[:MOST]


def _replace_at(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _numbers(fact: str, answer: str) -> Iterator[str]:
    """Another number; where the final answer stands in the fact, that one first and only."""
    spots = list(_NUMBER.finditer(fact))
    at = fact.rfind(answer) if answer else -1
    if at >= 0:
        inside = [match for match in spots if match.start() >= at and match.end() <= at + len(answer)]
        spots = inside or spots
    for match in spots[:3]:
        yield _replace_at(fact, match.start(), match.end(), _other_number(match.group(), fact))
    for index, character in enumerate(fact):
        if character in _ZH_CAPITAL:
            other = _ZH_CAPITAL[(_ZH_CAPITAL.index(character) + 3) % len(_ZH_CAPITAL)]
            yield _replace_at(fact, index, index + 1, other)
            break
    numeral = _ZH_NUMBER.search(fact)
    if numeral:
        known = _ZH_NUMERALS.find(numeral.group())
        yield _replace_at(fact, numeral.start(), numeral.end(), _ZH_NUMERALS[(known + 2) % 9] if known >= 0 else "六")


def _other_number(number: str, fact: str) -> str:
    draw, second = uniforms(2, "number", number, fact)
    plain = number.replace(",", "")
    if plain[0] == "0" and len(plain) > 1 and "." not in plain:
        return plain[:-1] + str((int(plain[-1]) + 1 + int(draw * 8)) % 10)
    if "." in plain:
        whole, _, decimals = plain.partition(".")
        digit = str((int(decimals[0]) + 1 + int(draw * 8)) % 10)
        return f"{whole}.{digit}{decimals[1:]}"
    value = int(plain[:15])
    if value < 20:
        other = value + 1 + int(2 * second) if draw < 0.6 or value < 2 else value - 1
    elif 1000 <= value <= 2100 and "," not in number:
        other = value + (1 + int(9 * second)) * (1 if draw < 0.5 else -1)
    elif draw < 0.2 and value < 100_000:
        other = value * 10
    else:
        step = max(1, round(value * (0.05 + 0.25 * second)))
        other = value + step if draw < 0.6 else value - step
    return f"{other:,}" if "," in number else str(other)


def _options(fact: str) -> Iterator[str]:
    match = _OPTION.search(fact)
    if match:
        other = "ABCD"[("ABCD".index(match.group(2)) + 1 + len(fact) % 3) % 4]
        yield _replace_at(fact, match.start(2), match.end(2), other)


def _names(fact: str, names: Sequence[str]) -> Iterator[str]:
    """A neighbour's name in place of the right one."""
    for name in names:
        if name in fact:
            others = [other for other in names if other not in fact and (name[0] == other[0] or name[0].isalpha())]
            others = [other for other in others if other[0] == name[0] or other[0].isalpha()]
            if others:
                yield fact.replace(name, others[len(fact) % len(others)], 1)
                return


def _chinese(fact: str) -> Iterator[str]:
    for old, new in _ZH_SWAPS:
        at = fact.find(old)
        if at >= 0 and (len(old) > 1 or _stands_alone(fact, at)):
            yield _replace_at(fact, at, at + len(old), new)
    for old, new in _ZH_UNIT_PAIRS:
        match = re.search(rf"(?<=\d){old}", fact)
        if match:
            yield _replace_at(fact, match.start(), match.end(), new)
            break


def _chinese_negation(fact: str) -> Iterator[str]:
    """The opposite claim: the last resort, for it reads less well than a wrong detail."""
    for old, new in _ZH_NEGATIONS:
        at = fact.find(old)
        if at < 0:
            continue
        before, after = fact[at - 1 : at], fact[at + len(old) : at + len(old) + 1]
        in_compound = not after or after in _ZH_AFTER or (before and before in _ZH_BEFORE)
        if len(old) > 1 or not in_compound:
            yield _replace_at(fact, at, at + len(old), new)
            break


def _stands_alone(fact: str, at: int) -> bool:
    """Single characters are opposites only where they are words: roughly, before a particle, not in a compound."""
    return 0 < at < len(fact) - 1 and fact[at + 1] in "的了得着侧边面方于" and fact[at - 1] not in "全新最重更大小"


def _typos(fact: str) -> Iterator[str]:
    for old, new in _ZH_TYPO_PAIRS:
        at = fact.find(old)
        if at > 0:
            yield _replace_at(fact, at, at + 1, new)


def _english(fact: str) -> Iterator[str]:
    for match in _EN_WORD.finditer(fact):
        word = match.group()
        new = _EN_SWAPS.get(word) or _EN_SWAPS.get(word.lower())
        if new and fact.count("`", 0, match.start()) % 2 == 0:
            new = new[:1].upper() + new[1:] if word[:1].isupper() else new
            yield _replace_at(fact, match.start(), match.end(), new)


def _english_negation(fact: str) -> Iterator[str]:
    for pattern, new in _EN_NEGATIONS:
        changed = pattern.sub(new, fact, count=1)
        if changed != fact:
            yield changed
            return


def _code(line: str) -> Iterator[str]:
    """One wrong operator, bound, constant or order; the words of strings and comments are left alone."""
    body = line.split("  #", 1)[0]
    for pattern, new in _CODE_SWAPS:
        match = pattern.search(body)
        if match and body.count('"', 0, match.start()) % 2 == 0 and body.count("'", 0, match.start()) % 2 == 0:
            yield (body[: match.start()] + match.expand(new) + body[match.end() :]).rstrip() + line[len(body) :]
