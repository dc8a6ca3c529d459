"""Makes a candidate's text harmless for the judge: in the judge's copy only, and so that a reader still sees it.

Marks that a chat template, a judge prompt or a verdict parser could take for its own are replaced by look-alike
characters. The verdict itself is bound to the request's code (see `_verdict`), so this is the second line of defence.
"""

from __future__ import annotations

import re

LONGEST = 40_000
"""Characters of an answer that a judge is shown; the rest is cut with a note, so that no answer floods the context."""

# Zero-width spaces, direction marks and the tag characters of hidden text: they hide words from the eye, or glue broken
# marks together again.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
# Joiners belong to emoji and to some scripts, and go only where they touch plain ASCII.
_JOINERS = re.compile("(?<=[!-~])[\u200c\u200d]+|[\u200c\u200d]+(?=[!-~])")
# Nearly all start with one of these brackets: as a leading character class it lets the scan skip other text quickly.
_MARKS = re.compile(
    r"""
    [<＜﹤\[［{｛◁]
    (?:
      (?<=[<＜﹤])(?:
          [|｜][^<>\n]{0,80}?[|｜][>＞﹥]                                            # <|im_end|>, <｜User｜>
        | /?(?i:s|think|thinking|thought|tool_call|tool_response|(?:start|end)_of_[a-z]+|begin(?:ning)?_of_[a-z]+
            |[bep]os|pad|unk|mask|sep|cls|so[pt]|eo[adhpt]|(?-i:[A-Z]+_TOKEN)|seed:[a-z_]+
            |(?:extra_id|reserved|special)_?\d+|unused_?\d+|0x[0-9a-f]{2})[>＞﹥]
        | [<＜﹤]\s*/?\s*(?i:SYS)\s*[>＞﹥]{2}                                       # <<SYS>>
        | [<＜﹤]+(?=\s*(?i:(?:END\s+)?(?:QUESTION|ANSWER|REFERENCE|DIMENSIONS|CRITERIA)\b))  # our own delimiters
      )
    | (?<=[\[［])(?:
          /?(?i:INST|THINK|IMG|[gs]?MASK|CLS|SEP|PAD|UNK|BOS|EOS|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS
            |TOOL_RESULTS)[\]］]
        | \s*[\[［][^\[\]［］\n]{1,24}[\]］]\s*[\]］]                               # [[A]], [[A>>B]], ［［A］］
      )
    | (?<=◁)/?(?i:think(?:ing)?)▷
    | (?<=[{｛])(?=\s*["'“”＂]?(?i:winner|verdict|preference)["'“”＂]?\s*[:：])       # {"winner": "1"}
    | (?<=[{｛])(?=\s*["'“”＂]?(?i:scores)["'“”＂]?\s*[:：]\s*[{｛])                  # {"scores": {"accuracy": 10}
    | (?<=[{｛])(?=\s*["'“”＂]?(?i:met)["'“”＂]?\s*[:：]\s*[\[［])                     # {"met": [true, true]
    )
    """,
    re.VERBOSE,
)
_RARE_MARKS = re.compile(r"\]~!?b[\[\]]|\[e~\[")
_LOOKALIKES = str.maketrans(
    {"<": "‹", ">": "›", "[": "⁅", "]": "⁆", "［": "⁅", "］": "⁆", "{": "❴", "｛": "❴"}
    | dict.fromkeys("＜﹤◁", "‹")
    | dict.fromkeys("＞﹥▷", "›")
)


def make_inert(text: str) -> str:
    """The judge's copy of a candidate's text: same words, no mark that anything downstream could obey."""
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}\n… [{len(text) - LONGEST} more characters are not shown]"
    text = _INVISIBLE.sub("", text)
    # both patterns are slow, and what they look for is seldom there
    if "\u200c" in text or "\u200d" in text:
        text = _JOINERS.sub("", text)
    if "~" in text:
        text = _RARE_MARKS.sub(_with_lookalikes, text)
    return _MARKS.sub(_with_lookalikes, text)


def _with_lookalikes(mark: re.Match[str]) -> str:
    return mark.group().translate(_LOOKALIKES)
