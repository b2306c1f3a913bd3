"""What a fresh pretend ERP holds: dictionaries, trees, accounts, policies.

Ids of the dictionaries are those of fact sheet 5; `微信咨询` (978) is the local entry one of the plans asks
for. Everything else is invented.
"""

from typing import Any

ENUMS: dict[str, int] = {
    "trade": 11,
    "ly": 13,
    "jz": 14,
    "reply_sort": 98,
    "bz": 1001,
    "jf2": 1002,
    "reply_text": 1003,
    "plantype": 1004,
    "remind": 1005,
    "member": 1006,
    "share": 1007,
    "yesno": 1008,
    "blset": 1009,
    "jg": 1010,
}
"""Field -> dictionary group (`enumid`). The groups above 1000 only serve the forms; no page lists them."""

DICTIONARY: dict[str, tuple[tuple[int, str], ...]] = {
    "trade": (
        (137, "银行"),
        (138, "证券"),
        (139, "印刷"),
        (966, "机械制造"),
        (967, "电子商务"),
        (968, "教育培训"),
    ),
    "ly": (
        (171, "网站注册"),
        (172, "朋友介绍"),
        (173, "陌生开发"),
        (174, "广告宣传"),
        (977, "VIP"),
        (978, "微信咨询"),
    ),
    "jz": ((175, "很高"), (289, "较高"), (176, "一般"), (177, "较低"), (290, "很低")),
    "reply_sort": ((481, "电话"), (482, "邮件"), (483, "上门"), (484, "其他")),
    "bz": ((14, "人民币"),),
    "jf2": ((1, "积分"), (0, "不积分")),
    "reply_text": (
        (106, "谈的很好，让发合同。"),
        (107, "电话无人接听。"),
        (108, "现在还没考虑。"),
        (109, "今天谈的不错，让明天面谈。"),
        (120, "正在考虑中。"),
    ),
    "plantype": ((2, "已完成日程"), (1, "待完成日程"), (0, "不生成")),
    "remind": ((0, "提醒"), (1, "不提醒")),
    "member": ((1, "对所有用户公开"), (0, "指定用户")),
    "share": ((1, "共享给所有用户"), (0, "共享给指定用户")),
    "yesno": ((1, "是"), (0, "否")),
    "blset": ((1, "同意"), (0, "不同意")),
    "jg": ((1, "同意"), (2, "不同意")),
}

TREES: dict[str, tuple[tuple[int, int, str], ...]] = {
    # id, parent, name: level 1 is the category, level 2 the follow stage
    "sort": (
        (3, 0, "意向客户"),
        (7, 3, "初步接触"),
        (8, 3, "需求确认"),
        (9, 3, "方案报价"),
        (4, 0, "成交客户"),
        (12, 4, "首次成交"),
        (13, 4, "长期合作"),
        (5, 0, "暂不跟进"),
        (15, 5, "无效信息"),
        (16, 5, "已流失"),
    ),
    "area": (
        (10, 0, "华北"),
        (11, 10, "北京"),
        (12, 10, "天津"),
        (20, 0, "华东"),
        (21, 20, "上海"),
        (22, 20, "江苏"),
        (221, 22, "南京"),
        (222, 22, "苏州"),
        (23, 20, "浙江"),
        (231, 23, "杭州"),
        (232, 23, "宁波"),
        (30, 0, "西南"),
        (31, 30, "重庆"),
        (32, 30, "四川"),
        (321, 32, "成都"),
        (322, 32, "绵阳"),
    ),
    "gate": ((1, 0, "销售中心"), (2, 1, "销售一部"), (3, 1, "销售二部"), (4, 0, "客服中心")),
}

DEMO_LOGIN = "demo"
DEMO_WORD = "demo-pass"

ACCOUNTS: tuple[tuple[int, str, str, str, int, bool, bool, bool], ...] = (
    # uid, name, login, word, department (0: not in the user tree), mobile login allowed, frozen, sees customers
    (1, "接口账号", DEMO_LOGIN, DEMO_WORD, 0, True, False, True),
    (63, "周敏", "zhoumin", "zhoumin-pass", 2, True, False, True),
    (64, "吴磊", "wulei", "wulei-pass", 2, False, False, True),
    (65, "郑洁", "zhengjie", "zhengjie-pass", 3, True, True, True),
    (71, "孙悦", "sunyue", "sunyue-pass", 4, True, False, False),
)

POLICIES: dict[str, Any] = {
    "ov1": True,  # an older ERP has no /webapi/v3/ov1 at all
    "v3": True,  # nor the flat pages
    "token_required": True,
    "session_minutes": 30,  # sliding
    "serial_sessions": True,  # one call at a time per session, as ASP locks it
    "login_attempts": 3,  # failures of one device serial before a captcha is wanted
    "expired_status": 1,
    "expired_text": "登录超时，请重新登录!",
    "khid_prefilled": True,
    "khid_prefix": "KH",
    "khid_digits": 5,
    "required": [],  # fields every stage asks for on top of the customer form's own
    "stage_required": {},  # follow stage -> fields it asks for: {"9": ["address"]}
    "person_required": [],  # fields the person form asks for on top of its own
    "duplicates": {"khid": "enter", "name": "point", "mobile": "point"},  # field -> "enter" blocks, "point" warns
    "warnings_block": False,  # whether this interface enforces rules that only warn
    "protect_names": False,  # whether the name of a protected customer may not be used again
    "options_checked": False,  # whether a save with an option that is in no dictionary is refused
    "review_new": False,  # whether a new customer waits for review
    "share_chance": True,  # an older version does not know the flag
    "list_persons": True,  # whether the customer list shows the main contact person
    "single_login": False,  # whether a login ends the user's other sessions
    "blind": [],  # logins that see nothing: their lists come back empty
    "denied": {},  # login -> operations it has no right to; "*" is every write
    "v3_required": [],  # fields the flat form asks for on top of its own
    "v3_ids": False,  # whether the flat form takes numbers where it wants names
    "v3_edit_blanks": False,  # whether a flat change blanks what was not sent
    "v3_captions": False,  # whether flat tables head their columns with captions
    "v3_columns": [],  # which columns flat tables show; empty is all
    "v3_helper": False,  # whether a flat page says that the token is gone as the older helper does
    "v3_expired_text": "token验证失败",
    "texts": {},  # operation -> its sentence of success
    "draft_opens": "deleted",  # what opening an unsaved draft shows: "deleted" or "blank"
    "apostrophe_breaks": False,  # some builds put values into statements unquoted
    "thousands": False,  # whether numbers in lists carry separators
    "entities": False,  # whether texts of forms come as HTML
    "closed": [],  # pages that are switched off, by their path without the root and `.asp`
    "missing": [],  # pages this build does not have, named in the same way
    "ignored": [],  # filters that the customer list ignores in silence, besides all it does not know
    "list_columns": [],  # order of the list's columns; empty is the usual one
    "ok_text": "保存成功！",
}
"""Name -> default. Changed by `Store.set_policy` or `POST /__sandbox__/policies`."""
