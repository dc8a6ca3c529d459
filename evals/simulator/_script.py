"""A small table of simplified and traditional characters that correspond one to one, for the wrong-script defect."""

from __future__ import annotations

_SIMPLIFIED = (
    "们这为来个国说时过会对学发经动进种现电话长东车马鸟鱼门问间见贝页风飞书买卖农业产亲众优传伤伦价侠债"
    "儿内写军决况净凉减几凤凯击则刚创别办务劳势区医华协单卫却厂厅历压厌县叁双变叹号吗启吴听员响哑团园围图"
    "圆圣场块坚坛坏垒垦报墙壮声处备复头夹夺奋奖妆妇妈娱娄婴宁宝实审宪宫宽宾导寻寿将尔尘尝层属岁岛峡币师"
    "帐帜带帮广庄庆库应庙废开异张弹强归当录彻径忆忧怀态怜总恋恶恼悬惊惧惨惯愤愿懒戏战户执扩扫扬扰抚护"
    "择担拟拥拦挂挥损换据掷掺数斋断无旧显晓暂术机杀杂权条极构枪标栋栏树样桥检楼槛欢欧残毁毕气汇汉汤沟没泪"
    "泼洁济测浆渐渔温湾湿满滚滞灭灯灵炉点炼烂烛热爱爷牵状独狭猎献环画畅疗盐盖监盘睁码砖确礼离积称稳穷窃竞"
    "笔签简类粮紧红约级纪纯纲纳纵纷纸线练组细织终绍结绕绘给络绝统继续维综绿编缘缩网罗罚职联肃肠肤胜脑脚脱脸"
    "节艺苏荣药获营蓝虑虽蚁补装规视览觉触誉计订认让议训记讲许论设访证评识诉词译试诗诚详语误请读课谁调谈谊谋"
    "谓谢谦谱负财责败货质贩贫购贯贵费贺资赋赏赖赛赞赠赢赵趋跃跷践车轨转轮软轻载较辅辆辈辉输边达迁运还远违连"
    "迟适选递逻遗邮释鉴针钟钢钱铁银错锁键镇镜闭闲闹闻阅队阳阴阶际陆陈险随难静韩须顺顾顿预领频题额颜风饭饮馆驱"
    "验骗鲜鸡麦黄齐龄龙"
)
_TRADITIONAL = (
    "們這為來個國說時過會對學發經動進種現電話長東車馬鳥魚門問間見貝頁風飛書買賣農業產親眾優傳傷倫價俠債"
    "兒內寫軍決況淨涼減幾鳳凱擊則剛創別辦務勞勢區醫華協單衛卻廠廳歷壓厭縣叄雙變嘆號嗎啟吳聽員響啞團園圍圖"
    "圓聖場塊堅壇壞壘墾報牆壯聲處備復頭夾奪奮獎妝婦媽娛婁嬰寧寶實審憲宮寬賓導尋壽將爾塵嘗層屬歲島峽幣師"
    "帳幟帶幫廣莊慶庫應廟廢開異張彈強歸當錄徹徑憶憂懷態憐總戀惡惱懸驚懼慘慣憤願懶戲戰戶執擴掃揚擾撫護"
    "擇擔擬擁攔掛揮損換據擲摻數齋斷無舊顯曉暫術機殺雜權條極構槍標棟欄樹樣橋檢樓檻歡歐殘毀畢氣匯漢湯溝沒淚"
    "潑潔濟測漿漸漁溫灣濕滿滾滯滅燈靈爐點煉爛燭熱愛爺牽狀獨狹獵獻環畫暢療鹽蓋監盤睜碼磚確禮離積稱穩窮竊競"
    "筆簽簡類糧緊紅約級紀純綱納縱紛紙線練組細織終紹結繞繪給絡絕統繼續維綜綠編緣縮網羅罰職聯肅腸膚勝腦腳脫臉"
    "節藝蘇榮藥獲營藍慮雖蟻補裝規視覽覺觸譽計訂認讓議訓記講許論設訪證評識訴詞譯試詩誠詳語誤請讀課誰調談誼謀"
    "謂謝謙譜負財責敗貨質販貧購貫貴費賀資賦賞賴賽讚贈贏趙趨躍蹺踐車軌轉輪軟輕載較輔輛輩輝輸邊達遷運還遠違連"
    "遲適選遞邏遺郵釋鑑針鐘鋼錢鐵銀錯鎖鍵鎮鏡閉閒鬧聞閱隊陽陰階際陸陳險隨難靜韓須順顧頓預領頻題額顏風飯飲館驅"
    "驗騙鮮雞麥黃齊齡龍"
)
assert len(_SIMPLIFIED) == len(_TRADITIONAL), "a shifted table would garble every text"

_TO_TRADITIONAL = {ord(s): t for s, t in zip(_SIMPLIFIED, _TRADITIONAL, strict=True) if s != t}
_TO_SIMPLIFIED = {ord(t): chr(s) for s, t in _TO_TRADITIONAL.items()}
_ONLY_TRADITIONAL = frozenset(map(chr, _TO_SIMPLIFIED))
_ONLY_SIMPLIFIED = frozenset(map(chr, _TO_TRADITIONAL))


def to_traditional(text: str) -> str:
    """The text with the table's simplified characters replaced."""
    return text.translate(_TO_TRADITIONAL)


def to_simplified(text: str) -> str:
    """The text with the table's traditional characters replaced."""
    return text.translate(_TO_SIMPLIFIED)


def has_traditional(text: str) -> bool:
    """True when a character stands in the traditional column only."""
    return not _ONLY_TRADITIONAL.isdisjoint(text)


def other_script(reference: str) -> str:
    """Which script is the wrong one for answers to this reference: "traditional" or "simplified"."""
    traditional = sum(character in _ONLY_TRADITIONAL for character in reference)
    simplified = sum(character in _ONLY_SIMPLIFIED for character in reference)
    return "simplified" if traditional > simplified else "traditional"
