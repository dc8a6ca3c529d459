"""Words without facts: how an answer opens, closes and pads itself. None of them says anything about quality."""

from __future__ import annotations

ZH_OPENERS = (
    "好的，下面是我的回答。",
    "下面给出我的答复。",
    "我的回答如下：",
    "可以这样回答：",
    "针对这个问题，答复如下。",
    "先说结论，再作说明。",
    "以下内容供您参考。",
    "按照您的要求，整理如下。",
)
ZH_CONNECTIVES = ("另外，", "此外，", "同时，", "再者，", "具体来说，", "需要注意的是，")
ZH_PADS = (
    "以上是对“{topic}”的回答。",
    "在处理“{topic}”时，还可以结合自己的实际情况再作调整。",
    "总的来说，把握住题目的要求，就不难理解上面的内容。",
    "这样安排，既照顾了完整性，也便于阅读。",
    "如果有不清楚的地方，我可以再展开说明。",
    "上面的表述尽量做到了简明扼要、条理清楚。",
    "其中的细节可以根据使用场合再斟酌。",
    "理解这一点，对把握整个问题很有帮助。",
    "希望这些内容对您有所帮助。",
    "类似的问题也可以按照同样的思路来处理。",
    "当然，不同的人可能会有不同的侧重。",
    "整体来看，关键在于读懂题意，抓住重点。",
    "以上内容前后呼应，可以对照着看。",
    "实际使用的时候，语气可以再灵活一些。",
    "如有特殊要求，可以在此基础上修改。",
    "这也是这类题目常见的考查方式。",
    "从“{topic}”出发，上述几点是互相联系的。",
    "表达上力求自然，避免生硬。",
    "读的时候，建议结合上下文来体会。",
    "归纳起来，思路清晰最为重要。",
    "这里不再一一展开，以免重复。",
    "上面的处理方式比较稳妥，也容易落实。",
    "如需更正式或更口语的版本，可以告诉我。",
    "把这些内容放在一起看，脉络会更加清楚。",
    "回答的过程中，我尽量贴近题目给出的条件。",
    "您也可以根据自己的习惯调整先后顺序。",
    "这样处理，读者能够较快抓住要领。",
    "若时间允许，可以再核对一遍原文。",
    "以上仅就题目本身而言，不作过多引申。",
    "语言风格上，可以视对象作适当变化。",
)
ZH_TOPICLESS = "题目所问"
ZH_THOUGHTS = (
    "先看清楚题目在问什么，再决定怎样组织回答。",
    "用户关心的是“{topic}”，要注意题目里的限制条件。",
    "先列出要点，再检查有没有遗漏。",
    "语气和格式也要符合要求。",
    "想好以后，把结论写得清楚一些。",
)

EN_OPENERS = (
    "Here is my answer.",
    "Sure, here it is.",
    "Here is how I would put it.",
    "Let me answer this directly.",
    "Below is my response to the request.",
    "In short, with the details that matter:",
    "This is what I would suggest.",
    "Here is a version you can use.",
)
EN_CONNECTIVES = ("Also, ", "In addition, ", "Note that ", "Specifically, ", "Besides, ")
EN_PADS = (
    'That covers what was asked about "{topic}".',
    "Feel free to adapt the wording to your own situation.",
    "Taken together, these points should give a clear picture.",
    "I kept the structure simple so that it is easy to follow.",
    "Let me know if you would like me to expand on any part of it.",
    "The same approach works for similar requests.",
    "Of course, different readers may put the emphasis elsewhere.",
    "The main thing is to keep the request itself in view.",
    "I have tried to be concise while still being complete.",
    "You can adjust the order of the points to suit your needs.",
    "This should be enough to get started.",
    "Where in doubt, it helps to go back to the original wording.",
    "Each part of the answer connects to the others.",
    "I hope this is useful for what you have in mind.",
    "A shorter version is possible if space is limited.",
    "The tone can be made more or less formal as required.",
    'As far as "{topic}" is concerned, context matters as well.',
    "Reading it once more from start to finish is worthwhile.",
    "It is also a good idea to share this with the people involved.",
    "Everything here follows from the information provided.",
    "There are other ways to say it, but this one is straightforward.",
    "I have left out side issues in order not to distract.",
    "In practice the details will depend on the circumstances.",
    "This keeps the answer practical and to the point.",
    "If anything is unclear, I am happy to clarify it.",
    "Overall, the reasoning is fairly direct.",
    "The points above can be read in one go.",
    "I have followed the request as closely as possible.",
    "Please check that it matches the style you normally use.",
    "That is the gist of it, with the relevant details included.",
)
EN_TOPICLESS = "the request"
EN_THOUGHTS = (
    "Let me look at what is being asked first.",
    'The request is about "{topic}", and the constraints matter.',
    "I should list the main points and check that none is missing.",
    "The format should fit what the user wants.",
    "Now I can write the answer out clearly.",
)

# Pairs of words that mean the same: an answer may use either, and a reader takes them for one.
SYNONYMS = (
    ("例如", "比如"),
    ("应当", "应该"),
    ("大约", "大概"),
    ("立即", "立刻"),
    ("目前", "当前"),
    ("此外", "另外"),
    ("并且", "而且"),
    ("因此", "所以"),
    ("for example", "for instance"),
    ("approximately", "roughly"),
    ("immediately", "at once"),
    ("therefore", "thus"),
    ("in addition", "additionally"),
)
