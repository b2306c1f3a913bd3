"""Which contract field a column is: the contract's own names, and the Chinese headers people write."""

import re
import unicodedata
from collections.abc import Sequence

from zbsync.hub.errors import FileRefused
from zbsync.hub.normalize import FIELDS

SYNONYMS: dict[str, str] = {
    "source_id": "id 编号 来源编号 来源id 联系人编号 联系人id 中台编号 中台id 客户id 唯一标识 contactid",
    "name": "姓名 名称 名字 联系人 联系人姓名 真实姓名 客户姓名 客户名称 昵称 微信昵称 realname",
    "phone": "手机 手机号 手机号码 电话 电话号码 联系电话 联系方式 移动电话 mobile tel telephone",
    "phone_verified": "手机已验证 电话已验证 手机验证 电话验证 手机号已验证 号码已验证 是否验证 已验证",
    "wechat_id": "微信 微信号 微信id 微信账号 wechat weixin wxid wx",
    "company": "公司 公司名称 企业 企业名称 单位 单位名称 所属公司 companyname",
    "kind": "类型 客户类型 性质 客户性质",
    "address": "地址 联系地址 公司地址 详细地址",
    "email": "邮箱 电子邮箱 邮件 电子邮件 mail e-mail",
    "channel": "来源 渠道 客户来源 来源渠道 source",
    "notes": "备注 备注信息 说明 note",
    "remark": "微信备注 备注名 好友备注",
    "k_code": "k码 k编码 客户编码 k编号",
    "confidence": "置信度 可信度 信心",
    "list": "名单 黑白名单 名单类型 bucket listing",
    "score": "评分 分数 得分 意向分 意向评分 总分",
    "summary": "摘要 总结 概要 沟通摘要 聊天摘要 topic",
    "owner": "负责人 归属人 所属销售 业务员 跟进人 销售",
    "first_deal_at": "首次成交 首次成交时间 首单时间 首次成交日期",
    "updated_at": "更新时间 修改时间 最后更新 更新日期 最后修改时间",
    "deleted": "已删除 是否删除 删除",
}
"""Contract name → other headers, in `plain` spelling."""
REPORT = ("row", "column", "value", "reason", "mend")
"""The columns that the list of bad rows puts first: passed over when the mended list is read again."""
_NOISE = re.compile(r"[\s_\-*:]+|\((?:必填|选填|required|optional)\)")


def plain(header: str) -> str:
    """A header without case, width, spaces, underscores, stars and `(必填)`."""
    bare = _NOISE.sub("", unicodedata.normalize("NFKC", header).casefold())
    return unicodedata.normalize("NFKC", bare)  # what stood apart may have become one letter


_BY_HEADER = {plain(word): name for name, words in SYNONYMS.items() for word in words.split()}
_BY_HEADER.update({plain(name): name for name in FIELDS})


def known(header: str) -> str | None:
    """The contract's name of a column, None when it has none."""
    return _BY_HEADER.get(plain(header))


def is_report(cells: Sequence[str]) -> bool:
    """Whether this is the header of our own list of bad rows."""
    return tuple(cells[: len(REPORT)]) == REPORT


def resolve(cells: Sequence[str]) -> list[str]:
    """Each column's key: a contract name, else its own header, "" for a column without one.

    Raises FileRefused when no column is `source_id`, or two columns are the same field.
    """
    keys: list[str] = []
    first: dict[str, str] = {}
    for cell in cells:
        header = cell.strip()
        key = (known(header) or header) if header else ""
        if key and key in first:
            raise FileRefused("intake.column_twice", key, first=first[key], second=header)
        first[key] = header
        keys.append(key)
    if "source_id" not in keys:
        columns = ", ".join(cell.strip() for cell in cells if cell.strip())
        raise FileRefused("intake.no_source_id", "source_id", columns=columns[:300], names="source_id, ID, 编号")
    return keys


def cells_to_values(keys: Sequence[str], cells: Sequence[object]) -> dict[str, object]:
    """A row by key; a cell under no header is kept as `column N`, unless it is empty."""
    return {
        key or f"column {place}": cell
        for place, (key, cell) in enumerate(zip(keys, cells, strict=False), 1)
        if key or cell not in {"", None}
    }
