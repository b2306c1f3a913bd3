"""Dictionaries: those that are read from each ERP (fact sheet §4.7), and the short lists its help prints.

Codes of a `Vocabulary` differ from ERP to ERP and are never written down here; those of `ENUMS` are the vendor's own.
"""

from collections.abc import Mapping

from zbsync.erp.catalogue.shapes import Vocabulary

VOCABULARIES: Mapping[str, Vocabulary] = {
    vocabulary.name: vocabulary
    for vocabulary in (
        Vocabulary("ly", "options", tree=False, enumid=13),
        Vocabulary("trade", "options", tree=False, enumid=11),
        Vocabulary("jz", "options", tree=False, enumid=14),
        Vocabulary("follow_up", "options", tree=False, enumid=98),
        Vocabulary("area", "tree_area", tree=True),
        Vocabulary("stage", "tree_stage", tree=True),
        Vocabulary("users", "tree_users", tree=True),
    )
}
"""Vocabulary by our name for it."""

ENUMS: Mapping[str, Mapping[str, str]] = {
    "kind": {"单位客户": "1", "个人客户": "2"},
    "yes": {"是": "1", "否": "0"},
    "sex": {"男": "男", "女": "女"},
    "assign": {"对所有用户公开": "1", "指派给以下用户": "0"},
    "share": {"共享给所有用户": "1", "共享给以下用户": "0"},
    "approve": {"同意": "1", "不同意": "0"},
    "review": {"同意": "1", "否决": "2"},
    "plan": {"不生成": "0", "待完成日程": "1", "已完成日程": "2"},
    "remind": {"提醒": "0", "不提醒": "1"},
    "reply_template": {
        "谈的很好，让发合同。": "106",
        "电话无人接听。": "107",
        "现在还没考虑。": "108",
        "今天谈的不错，让明天面谈。": "109",
        "正在考虑中。": "120",
    },
    "reply_of": {"客户": "tel", "联系人": "person", "机会": "chance", "合同": "contract", "计划": "plan"},
    "customer_mode": {"客户列表": "", "客户池": "1", "待审核": "2", "已保护": "3", "已共享": "4", "被共享": "5"},
    "customer_change": {
        "领用": "1",
        "放弃": "2",
        "添加": "3",
        "添加和领用": "4",
        "添加和放弃": "5",
        "保护": "6",
        "未保护": "7",
    },
    "person_mode": {"联系人列表": "", "生日提醒": "1"},
    "pick": {"单选": "radio"},
    "owner": {"指定人员": "1", "未指定": "2"},
    "user_status": {"在职": "1", "离职": "2"},
}
"""Fixed list by name: label → code, in the vendor's words."""
