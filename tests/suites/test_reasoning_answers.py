"""The written problems of the reasoning suite: right answers in other words pass their checks, wrong ones fail."""

from __future__ import annotations

import json
import re

import pytest

from evals.checks import check_answer
from evals.library import load_suite
from evals.records import Prompt
from tests.making import ROOT

Table = dict[str, tuple[tuple[str, ...], tuple[str, ...]]]

CHINESE: Table = {
    "word-0001": (
        ("最终答案：44度", "**最终答案：** 至少挪 44 度"),
        ("最终答案：43 度", "最终答案：144 度"),
    ),
    "word-0002": (
        (
            "**最终答案**：\n- 相遇时刻：11时44分\n- 先到的是货车 A\n- 早到 30分40秒",
            "最终答案：上午 11：44 相遇；B 车比 A 车晚 30 分钟 40 秒到达。",
            "### 最终答案\n11 点 44 分相遇。**A 车**先到达终点，早 1840 秒。",
        ),
        (
            "最终答案：11:44 相遇；货车 B 先到，比货车 A 早 30 分 40 秒。",
            "最终答案：11:45 相遇；货车 A 先到，早到 30 分 40 秒。",
            "最终答案：11:44 相遇；货车 A 先到，早到 20 分 40 秒。",
        ),
    ),
    "word-0003": (
        (
            "最终答案：瓶数 324，整箱数 444。",
            "最终答案：\n| 项目 | 数 |\n| 缓冲台上的瓶数 | **324** |\n| 整箱 | 444 |",
            "最终答案：缓冲台上 324瓶；装满了444个整箱",
        ),
        ("最终答案：缓冲台上有 324 瓶，装满 445 箱。", "最终答案：缓冲台上有 444 瓶，装满 324 箱。"),
    ),
    "word-0004": (
        (
            "最终答案：\n（1）直接退掉卫衣：退回 130 元\n（2）最低原价 112 元；换货退回 129.20 元",
            "**最终答案：**(1) 130元；(2) 112元，129.2元",
        ),
        (
            "最终答案：\n（1）退回 129.2 元。\n（2）原价至少 112 元，退回 130 元。",
            "最终答案：（1）退回 130 元；（2）原价至少 111 元，退回 130.1 元。",
        ),
    ),
    "grid-0001": (
        (
            (
                "**最终答案：**\n\n| 星期 | 老师 | 学科 |\n|---|---|---|\n| 周一 | 郑老师 | 英语 |\n| 周二 | 周老师 | "
                "物理 |\n| 周三 | 吴老师 | 历史 |\n| 周四 | 王老师 | 数学 |\n| 周五 | 冯老师 | 语文 |"
            ),
            (
                "最终答案：星期一，郑老师上英语课；星期二，周老师上物理课；星期三，吴老师上历史课；星期四，"
                "王老师上数学课；星期五，冯老师上语文课。"
            ),
        ),
        (
            "最终答案：\n周一：郑，语文\n周二：周，物理\n周三：吴，历史\n周四：王，数学\n周五：冯，英语",
            "最终答案：\n周一：周，英语\n周二：郑，物理\n周三：吴，历史\n周四：王，数学\n周五：冯，语文",
        ),
    ),
    "grid-0002": (
        (
            "最终答案：\n1. 魏——贵州——盆栽\n2. 沈——四川——绣品\n3. 杨——云南——豆腐\n4. 韩——河南——陶器\n5. 蒋——江苏——蜂蜜",
            (
                "最终答案：一号摊位：魏（贵州人），卖盆栽；二号摊位：沈（四川人），卖绣品；三号摊位：杨（云南人），"
                "卖豆腐；四号摊位：韩（河南人），卖陶器；五号摊位：蒋（江苏人），卖蜂蜜。"
            ),
        ),
        (
            (
                "最终答案：\n1 号：魏，江苏，盆栽\n2 号：沈，四川，绣品\n3 号：杨，云南，豆腐\n4 号：韩，河南，陶器\n5 "
                "号：蒋，贵州，蜂蜜"
            ),
            (
                "最终答案：1 号魏、贵州、盆栽，2 号沈、四川、陶器，3 号杨、云南、豆腐，4 号韩、河南、绣品，5 "
                "号蒋、江苏、蜂蜜。"
            ),
        ),
    ),
    "grid-0003": (
        (
            "最终答案：\n1. 老许——药——蓝色\n2. 阿宁——奶粉——红色\n3. 陈姨——书——绿色\n4. 小方——相机——黄色",
            "**最终答案：** 老许（蓝，药）→ 阿宁（红，奶粉）→ 陈姨（绿，书）→ 小方（黄，相机）",
        ),
        (
            "最终答案：\n老许：药，蓝\n小方：奶粉，红\n陈姨：书，绿\n阿宁：相机，黄",
            "最终答案：\n老许：药，蓝\n阿宁：奶粉，绿\n陈姨：书，红\n小方：相机，黄",
        ),
    ),
    "calendar-0001": (
        (
            "最终答案：期限最后一天为10月23日，违约金合计1,523元。",
            "最终答案：\n- 最后一天：**2025-10-23**\n- 违约金：**1523.00 元**",
        ),
        ("最终答案：10 月 22 日；1523 元。", "最终答案：10 月 23 日；1616 元。"),
    ),
    "calendar-0002": (
        (
            (
                "最终答案：\n（1）7月11日10：20\n（2）4次，分别是7月10日10:00、18:00，7月11日02:00、10:00\n"
                "（3）7月11日16:00—17:00"
            ),
            (
                "**最终答案：**(1) 纽约当地 7 月 11 日 10:20；(2) 共**四次**：10:00、18:00、次日 2:00、10:00；(3) "
                "16:00 到 17:00 之间"
            ),
        ),
        (
            "最终答案：（1）7 月 11 日 22:20；（2）4 次：10:00、18:00、2:00、10:00；（3）16:00 至 17:00",
            "最终答案：（1）7 月 11 日 10:20；（2）3 次：18:00、2:00、10:00；（3）16:00 至 17:00",
            "最终答案：（1）7 月 11 日 10:20；（2）4 次：10:00、18:00、2:00、10:00；（3）16:00 至 20:00",
        ),
    ),
    "calendar-0003": (
        ("最终答案：定价 67 元/瓶，毛利 104,396.4 元", "最终答案：\n每瓶最低定价：**67 元**\n总毛利：**104396.40元**"),
        ("最终答案：每瓶 66 元，毛利 99945.40 元", "最终答案：每瓶 67 元，毛利 104396.04 元"),
    ),
    "counting-0001": (
        (
            "最终答案：\n（1）$\\frac{3472}{4845}$\n（2）$\\frac{39}{124}$",
            "**最终答案：**(1) 3472／4845 (2) **39/124**",
        ),
        ("最终答案：（1）39/124；（2）3472/4845。", "最终答案：（1）3472/4845；（2）364/1615。"),
    ),
    "counting-0002": (
        ("最终答案：100", "**最终答案：100 种排法**"),
        ("最终答案：150 种", "最终答案：20 种"),
    ),
    "order-0001": (
        (
            "最终答案：外公、姨父、小姨、表哥、二表姐、舅妈、大舅、外婆",
            "最终答案：\n1号：外公\n2号：姨父\n3号：小姨\n4号：表哥\n5号：二表姐\n6号：舅妈\n7号：大舅\n8号：外婆",
        ),
        (
            "最终答案：1 外公，2 姨父，3 大舅，4 表哥，5 二表姐，6 舅妈，7 小姨，8 外婆",
            "最终答案：1 外公，8 姨父，7 小姨，6 表哥，5 二表姐，4 舅妈，3 大舅，2 外婆",
        ),
    ),
    "order-0002": (
        (
            "最终答案：\n1. 白工\n2. 侯工\n3. 陶工\n4. 丁工\n5. 龚工\n负责人：**龚工**",
            "**最终答案：** 白工→侯工→陶工→丁工→龚工，恒温箱的事应由龚工负责。",
            "最终答案：第一个走的是白工，第二个是侯工，第三个是陶工，第四个是丁工，最后是龚工，所以由他负责。",
        ),
        (
            "最终答案：龚工、白工、丁工、陶工、侯工；由侯工负责。",
            "最终答案：白工、侯工、陶工、丁工、龚工。负责的是丁工。",
        ),
    ),
    "state-0001": (
        (
            (
                "最终答案：\nA列（从下到上）：11号箱\nB列（从下到上）：10号、7号\nC列（从下到上）：3号、5号、9号\n"
                "共翻箱八次"
            ),
            "**最终答案：** A：[11]；B：[10, 7]；C：[3, 5, 9]；翻箱次数：8",
        ),
        (
            "最终答案：\nA 列：11\nB 列：10、7、8\nC 列：3、5、9\n翻箱：8 次",
            "最终答案：\nA 列：11\nB 列：7、10\nC 列：3、5、9\n翻箱：8 次",
            "最终答案：\nA 列：11\nB 列：10、7\nC 列：3、5、9\n翻箱：7 次",
        ),
    ),
    "state-0002": (
        (
            (
                "最终答案：\n- 9号：1号诊室，8：36 开始\n- 6号：2号诊室，8：36 开始\n- 3号、6号各过号两次\n- 8：48 "
                "全部看完"
            ),
            (
                "最终答案：\n| 患者 | 开始 | 诊室 |\n| 9 号 | 8:36 | 诊室 1 |\n| 6 号 | 8:36 | 诊室 2 |\n3 "
                "号过号次数：2 次；6 号过号次数：2 次。两个诊室 8 点 48 分全部看完。"
            ),
        ),
        (
            "最终答案：9 号 8:36 在 2 诊室；6 号 8:36 在 1 诊室；3 号 2 次，6 号 2 次；8:48 看完",
            "最终答案：9 号 8:36 在 1 诊室；6 号 8:36 在 2 诊室；3 号 2 次，6 号 1 次；8:48 看完",
            "最终答案：9 号 8:36 在 1 诊室；6 号 8:36 在 2 诊室；3 号、6 号各过号 2 次；8:46 看完",
        ),
    ),
    "rule-0001": (
        (
            "最终答案：2 和 7",
            "最终答案：左边 □＝**2**，右边 □＝**7**",
            "最终答案：第 1 个 □ 是 2，第 2 个 □ 是 7（即 5 8 2 2 0 7 6）",
        ),
        ("最终答案：左边的 □ 是 7，右边的 □ 是 2。", "最终答案：左边的 □ 是 3，右边的 □ 是 6。"),
    ),
    "rule-0002": (
        (
            (
                "最终答案：\n（1）胜出的是南门（第一轮北 12、西 8、南 6、东 5；第二轮东 19、西 16、南 15；第三轮西 "
                "26、南 24）\n（2）胜出的是西门"
            ),
            "**最终答案：** 1）南门 2）西门",
            "最终答案：按原规则南门胜出；取消翻倍补偿后西门胜出。",
        ),
        ("最终答案：\n（1）西门胜出\n（2）西门胜出", "最终答案：\n（1）南门胜出，北 12、西 8\n（2）南门胜出"),
    ),
    "planning-0001": (
        (
            "最终答案：乙 → 丁 → 甲 → 丙 → 己 → 戊，共罚 195 元",
            "最终答案：\n1. 乙\n2. 丁\n3. 甲\n4. 丙\n5. 己\n6. 戊\n罚款总额：**195 元**",
        ),
        ("最终答案：乙、丁、甲、己、戊、丙；225 元。", "最终答案：乙、己、丁、戊、丙、甲；195 元。"),
    ),
    "missing-0001": (
        (
            "只会 Python 的人数算出来是负数，这几个数互相对不上，没法给出人数，请先回去核对。",
            "会 Python 且还会别的工具的有 25 人，多于会 Python 的总数 24 人，数据有问题，不能写进报告。",
        ),
        (
            "套公式得 38＋24＋29－90＋18＝19 人，占 31.7%，总数也对得上。",
            "数据里有一处错误，改正之后恰好只会一样的有 20 人，占三分之一。",
        ),
    ),
}

ENGLISH: Table = {
    "word-0005": (
        (
            "**Final answer:**\n- flour: 25.0 kg\n- water: 16.875 kg\n- starter: 2.7 kg\n- fresh flour in all: 30.4 kg",
            "Final answer: 25 kg, 16.875 kg, 2.70 kg and 30.40 kg.",
        ),
        (
            "Final answer:\nflour 25 kg\nwater 16.875 kg\nstarter 2.5 kg\nfresh flour 30 kg",
            "Final answer:\nflour 16.875 kg\nwater 25 kg\nstarter 2.7 kg\nfresh flour 30.4 kg",
        ),
    ),
    "word-0006": (
        (
            "**Final answer**\n- Leg 1: **120 km/h**\n- Leg 2: **100 km/h**\n- Total: 258.6 min",
            "Final answer: drive the first leg at 120 and the second at 100; 4 hours 18 minutes 36 seconds.",
        ),
        (
            "Final answer: 100 km/h, then 120 km/h; 258.6 minutes.",
            "Final answer: 120 km/h on both legs; 263 minutes.",
            "Final answer: 120 km/h, then 100 km/h; 259 minutes.",
        ),
    ),
    "word-0007": (
        (
            (
                "Final answer:\n| Ava | pays | £216.20 |\n| Ben | receives | £9 |\n| Chloe | pays | £34.50 |\n| Dev | "
                "receives | £328.40 |\n| Elif | pays | £86.70 |"
            ),
            (
                "**Final answer:** Ava owes £216.20, Elif owes £86.70 and Chloe owes £34.50; Dev gets back £328.40 and "
                "Ben gets back £9.00."
            ),
        ),
        (
            (
                "Final answer:\nAva receives £216.20\nBen receives £9.00\nChloe pays £34.50\nDev receives £328.40\n"
                "Elif pays £86.70"
            ),
            (
                "Final answer:\nAva pays £156.20\nBen pays £51.00\nChloe pays £34.50\nDev receives £328.40\nElif pays "
                "£86.70"
            ),
        ),
    ),
    "word-0008": (
        (
            "Final answer: your friend is mistaken. Smallest number: 10 buckets. Sunday number 7.",
            (
                "**Final answer:**\n- Not right: nine buckets only approach 25\n- Minimum: **10 buckets**\n- First "
                "reading below 25: the 7th Sunday"
            ),
        ),
        (
            "Final answer: no, he is wrong; 10 buckets; the sixth Sunday.",
            "Final answer: yes, he is right; nine buckets; the seventh Sunday.",
            "Final answer: no; eleven buckets is the minimum; the seventh Sunday.",
        ),
    ),
    "grid-0004": (
        (
            (
                "**Final answer:**\n| 06:00 | Jansen | Flour | E |\n| 06:30 | Kaur | Timber | D |\n| 07:00 | Lomax | "
                "Dairy | C |\n| 07:30 | Hollis | Ceramics | B |\n| 08:00 | Iqbal | Glass | A |"
            ),
            (
                "Final answer:\n- 6:00: dock E, Jansen with the flour\n- 6:30: dock D, Kaur with the timber\n- 7:00: "
                "dock C, Lomax with the dairy load\n- 7:30: dock B, Hollis with a load of ceramics\n- 8:00: dock A, "
                "Iqbal, glass"
            ),
        ),
        (
            (
                "Final answer:\n06:00 Jansen, flour, E\n06:30 Kaur, timber, C\n07:00 Lomax, dairy, D\n07:30 Hollis, "
                "ceramics, B\n08:00 Iqbal, glass, A"
            ),
            (
                "Final answer:\n06:00 Kaur, flour, E\n06:30 Jansen, timber, D\n07:00 Lomax, dairy, C\n07:30 Hollis, "
                "ceramics, B\n08:00 Iqbal, glass, A"
            ),
        ),
    ),
    "grid-0005": (
        (
            (
                "Final answer:\n- **Ashby**: wiring at £1600, can start in 5 weeks\n- **Corrin**: roof at £2400, in 2 "
                "weeks\n- **Marlow**: boiler at £1200, in 3 weeks\n- **Pell**: windows at £3200, in 8 weeks"
            ),
            (
                "Final answer:\n| Pell | Windows | £3,200 | 8 |\n| Marlow | Boiler | £1,200 | 3 |\n| Corrin | Roof | "
                "£2,400 | 2 |\n| Ashby | Wiring | £1,600 | 5 |"
            ),
        ),
        (
            (
                "Final answer:\nAshby: windows, £1,600, 5 weeks\nCorrin: roof, £2,400, 2 weeks\nMarlow: boiler, "
                "£1,200, 3 weeks\nPell: wiring, £3,200, 8 weeks"
            ),
            (
                "Final answer:\nAshby: wiring, £1,600, 2 weeks\nCorrin: roof, £2,400, 5 weeks\nMarlow: boiler, £1,200, "
                "3 weeks\nPell: windows, £3,200, 8 weeks"
            ),
        ),
    ),
    "grid-0006": (
        (
            (
                "Final answer:\n1. Castell – corrosion\n2. Eklund – enzymes\n3. Duarte – drones\n4. Brandt – fibre\n5. "
                "Adeyemi – batteries"
            ),
            (
                "**Final answer:**\n- Slot 1: Corrosion, Castell\n- Slot 2: Enzymes, Eklund\n- Slot 3: Drones, Duarte\n"
                "- Slot 4: Fibre, Brandt\n- Slot 5: Batteries, Adeyemi"
            ),
        ),
        (
            (
                "Final answer:\n1 Eklund, enzymes\n2 Castell, corrosion\n3 Duarte, drones\n4 Brandt, fibre\n5 Adeyemi, "
                "batteries"
            ),
            (
                "Final answer: 1 Castell, enzymes; 2 Eklund, corrosion; 3 Duarte, drones; 4 Brandt, fibre; 5 Adeyemi, "
                "batteries"
            ),
        ),
    ),
    "calendar-0004": (
        (
            "Final answer: April 29; £295.92",
            "**Final answer:** the 29th of April was the last day, and you paid £295.92 altogether.",
        ),
        ("Final answer: 30 April; £295.92", "Final answer: 29 April; £296.92"),
    ),
    "calendar-0005": (
        ("Final answer: £4268", "**Final answer:** £4,268.00 gross"),
        ("Final answer: £4,236.00", "Final answer: £4,268.50"),
    ),
    "counting-0003": (
        ("Final answer: 768 orders", "**Final answer: 768**"),
        ("Final answer: 1152", "Final answer: 384 orders"),
    ),
    "counting-0004": (
        ("Final answer:\n(a) 32/80 = 2/5\n(b) 8/32 = 1/4", "Final answer: (a) $\\frac{2}{5}$, (b) $\\tfrac{1}{4}$"),
        ("Final answer: (a) 1/4; (b) 2/5", "Final answer: (a) 2/5; (b) 1/10"),
    ),
    "order-0003": (
        (
            "Final answer:\n- Corrupted nodes: N3, N4, N5\n- Leader: N2",
            "**Final answer:** the nodes N4, N5 and N3 are corrupted, and N2 is the leader.",
            "Final answer: the corrupted nodes are\n- N3\n- N4\n- N5\nThe leader is node N2.",
        ),
        (
            "Final answer: N3, N4 and N5 are corrupted; N4 is the leader.",
            "Final answer: N2, N3, N4 and N5 are corrupted; N2 is the leader.",
            "Final answer: N4 and N5 are corrupted; N2 is the leader.",
        ),
    ),
    "order-0004": (
        (
            "Final answer: export → docs → feed → billing → auth → gateway → cache",
            "**Final answer:**\n1. export\n2. docs\n3. feed\n4. billing\n5. auth\n6. gateway\n7. cache",
        ),
        (
            "Final answer: export, docs, billing, feed, auth, gateway, cache",
            "Final answer: cache, export, docs, feed, billing, auth, gateway",
        ),
    ),
    "state-0003": (
        (
            (
                "Final answer:\n- Available: **£8.00**\n- Declined: 3 June (car hire, £580), 6 June (caterer, £520), "
                "11 June (petrol, £15)\n- Refused: the £575 capture on 9 June"
            ),
            (
                "Final answer: £8 left; declined were the car hire (3rd), the first caterer request (6th) and the "
                "petrol station (11th); the 9th's capture was rejected because it was above 110%."
            ),
        ),
        (
            "Final answer: £13 available. Declined: 3rd and 6th. Refused: £575 on the 9th.",
            "Final answer: £8 available. Declined: 3rd, 6th, 8th and 11th. Refused: £575 on the 9th.",
            "Final answer: £8 available. Declined: 3rd, 6th and 11th.",
        ),
    ),
    "state-0004": (
        (
            (
                "Final answer:\n1. Antwerp\n2. Bruges\n3. Mechelen\n4. Leuven\n5. Ghent\n6. Mechelen\n7. Namur\n"
                "Clipboard: Mechelen\nUndos: 4"
            ),
            (
                "**Final answer:** Antwerp → Bruges → Mechelen → Leuven → Ghent → Mechelen → Namur. Mechelen is on the "
                "clipboard; press undo four times."
            ),
        ),
        (
            (
                "Final answer: Antwerp, Bruges, Mechelen, Leuven, Ghent, Mechelen, Namur; the clipboard holds Leuven; "
                "four undos."
            ),
            (
                "Final answer: Antwerp, Bruges, Mechelen, Leuven, Ghent, Mechelen, Namur; the clipboard holds Mechelen;"
                " five undos."
            ),
            (
                "Final answer: Antwerp, Ghent, Mechelen, Leuven, Bruges, Mechelen, Namur; the clipboard holds Mechelen;"
                " four undos."
            ),
        ),
    ),
    "rule-0003": (
        (
            "Final answer:\n- 04/RXCB: reject\n- 11/ERO: accept\n- 08/XBXC: reject\n- Clock tag: **12/RXBR**",
            (
                "**Final answer:** she should take the £1,225 for 11/ERO and turn down the £1,800 and the £4,100; the "
                "clock gets 12 / RXBR."
            ),
        ),
        (
            "Final answer: accept 04/RXCB and 11/ERO; the clock's tag is 12/RXBR.",
            "Final answer: accept only 11/ERO; the clock's tag is 12/BRXR.",
            "Final answer: accept £1,225 for 11/ERO and £4,100 for 08/XBXC; the tag is 12/RXBR.",
        ),
    ),
    "rule-0004": (
        (
            (
                "Final answer:\n- Line: **L L L L S M**\n- Steps: 9\n- Rule 1: 3 times\n- Rule 2: 4 times\n- Rule 3: 2 "
                "times"
            ),
            (
                "Final answer: the line is LLLLSM after nine steps, with three uses of rule 1, four of rule 2 and two "
                "of rule 3."
            ),
        ),
        (
            "Final answer: LLLLMS after 9 steps; rule 1 three times, rule 2 four times, rule 3 twice.",
            "Final answer: LLLLSM after 9 steps; rule 1 four times, rule 2 three times, rule 3 twice.",
            "Final answer: LLLLSM after 10 steps; rule 1 three times, rule 2 four times, rule 3 twice.",
        ),
    ),
    "planning-0002": (
        (
            "Final answer:\n1. Normal day: **9:05** (bus 7)\n2. Without bus 40 and the 9:18 train: **8:20** (bus 22)",
            "Final answer: 09:05 normally; 08:20 on the disrupted day.",
        ),
        (
            "Final answer: 9:00 on a normal day, 8:20 on the other day.",
            "Final answer: 9:05 on a normal day, 8:35 on the other day.",
            "Final answer: 8:20 on a normal day, 9:05 on the other day.",
        ),
    ),
    "planning-0003": (
        (
            (
                "Final answer:\n- Film, bread, first aid, glazing and bike repair\n- Places: 80\n- Cost: £1220 (kiln "
                "included)"
            ),
            (
                "**Final answer:** run bike repair, glazing, first aid, bread, film: **80 places** for **£1,220**. "
                "Coding would cost too much."
            ),
        ),
        (
            "Final answer: bike repair, glazing, coding, bread and film; 81 places; £1,270.",
            "Final answer: bike repair, glazing, first aid, bread and film; 80 places; £1,070.",
            "Final answer: bike repair, glazing, first aid, bread and sewing; 80 places; £1,220.",
        ),
    ),
    "missing-0002": (
        (
            "You can't tell from these figures: nobody has said how many of last year's responses came from North.",
            (
                "There is no single answer. Last year's share of North responses is not given, so the change could be "
                "anything from -1.2 to 6.8."
            ),
        ),
        (
            "Both branches rose by 2 points, so overall satisfaction rose by exactly 2.0 percentage points.",
            "Taking 60% of last year's 430 responses from North, the figure was 76.8%, so the rise is 2.0 points.",
        ),
    ),
}

ANSWERS: Table = {**CHINESE, **ENGLISH}
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
ASKED = sorted(name for name in ANSWERS if not name.startswith("missing"))
POSTSCRIPT = {
    "zh": "\n\n说明：以上各数都按题目给出的规定推得，过程中的每一步都可以倒推验证，与其余条件也不冲突。" * 12,
    "en": "\n\nNote: everything above follows from the rules as stated, and every step can be traced back." * 12,
}


@pytest.fixture(scope="module")
def prompts() -> dict[str, Prompt]:
    return {prompt.id.removeprefix("rs-"): prompt for prompt in load_suite("reasoning").prompts}


def passes(prompt: Prompt, text: str) -> bool:
    return all(result.strict for result in check_answer(prompt, text))


def test_every_written_problem_is_in_the_table() -> None:
    """Forty were written by hand; each has two right answers and two wrong ones or more."""
    path = ROOT / "prompts" / "reasoning" / "prompts.jsonl"
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    written = {record["id"] for record in records if record["source"]["kind"] != "template"}
    assert {f"rs-{name}" for name in ANSWERS} == written
    assert all(len(right) >= 2 and len(wrong) >= 2 for right, wrong in ANSWERS.values())


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_other_words_pass_and_other_results_fail(prompts: dict[str, Prompt], name: str) -> None:
    """The wording of the last section is free, what it says is not."""
    right, wrong = ANSWERS[name]
    assert [text for text in right if not passes(prompts[name], text)] == []
    assert [text for text in wrong if passes(prompts[name], text)] == []


@pytest.mark.parametrize("name", sorted(CHINESE))
def test_full_width_and_bold_marks_are_overlooked(prompts: dict[str, Prompt], name: str) -> None:
    """Full-width digits and emphasis on every number pass loosely."""
    right, _ = ANSWERS[name]
    forms = [form for text in right for form in (text.translate(FULL_WIDTH), re.sub(r"\d+", r"**\g<0>**", text))]
    assert [text for text in forms if not all(r.loose for r in check_answer(prompts[name], text))] == []


@pytest.mark.parametrize("name", ASKED)
def test_the_last_section_decides(prompts: dict[str, Prompt], name: str) -> None:
    """A right solution that ends in a wrong section fails; a slip put right there passes, whatever is said after it."""
    prompt, (right, wrong) = prompts[name], ANSWERS[name]
    after = POSTSCRIPT["zh" if name in CHINESE else "en"]
    assert not any(passes(prompt, f"{prompt.reference}\n\n{text}") for text in wrong)
    assert all(passes(prompt, f"{wrong[0]}\n\n{text}{after}") for text in right)


@pytest.mark.parametrize("name", ASKED)
def test_the_question_asks_for_the_section(prompts: dict[str, Prompt], name: str) -> None:
    """Whoever answers is told how to end, and the reference does."""
    mark = "最终答案：" if name in CHINESE else "Final answer:"
    assert mark in prompts[name].text
    assert f"\n{mark}" in prompts[name].reference
