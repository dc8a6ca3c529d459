"""Small suites of the tests' own: their references have facts of every kind the simulator damages."""

from __future__ import annotations

import pytest

from evals.records import Prompt, Suite

CHINESE = (
    (
        "请解释成语“守株待兔”的意思，并说明它的出处和用法。",
        (
            "“守株待兔”字面意思是守着树桩等待兔子撞上来，比喻不主动努力，却希望得到意外的收获。这个成语出自"
            "《韩非子·五蠹》，讲的是宋国一个农夫偶然捡到一只撞死在树桩上的兔子，从此放下农具，天天守在树桩"
            "旁，结果田地荒芜。现在多用来批评死守经验、不知变通或心存侥幸的人。它含贬义，常作谓语、宾语。"
        ),
        "",
    ),
    (
        "某仓库3月购入钢材120吨，单价每吨4,350元，运费合计6,800元，请计算总成本并写成大写金额。",
        (
            "先算货款：120吨×4,350元＝522,000元。再加上运费6,800元，总成本为528,800元。写成大写金额是：人民"
            "币伍拾贰万捌仟捌佰元整。填写票据时，“人民币”与金额之间不得留空，到“元”为止的要写“整”字。"
        ),
        "528,800元",
    ),
    (
        "请给客户写一封延期交货的道歉信。",
        (
            "尊敬的王经理：\n\n您好！贵公司于6月3日订购的200台温控器，原定6月20日交付。因上游芯片到货推迟，我"
            "们预计6月28日才能完成全部交付，比约定晚8天。对此造成的不便，我们深表歉意。\n\n为减少影响，我们采"
            "取以下措施：\n1. 先于6月21日发出80台现货，运费由我方承担。\n2. 余下120台到货后优先安排检测，24小"
            "时内发运。\n3. 按合同约定支付延期违约金，并在下一单中给予3%的折扣。\n\n此致\n敬礼\n\n恒远电子有限公"
            "司\n2024年6月12日"
        ),
        "",
    ),
    (
        "介绍一下端午节的主要习俗。",
        (
            "端午节在农历五月初五，主要习俗有以下几项：\n- 吃粽子：北方多为甜粽，南方常见肉粽和咸蛋黄粽。\n- "
            "赛龙舟：起源于古代的龙图腾祭祀，后来与纪念屈原联系在一起。\n- 挂艾草与菖蒲：悬于门上，用来驱虫"
            "辟邪。\n- 佩香囊：里面装有朱砂、雄黄和香药，多给儿童佩戴。\n- 饮雄黄酒：古人认为可以解毒，但雄黄"
            "含砷，今天已不提倡饮用。"
        ),
        "",
    ),
)
ENGLISH = (
    (
        "Summarise the incident report in five sentences.",
        (
            "The outage began at 09:14 on Tuesday when a certificate on the payment gateway expired. Customers "
            "saw failed checkouts for 47 minutes, and about 1,320 orders were affected. The on-call engineer "
            "was paged after 6 minutes, but the runbook pointed to the wrong host. A new certificate was installed"
            " at 10:01 and traffic recovered within two minutes. The team will add an expiry alert 30 days "
            "in advance and review the runbook every month."
        ),
        "",
    ),
    (
        "Reply to the landlord about the broken heating.",
        (
            "Dear Ms Hall,\n\nThe heating in flat 12B has been out since Monday evening. The boiler shows error "
            "code E119, and the pressure gauge reads 0.4 bar. I have already reset it twice, as the manual "
            "suggests, without success. Under clause 7 of the lease, repairs to the heating must start within "
            "48 hours. Please let me know by noon tomorrow when the engineer will come.\n\nKind regards,\nTom "
            "Reed"
        ),
        "",
    ),
)
CODE = (
    (
        "写一个 Python 函数，返回列表中第二大的不同元素，没有则返回 None。",
        (
            "```python\ndef second_largest(values):\n    best = None\n    second = None\n    for value in values:\n"
            "        if best is None or value > best:\n            second = best\n            best = value\n "
            "       elif value != best and (second is None or value > second):\n            second = value\n"
            "    return second\n```\n函数只扫描一遍列表，时间复杂度为 O(n)，空间复杂度为 O(1)。重复的最大值不"
            "会被算作第二大。"
        ),
        "",
    ),
)
REASONING = (
    (
        (
            "A shop sells pens at 3 for 4 dollars and notebooks at 2.5 dollars each. Ann buys 12 pens and "
            "6 notebooks with a 10% discount. How much does she pay?"
        ),
        (
            "Twelve pens are 12 / 3 = 4 groups, so they cost 4 * 4 = 16 dollars. Six notebooks cost 6 * 2.5 "
            "= 15 dollars. Together that is 16 + 15 = 31 dollars. A discount of 10% takes off 3.1 dollars. "
            "She pays 31 - 3.1 = 27.9 dollars.\n\nAnswer: 27.9"
        ),
        "27.9",
    ),
    (
        "甲、乙两地相距360千米，一车去时每小时60千米，回时每小时90千米，求往返平均速度。",
        (
            "去时用时360÷60＝6小时。回来用时360÷90＝4小时。往返总路程为720千米，总时间为10小时。平均速度是"
            "720÷10＝72千米每小时。注意不能直接取60和90的平均数75。答案：72"
        ),
        "72",
    ),
)


def make_suite(name: str, items: tuple[tuple[str, str, str], ...]) -> Suite:
    """A suite of (question, reference, answer)."""
    prompts = tuple(
        Prompt(
            suite=name,
            id=f"{name}-{index}",
            messages=({"role": "user", "content": question},),
            reference=reference,
            answer=answer,
            difficulty=3,
        )
        for index, (question, reference, answer) in enumerate(items)
    )
    return Suite(name=name, prompts=prompts, hash=name)


@pytest.fixture(scope="session")
def suites() -> tuple[Suite, ...]:
    return (
        make_suite("chinese", CHINESE),
        make_suite("english", ENGLISH),
        make_suite("code", CODE),
        make_suite("reasoning", REASONING),
    )


@pytest.fixture(scope="session")
def chinese(suites: tuple[Suite, ...]) -> Suite:
    return suites[0]
