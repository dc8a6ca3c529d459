"""Chinese settings of the logic grids."""

from __future__ import annotations

import random

from evals.puzzles._grid_scene import Cat, Scene
from evals.puzzles._lines import han


def _clock(rng: random.Random, n: int) -> tuple[list[str], list[int]]:
    start = rng.choice((360, 390, 420, 450))
    values = [start + 30 * k for k in range(n)]
    return [f"{v // 60}:{v % 60:02d}" for v in values], values


def _minutes(value: int) -> str:
    hours, half = divmod(value, 60)
    if not hours:
        return "半小时"
    return f"{han(hours)}个半小时" if half else f"{han(hours)}小时"


def _floors(_rng: random.Random, n: int) -> tuple[list[str], list[int]]:
    return [f"{k}楼" for k in range(2, n + 2)], list(range(2, n + 2))


def _days(rng: random.Random, n: int) -> tuple[list[str], list[int]]:
    start = 0 if n > 4 else rng.randrange(2)
    return ["周" + "一二三四五六"[k] for k in range(start, start + n)], list(range(start, start + n))


def _order(_rng: random.Random, n: int) -> tuple[list[str], list[int]]:
    return [f"第{han(k) if k != 2 else '二'}" for k in range(1, n + 1)], list(range(1, n + 1))


def _stalls(_rng: random.Random, n: int) -> tuple[list[str], list[int]]:
    return [f"{k}号摊" for k in range(1, n + 1)], list(range(1, n + 1))


def _months(rng: random.Random, n: int) -> tuple[list[str], list[int]]:
    start = rng.randint(1, 13 - n)
    return [f"{k}月" for k in range(start, start + n)], list(range(start, start + n))


def _amounts(rng: random.Random, n: int) -> tuple[list[str], list[int]]:
    base = rng.choice((400, 600, 800, 1200))
    values = [base * k for k in sorted(rng.sample((2, 3, 4, 5, 6, 8, 9, 10, 12), n))]
    return [f"{v}元" for v in values], values


def _readings(rng: random.Random, n: int) -> tuple[list[str], list[int]]:
    values = sorted(rng.sample((4, 6, 8, 10, 12, 16, 18, 20, 24, 30), n))
    return [f"{v}毫克" for v in values], values


ZH: tuple[Scene, ...] = (
    Scene(
        key="docks",
        prep="在",
        axis=_clock,
        cats=(
            Cat(
                title="司机",
                items=("陈师傅", "邓师傅", "郝师傅", "罗师傅", "马师傅", "秦师傅", "谢师傅", "叶师傅"),
                listing="司机是{}",
            ),
            Cat(
                title="货物",
                items=("面粉", "玻璃", "木材", "瓷砖", "奶粉", "钢管", "电缆", "轮胎"),
                listing="拉的货分别是{}",
                whole="拉{}的车",
            ),
            Cat(
                title="月台",
                items=("A", "B", "C", "D", "E", "F"),
                listing="卸货用的月台各不相同，编号是{}",
                whole="停{}号月台的车",
                short="{}号月台",
            ),
        ),
        openings=(
            "仓库门口的登记表被雨水打湿了，只看得出早上先后到了{n}辆货车，到场时间分别是{labels}。",
            "早班一共来了{n}辆货车，一辆接一辆，到场时间是{labels}，可是登记员忘了写明哪一辆是哪一辆。",
            "调度室要补填今天的到货台账。已知有{n}辆车，分别在{labels}到场；",
        ),
        ties={
            "01": "{x}拉的",
            "02": "{x}停的",
            "12": "拉{x}的车停的",
            "0@": "{x}到场的时间",
            "1@": "拉{x}的车到场的时间",
            "2@": "停{x}号月台的车到场的时间",
        },
        relations={
            "before": ("{x}比{y}先到", "{y}到场的时候，{x}已经到了"),
            "exact": ("{x}比{y}晚到{d}", "{y}到场{d}之后，{x}才到"),
            "next": ("{x}和{y}一前一后到场，中间没有别的车", "{x}和{y}到场的时间只差半小时"),
            "apart": ("{x}和{y}不是同一辆，两辆车到场的时间至少差一小时", "{x}与{y}之间至少还有别的一辆车到场"),
            "gap": ("{x}和{y}之间，恰好另有{k}辆车到场",),
            "between": ("{x}到场的时间介于{y}和{z}之间",),
            "end": ("{x}不是头一个到的，就是最后一个到的",),
        },
        asks=("请把登记表补全。", "请推出每辆车的到场时间、司机和货物等情况。"),
        row="辆车",
        place="时间",
        by="从早到晚",
        unit=_minutes,
    ),
    Scene(
        key="floors",
        prep="在",
        axis=_floors,
        cats=(
            Cat(
                title="公司", items=("远帆", "恒信", "嘉禾", "博雅", "启明", "正和", "天枢", "云程"), listing="公司是{}"
            ),
            Cat(
                title="行业",
                items=("法律咨询", "旅游", "室内设计", "软件开发", "会计代账", "英语培训", "猎头"),
                listing="它们做的行当分别是{}",
                whole="做{}的那家",
            ),
            Cat(
                title="前台绿植",
                items=("绿萝", "发财树", "龟背竹", "文竹", "吊兰", "虎皮兰", "铁线蕨"),
                listing="前台各摆了一种绿植，有{}",
                whole="前台摆{}的那家",
            ),
        ),
        openings=(
            "园区里有一栋小楼，一楼是大堂，{labels}每层租给一家公司。",
            "电梯里的楼层指引牌掉了，前台要重做一块：{labels}各有一家公司。",
            "物业新来的同事想弄清楚{labels}这{n}层各是谁家，一层只有一家公司。",
        ),
        ties={
            "01": "{x}公司做的",
            "02": "{x}公司前台摆的",
            "12": "做{x}的那家前台摆的",
            "0@": "{x}公司租的",
            "1@": "做{x}的那家租的",
            "2@": "前台摆{x}的那家租的",
        },
        relations={
            "before": ("{x}的楼层比{y}低", "从{x}去{y}要往上走"),
            "exact": ("{x}比{y}高{d}",),
            "next": ("{x}和{y}是楼上楼下的紧邻", "{x}与{y}的楼层紧挨着"),
            "apart": ("{x}和{y}既不同层，也不是上下紧邻",),
            "gap": ("{x}和{y}之间恰好夹着{k}层",),
            "between": ("{x}的楼层在{y}和{z}之间",),
            "end": ("{x}不在这几层的最高层，就在最低层",),
        },
        asks=("请推出每层楼的情况。", "这几层楼分别是什么情况？"),
        row="层",
        place="楼层",
        by="从低到高",
        unit=lambda value: f"{han(value)}层",
    ),
    Scene(
        key="training",
        prep="在",
        axis=_days,
        cats=(
            Cat(
                title="讲师",
                items=("周老师", "吴老师", "郑老师", "冯老师", "卫老师", "蒋老师", "沈老师", "韩老师"),
                listing="讲师是{}",
            ),
            Cat(
                title="内容",
                items=("消防安全", "合同审核", "数据看板", "客户投诉", "公文写作", "成本控制", "劳动法规"),
                listing="培训内容分别是{}",
                whole="讲{}的老师",
            ),
            Cat(
                title="教室",
                items=("301", "302", "405", "508", "612", "714"),
                listing="每场用的教室都不一样，有{}",
                whole="用{}教室的老师",
                short="{}教室",
            ),
        ),
        openings=(
            "人事部这周安排了{n}场内训，{labels}每天一场，一位讲师讲一场。",
            "{n}位讲师下周各讲一场内部培训，{labels}每天正好一场。",
            "内训排课表传到群里时打不开了，大家只记得{labels}一天一场，共{n}场。",
        ),
        ties={
            "01": "{x}讲的",
            "02": "{x}用的",
            "12": "讲{x}的老师用的",
            "0@": "{x}上课的日子",
            "1@": "讲{x}那场的日子",
            "2@": "用{x}教室那场的日子",
        },
        relations={
            "before": ("{x}上课的日子比{y}早", "{y}上课之前，{x}已经讲完了"),
            "exact": ("{x}比{y}晚讲{d}",),
            "next": ("{x}和{y}在相邻的两天上课",),
            "apart": ("{x}和{y}不在同一天上课，也不在相邻的两天",),
            "gap": ("{x}和{y}上课的日子中间恰好夹着{k}天",),
            "between": ("{x}那一场安排在{y}和{z}的两场之间",),
            "end": ("{x}不是第一场就是最后一场",),
        },
        asks=("请还原排课表。", "每天是谁、讲什么？请推出来。"),
        row="天",
        place="日期",
        by="按日期先后",
        unit=lambda value: f"{han(value)}天",
    ),
    Scene(
        key="quotes",
        prep="是",
        axis=_amounts,
        cats=(
            Cat(
                title="供应商",
                items=("宏达", "顺昌", "金桥", "联众", "瑞丰", "同心", "海纳", "万邦"),
                listing="供应商是{}",
            ),
            Cat(
                title="项目",
                items=("屋顶防水", "更换门窗", "线路改造", "外墙粉刷", "消防检修", "空调移机", "地坪修补"),
                listing="报的项目分别是{}",
                whole="报{}的那家",
            ),
            Cat(
                title="业务员",
                items=("小曹", "小严", "小华", "小魏", "小陶", "小姜", "小戚"),
                listing="各派了一名业务员来送报价单，是{}",
                whole="{}那家",
            ),
        ),
        openings=(
            "厂里修缮，{n}家供应商各报一个项目，金额分别是{labels}。",
            "办公楼小修，{n}家供应商分别报来{labels}，每家只接一项活。",
            "总务处手上有{n}份报价，每家只报一项，金额是{labels}，可是封面和内页散开了，对不上。",
        ),
        ties={
            "01": "{x}报的",
            "02": "{x}派来的",
            "12": "报{x}的那家派来的",
            "0@": "{x}的报价",
            "1@": "{x}的报价",
            "2@": "{x}送来的报价",
        },
        relations={
            "before": ("{x}的报价比{y}低",),
            "exact": ("{x}的报价比{y}高{d}", "{y}的报价再加{d}，就是{x}的报价"),
            "ratio": ("{x}的报价正好是{y}的{k}倍",),
            "sum": ("{x}和{y}的报价加起来是{d}", "{x}与{y}两份报价合计{d}"),
            "between": ("{x}的报价介于{y}和{z}的报价之间",),
            "end": ("{x}的报价不是最低就是最高",),
        },
        asks=("请把每份报价对上号。", "请推出每一份报价是哪家的、报的什么项目。"),
        row="份报价",
        place="金额",
        by="按金额从低到高",
        unit=lambda value: f"{value}元",
    ),
    Scene(
        key="market",
        prep="在",
        axis=_stalls,
        cats=(
            Cat(
                title="摊主", items=("老魏", "老蒋", "老韩", "老杨", "老朱", "老许", "老孔", "老曹"), listing="摊主是{}"
            ),
            Cat(
                title="货品",
                items=("豆腐", "蜂蜜", "竹编", "盆栽", "陶器", "茶叶", "干果", "剪纸"),
                listing="卖的东西分别是{}",
                whole="卖{}的摊主",
            ),
            Cat(
                title="棚布颜色",
                items=("红", "蓝", "绿", "黄", "白", "紫", "灰"),
                listing="棚布颜色各不相同，有{}",
                whole="{}棚的摊主",
                short="{}色",
            ),
        ),
        openings=(
            "周末市集沿街一字排开{n}个摊位，从入口往里数是{labels}。",
            "街道办要补登记上周日的{n}个摊位，从左到右是{labels}。",
            "社区市集的摊位图丢了，只知道从东到西依次是{labels}，一共{n}家。",
        ),
        ties={
            "01": "{x}卖的",
            "02": "{x}的棚布",
            "12": "卖{x}的那家用的棚布",
            "0@": "{x}的位置",
            "1@": "卖{x}那家的位置",
            "2@": "{x}棚的位置",
        },
        relations={
            "before": ("{x}的摊号比{y}小", "{y}的摊号比{x}大"),
            "exact": ("{x}的摊号比{y}大{d}",),
            "next": ("{x}紧挨着{y}", "{x}和{y}是邻摊"),
            "apart": ("{x}和{y}不是同一家，摊位也不相邻",),
            "gap": ("{x}和{y}之间正好隔着{k}个摊位",),
            "between": ("{x}的摊位在{y}和{z}之间，不一定紧挨着",),
            "end": ("{x}的摊位在街的一头",),
        },
        asks=("请画出摊位图。", "每个摊位是谁、卖什么？"),
        row="个摊位",
        place="摊号",
        by="按摊号从小到大",
        unit=str,
    ),
    Scene(
        key="garage",
        prep="排在",
        axis=_order,
        cats=(
            Cat(
                title="车主",
                items=("方女士", "贺先生", "龚女士", "汤先生", "乔女士", "白先生", "鲁先生", "温女士"),
                listing="车主是{}",
            ),
            Cat(
                title="要做的活",
                items=("换刹车片", "补轮胎", "修空调", "换电瓶", "调大灯", "换雨刮", "洗节气门"),
                listing="要做的活分别是{}",
                whole="来{}的车主",
            ),
            Cat(
                title="车的颜色",
                items=("白", "黑", "银", "红", "蓝", "绿", "棕"),
                listing="车的颜色是{}",
                whole="开{}车的车主",
                short="{}色",
            ),
        ),
        openings=(
            "修车铺今天修好{n}台车，交车的先后是{labels}，没有两台同时交车。",
            "前台只记得今天陆续有{n}位车主取车，一人一台，没有同时来的，先后记作{labels}。",
            "店里下班对账，{n}台车一台一台交出去，可交车单的次序乱了，要按{labels}重新排。",
        ),
        ties={
            "01": "{x}的车要做的",
            "02": "{x}的车",
            "12": "来{x}的那台车",
            "0@": "{x}取车的次序",
            "1@": "{x}那台车交车的次序",
            "2@": "{x}车交车的次序",
        },
        relations={
            "before": ("{x}比{y}先取到车", "{y}取车的时候，{x}已经把车开走了"),
            "exact": ("{x}取车的次序比{y}晚{d}",),
            "next": ("{x}和{y}一前一后取车，中间没有别人",),
            "apart": ("{x}和{y}不是同一个人，两人取车之间至少还隔着别人",),
            "gap": ("{x}和{y}取车之间，恰好另有{k}个人取走了车",),
            "between": ("{x}取车的时间在{y}和{z}之间",),
            "end": ("{x}要么第一个取车，要么最后一个取车",),
        },
        asks=("请排出交车的次序和每台车的情况。", "请把交车单重新理好。"),
        row="台车",
        place="次序",
        by="按交车先后",
        unit=lambda value: f"{han(value)}位",
    ),
    Scene(
        key="samples",
        prep="是",
        axis=_readings,
        cats=(
            Cat(
                title="采样员",
                items=("小顾", "小孟", "小黄", "小穆", "小萧", "小尹", "小姚", "小邵"),
                listing="采样员是{}",
                whole="{}那瓶",
            ),
            Cat(
                title="采样点",
                items=("水库", "井口", "河湾", "鱼塘", "沟渠", "湿地", "码头"),
                listing="采样点分别是{}",
                whole="{}水样",
            ),
            Cat(
                title="瓶盖颜色",
                items=("红", "蓝", "绿", "黄", "黑", "白", "灰"),
                listing="瓶盖颜色各不相同，有{}",
                whole="{}盖那瓶",
                short="{}色",
            ),
        ),
        openings=(
            "化验室测了{n}瓶水样，每升的硝酸盐含量分别是{labels}，标签却泡掉了。",
            "环境监测课上，{n}个人各采了一瓶水，每升硝酸盐含量测得{labels}。",
            "有{n}瓶水样，一人采一瓶，测得每升含硝酸盐{labels}，现在要把结果和瓶子对上。",
        ),
        ties={
            "01": "{x}采的",
            "02": "{x}那瓶的瓶盖",
            "12": "{x}水样的瓶盖",
            "0@": "{x}那瓶的读数",
            "1@": "{x}水样的读数",
            "2@": "{x}盖那瓶的读数",
        },
        relations={
            "before": ("{x}的读数比{y}低",),
            "exact": ("{x}的读数比{y}高{d}",),
            "ratio": ("{x}的读数正好是{y}的{k}倍",),
            "sum": ("{x}和{y}的读数相加是{d}",),
            "between": ("{x}的读数在{y}和{z}之间",),
            "end": ("{x}的读数不是最高就是最低",),
        },
        asks=("请推出每瓶水样的情况。", "请把读数、采样员和其他各项一一对上。"),
        row="瓶",
        place="读数",
        by="按读数从低到高",
        unit=lambda value: f"{value}毫克",
    ),
    Scene(
        key="launches",
        prep="在",
        axis=_months,
        cats=(
            Cat(title="小组", items=("甲组", "乙组", "丙组", "丁组", "戊组", "己组"), listing="小组是{}"),
            Cat(
                title="产品",
                items=("电饭煲", "加湿器", "台灯", "吸尘器", "扫地机", "取暖器", "榨汁机"),
                listing="要上市的产品分别是{}",
                whole="做{}的那一组",
            ),
            Cat(
                title="试销城市",
                items=("苏州", "长沙", "厦门", "青岛", "贵阳", "洛阳", "绵阳"),
                listing="试销城市各选一个，有{}",
                whole="在{}试销的那一组",
            ),
        ),
        openings=(
            "公司有{n}款新品排在{labels}上市，每月一款，每组负责一款。",
            "年初定下{n}款小家电的上市月份，{labels}各一款，一组只做一款。",
            "市场部的上市计划被人误删了，只知道{labels}每个月上一款新品，由{n}个小组各管一款。",
        ),
        ties={
            "01": "{x}做的",
            "02": "{x}选的试销城市",
            "12": "{x}的试销城市",
            "0@": "{x}的上市月份",
            "1@": "{x}上市的月份",
            "2@": "在{x}试销的产品上市的月份",
        },
        relations={
            "before": ("{x}的上市时间早于{y}", "{y}上市的时候，{x}的产品已经上市了"),
            "exact": ("{x}比{y}晚{d}上市",),
            "next": ("{x}和{y}在相邻的两个月上市",),
            "apart": ("{x}和{y}不在同一个月上市，也不在相邻的月份",),
            "gap": ("{x}和{y}的上市月份中间恰好夹着{k}个月",),
            "between": ("{x}的上市时间介于{y}和{z}之间",),
            "end": ("{x}要么最先上市，要么最后上市",),
        },
        asks=("请还原这份上市计划。", "请推出每个月的安排。"),
        row="个月",
        place="月份",
        by="按月份先后",
        unit=lambda value: f"{han(value)}个月",
    ),
)
