"""What is done to a customer beside saving it: follow up, assign, take back, apply, approve, review, share
(fact sheet §4.4, §4.5).

The help marks every field of both schedule blocks as required; each belongs to its `plantype` only (§4.5).
"""

from zbsync.erp.catalogue.shapes import ORD, Param, answered, field, text

NAMED = (text("ord", "客户标识", None),)
"""Operations that take nothing but the id, as a text."""

_DONE, _PLANNED = "plantype=2", "plantype=1"

_REPLY: tuple[Param, ...] = (
    ORD,
    text("intro", "洽谈内容", 1000, required=True, enum="reply_template"),
    text("files", "附件"),
    field("sort", "跟进方式", "option", required=True, vocabulary="follow_up"),
    field("plantype", "日程类型", "option", required=True, enum="plan"),
    field("@ret2_0", "开始时间", "date", required=True, when=_DONE),
    field("@ret2_1", "结束时间", "date", required=True, when=_DONE),
    text("@title2", "日程内容", 1000, required=True, when=_DONE),
    text("@intro2", "完成情况", 1000, required=True, when=_DONE),
    text("@cateid", "执行人员", 4000, when=_PLANNED, vocabulary="users"),
    field("@remind", "是否提醒", "option", required=True, when=_PLANNED, enum="remind"),
    field("@ret_0", "开始时间", "date", required=True, when=_PLANNED),
    field("@ret_1", "结束时间", "date", required=True, when=_PLANNED),
    text("@title1", "日程内容", 1000, required=True, when=_PLANNED),
)

FOLLOW_UP_PERSON: tuple[Param, ...] = _REPLY
FOLLOW_UP_CUSTOMER: tuple[Param, ...] = (*_REPLY, field("lead", "联系人", "int"))
"""`lead` is the person spoken to, 0 for none."""

FOLLOW_UPS: tuple[Param, ...] = (
    ORD,
    text("datatype", "跟进对象", None, enum="reply_of"),
    field("pagesize", "每页记录数", "int"),
    field("pageindex", "数据页标", "int"),
    *answered(("ord", "跟进标识"), ("intro", "洽谈内容"), ("sort", "跟进方式"), ("date", "时间"), ("person", "跟进人")),
)
"""A list no help describes: its page is named by the connection."""

ASSIGN: tuple[Param, ...] = (
    ORD,
    field("member1", "指派方式", "option", required=True, enum="assign"),
    text("member2", "指派用户", 50, vocabulary="users"),
)

APPROVE: tuple[Param, ...] = (*NAMED, field("blset", "审批结果", "option", enum="approve"))

REVIEW: tuple[Param, ...] = (
    ORD,
    field("jg", "审核结果", "option", required=True, enum="review"),
    text("intro", "审核意见", 500),
    text("approveSign", "审核签名"),
)

SHARE: tuple[Param, ...] = (
    ORD,
    field("member1", "共享方式", "option", required=True, enum="share"),
    text("member2", "共享用户", None, vocabulary="users"),
    field("sharecontact", "共享联系人", "option", required=True, enum="yes"),
    field("replyshare", "共享洽谈进展", "option", required=True, enum="yes"),
    field("chanceshare", "共享机会", "option", required=True, enum="yes"),
    field("contractshare", "共享合同", "option", required=True, enum="yes"),
)
