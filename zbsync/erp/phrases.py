"""What the ERP's sentences mean: patterns as data, every one of them open to a connection's own overrides.

The ERP answers "ok" to everything and says the rest in prose (fact sheet §2.2, §3), so prose has to be read.
Two rules keep a wrong guess harmless: a sentence that says both yes and no, or neither, is UNKNOWN (doubt,
then a look); and only a sentence about the session itself counts as "not processed".
"""

import re
from collections.abc import Mapping
from enum import StrEnum


class Meaning(StrEnum):
    """What a sentence comes to."""

    SUCCESS = "success"
    REFUSED = "refused"
    DUPLICATE = "duplicate"
    ABSENT = "absent"
    EXPIRED = "expired"
    CAPTCHA = "captcha"
    SCRIPT = "script"
    LATER = "later"
    UNKNOWN = "unknown"


DEFAULTS: Mapping[str, str] = {
    # Fact sheet §2.2, "unhandled script error"; the others are what the database and the script host say.
    "script": r"服务器异常|运行时错误|超时已过期|ODBC|OLE ?DB|SQL Server|VBScript",
    "captcha": r"验证码|图形码|captcha",
    "later": r"系统维护|稍后再试|稍后重试|服务器繁忙",
    # In `header.message` beside a status other than 0: fact sheet §9.
    "expired": r"登录|登陆|会话|session|超时|冻结|鉴权",
    # Values of `header.status` that say the same without words. None is certain (fact sheet §1.4).
    "expired_status": "",
    # Beside the code for "token check failed" of v3 (fact sheet §3).
    "token": r"token|令牌|登录|登陆|会话|session|超时|过期|失效|鉴权|身份",
    # The same in a message body, where a refusal may mention a login in passing.
    "expired_text": (
        r"(登录|登陆|会话|session)\s*(已)?(超时|失效|过期|expired)"
        r"|(请|需要?)(先|重新)(登录|登陆)|未(登录|登陆)"
    ),
    # Where a reader is sent whose account is gone (fact sheet §1.4).
    "expired_page": r"location(\.href)?\s*=\s*['\"][^'\"]*(sign=nologin|login\.asp|index2?\.asp)",
    "absent": r"(单据|客户|记录)(已被删除|已删除|不存在)",
    "duplicate": r"已存在|重复|已被使用|同名|相同.{1,12}已",
    "refused": (
        r"失败|不能|(?<!申)请|异常|抱歉|未填写|必填|不允许|不正确|不合法|无效|错误|过长|超过|超出|占满"
        r"|无权|没有权限|权限不足|不成功|未成功"
    ),
    "success": r"成功|完成|^\s*success\W*$|^\s*ok\W*$",
}
"""Name -> regular expression, searched without regard to case. A connection overrides by name, or for one operation
by `operation.name`.
"""

_ORDER = (
    ("script", Meaning.SCRIPT),
    ("expired_text", Meaning.EXPIRED),
    ("absent", Meaning.ABSENT),
)


class Phrases:
    """The patterns of one connection, compiled. Raises ValueError for an unknown name or a broken pattern."""

    def __init__(self, overrides: Mapping[str, str] | None = None) -> None:
        own: dict[str, dict[str, re.Pattern[str]]] = {}
        for name, pattern in (overrides or {}).items():
            operation, _, plain = name.rpartition(".")
            if plain not in DEFAULTS:
                known = f"{', '.join(sorted(DEFAULTS))}, or one of them after an operation: assign.success"
                raise ValueError(f"phrases: {name} is not known; use {known}")
            own.setdefault(operation, {})[plain] = _compiled(name, pattern)
        base = {name: _compiled(name, pattern) for name, pattern in DEFAULTS.items()} | own.pop("", {})
        self._patterns = base
        self._of = {operation: Phrases._with(base | changed) for operation, changed in own.items()}

    @classmethod
    def _with(cls, patterns: dict[str, re.Pattern[str]]) -> "Phrases":
        made = cls.__new__(cls)
        made._patterns, made._of = patterns, {}
        return made

    @property
    def operations(self) -> frozenset[str]:
        """The operations that have patterns of their own."""
        return frozenset(self._of)

    def of(self, operation: str) -> "Phrases":
        """The patterns for answers to this operation."""
        return self._of.get(operation, self)

    def says(self, name: str, text: str) -> bool:
        """Whether the pattern `name` occurs in `text`; an empty pattern never does."""
        pattern = self._patterns[name]
        return bool(pattern.pattern and pattern.search(text))

    def of_message(self, text: str) -> Meaning:
        """What the sentence of a message body means."""
        for name, meaning in _ORDER:
            if self.says(name, text):
                return meaning
        success = self.says("success", text)
        for name, meaning in (
            ("later", Meaning.LATER),
            ("duplicate", Meaning.DUPLICATE),
            ("refused", Meaning.REFUSED),
        ):
            if self.says(name, text):
                return Meaning.UNKNOWN if success else meaning
        return Meaning.SUCCESS if success else Meaning.UNKNOWN

    def of_header(self, text: str, status: int = 1) -> Meaning:
        """What `header.message` means beside a status that is not 0: nothing was processed only if it says why."""
        if self.says("expired_status", str(status)):
            return Meaning.EXPIRED
        for name, meaning in (
            ("script", Meaning.SCRIPT),
            ("later", Meaning.LATER),
            ("captcha", Meaning.CAPTCHA),
            ("expired", Meaning.EXPIRED),
        ):
            if self.says(name, text):
                return meaning
        return Meaning.UNKNOWN


def _compiled(name: str, pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except (re.error, TypeError) as error:
        raise ValueError(f"phrases: {name} is no regular expression: {error}") from None
