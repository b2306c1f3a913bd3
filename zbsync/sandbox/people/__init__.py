"""Sample people: ERP customers for the sandbox, and hub contacts as they come out of a file.

Used by the demo, the bench and tests. Deterministic by seed; no clock. Most contacts qualify; the others each
have one of the troubles real lists have, named in `RECIPES`; `recipes` tells which contact has which. Phone
numbers have mainland shapes but a middle of zeros, so they are clearly invented.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from zbsync.sandbox.people import words

DEFAULT_CUSTOMERS = 120
"""ERP customers of `sample`, and of the sandbox command: both hold the same people for the same seed."""

Record = dict[str, Any]
_CHINA = timezone(timedelta(hours=8))
_START = datetime(2026, 10, 1, 9, 0, tzinfo=_CHINA)
_PAIRED = 20
_NUMBERED = 50_000
"""Customers after these have numbers of ours only, so that the ERP's own rule has some left."""
_PREFIXES = tuple("138 137 136 135 150 151 152 158 159 182 187 188 177 199 131 132 186 185 133 180".split())


def sample(
    seed: int, contacts: int = 300, customers_count: int = DEFAULT_CUSTOMERS
) -> tuple[list[dict[str, str]], list[Record]]:
    """ERP customers (for `Store.add_customers`) and hub contacts (keys: contract, "Contact records")."""
    known = customers(seed, customers_count)
    ranks: Counter[str] = Counter()
    made = []
    for index, recipe in enumerate(recipes(seed, contacts, customers_count)):
        made.append(_contact(seed, index, (recipe, ranks[recipe]), known))
        ranks[recipe] += 1
    return known, made


def customers(seed: int, count: int) -> list[dict[str, str]]:
    """The first `count` ERP customers of a seed: messy as they have grown over the years."""
    return [_customer(seed, index) for index in range(count)]


def mobile(index: int) -> str:
    """The invented mobile number of contact `index`: 11 digits, unique below 2 million."""
    block, line = divmod(index // len(_PREFIXES), 10_000)
    return f"{_PREFIXES[index % len(_PREFIXES)]}{block:04d}{(line * 7 + 1234) % 10_000:04d}"


def company_name(seed: int, index: int) -> str:
    """Region, word, industry, 有限公司: unique for some tens of thousands of indices."""
    heads, tails = len(words.HEADS), len(words.TAILS)
    mixed = (index * 7919 + seed * 131) % (heads * tails * len(words.REGIONS))
    rest, head = divmod(mixed, heads)
    region, tail = divmod(rest, tails)
    word = words.HEADS[head] + words.TAILS[tail]
    return f"{words.REGIONS[region]}{word}{words.INDUSTRIES[mixed % len(words.INDUSTRIES)]}有限公司"


def person_name(dice: random.Random) -> str:
    """Surname and one or two given characters."""
    surname = dice.choice(words.COMPOUND) if dice.random() < 0.03 else dice.choice(words.SURNAMES)
    return surname + "".join(dice.choice(words.GIVEN) for _ in range(dice.choice((1, 2, 2))))


def _address(dice: random.Random, region: str) -> str:
    return f"{region}市{dice.choice(words.STREETS)}{dice.randint(1, 400)}号"


def _spaced(digits: str) -> str:
    return f"{digits[:3]} {digits[3:7]} {digits[7:]}"


def _dashed(digits: str) -> str:
    return f"{digits[:3]}-{digits[3:7]}-{digits[7:]}"


def _customer(seed: int, index: int) -> dict[str, str]:
    dice = random.Random(f"{seed}:customer:{index}")
    unit = dice.random() < 0.7
    person = person_name(dice)
    name = company_name(seed, index) if unit else person
    # Of every twenty, the last two are one person entered twice under different names.
    pair = index % _PAIRED >= _PAIRED - 2
    line = index - index % _PAIRED + _PAIRED - 2 if pair else index
    digits = f"1390000{line % 10_000:04d}"
    written = dice.choice((digits, digits, digits, _spaced(digits), _dashed(digits)))
    where = "mobile" if pair else dice.choice(("mobile", "mobile", "phone", "neither"))
    return {
        "intsort": "1" if unit else "2",
        "name": name,
        "khid": dice.choice((f"KH{index + 1:05d}", f"WX{_source_id(900_000 + index)}")[index >= _NUMBERED :]),
        "sort1": dice.choice(("3,7", "3,8", "3,9", "4,12", "4,13")),
        "ly": dice.choice(("171", "172", "173", "174", "977", "")),
        "jz": dice.choice(("175", "289", "176", "")),
        "area": words.AREAS.get(name[:2], ""),
        "person_name": person if unit else "",
        "job": dice.choice(words.JOBS),
        "mobile": written if where == "mobile" else "",
        "phone": written if where == "phone" else f"023-6000{index % 10_000:04d}",
        "weixinAcc": f"wx_old_{index:05d}" if dice.random() < 0.4 else "",
        "address": _address(dice, name[:2]) if unit else "",
        "intro": dice.choice(words.NOTES),
        "cateid": dice.choice(("63", "", "", "")),
    }


def _source_id(index: int) -> str:
    return f"u{index:06d}"


@dataclass(slots=True)
class _Draft:
    """A good contact on its way to trouble: what a recipe may look at and change."""

    seed: int
    index: int
    rank: int  # how many contacts before this one had the same recipe
    dice: random.Random
    record: Record
    known: list[dict[str, str]]

    def like(self, field: str) -> dict[str, str]:
        """A known customer that has something in `field`: another one for each contact of the recipe."""
        having = [customer for customer in self.known if customer[field]]
        return having[self.rank % len(having)]


def _contact(seed: int, index: int, trouble: tuple[str, int], known: list[dict[str, str]]) -> Record:
    dice = random.Random(f"{seed}:contact:{index}")
    person, region = person_name(dice), dice.choice(words.REGIONS)
    score, at = dice.randint(60, 98), _START + timedelta(minutes=dice.randint(0, 60_000))
    company = company_name(seed, 20_000 + index) if dice.random() < 0.45 else ""
    record: Record = {
        "source_id": _source_id(index),
        "name": person,
        "phone": mobile(index),
        "phone_verified": True,
        "wechat_id": f"wxid_{index:05d}{dice.randrange(16**4):04x}",
        "company": company,
        "kind": "company" if company else "individual",
        "address": _address(dice, region),
        "email": f"p{index:05d}@mail.example" if dice.random() < 0.3 else "",
        "channel": dice.choice(words.KNOWN_CHANNELS),
        "notes": dice.choice(words.NOTES),
        "remark": person,
        "k_code": "",
        "confidence": dice.randint(50, 100),
        "list": "white" if score >= 80 else "gray",
        "score": score,
        "summary": dice.choice(words.SUMMARIES),
        "owner": dice.choice(words.OWNERS),
        "first_deal_at": at.isoformat() if dice.random() < 0.15 else None,
        "updated_at": at.isoformat(),
    }
    if dice.random() < 0.4:
        record["interactions"] = [_interaction(dice, index, n, at) for n in range(dice.randint(1, 4))]
    recipe, rank = trouble
    if recipe in RECIPES:
        RECIPES[recipe][1](_Draft(seed, index, rank, dice, record, known))
    return record


def _interaction(dice: random.Random, index: int, number: int, before: datetime) -> Record:
    return {
        "source_id": f"{_source_id(index)}-m{number}",
        "at": (before - timedelta(hours=5 * number + 1)).isoformat(),
        "method": dice.choice(("微信", "微信", "电话", "上门")),
        "content": dice.choice(words.TALK),
    }


def _sets(**values: Any) -> Callable[[_Draft], None]:
    return lambda draft: draft.record.update(values)


def _spells(spell: Callable[[str], str]) -> Callable[[_Draft], None]:
    return lambda draft: draft.record.update(phone=spell(draft.record["phone"]))


def _picks(field: str, choices: tuple[str, ...]) -> Callable[[_Draft], None]:
    return lambda draft: draft.record.update({field: draft.dice.choice(choices)})


def _low(lowest: int, highest: int) -> Callable[[_Draft], None]:
    return lambda draft: draft.record.update(score=draft.dice.randint(lowest, highest), list="gray")


def _same_mobile(draft: _Draft) -> None:
    having = [customer for number, customer in enumerate(draft.known) if number % _PAIRED < _PAIRED - 2]
    having = [customer for customer in having if customer["mobile"]]
    if having:
        draft.record["phone"] = _digits(having[draft.rank % len(having)]["mobile"])


def _same_khid(draft: _Draft) -> None:
    """The contact went over to the ERP before: its customer number is ours. Once per number."""
    ours = [customer["khid"] for customer in draft.known if customer["khid"].startswith("WX")]
    if draft.rank < len(ours):
        draft.record["source_id"] = ours[draft.rank].removeprefix("WX")


def _same_name(draft: _Draft) -> None:
    units = [customer for customer in draft.known if customer["intsort"] == "1"]
    if units:
        name = units[draft.rank % len(units)]["name"]
        draft.record.update(company=name.replace("有限公司", " 有限公司 "), kind="company")


def _same_wechat(draft: _Draft) -> None:
    draft.record["wechat_id"] = draft.like("weixinAcc")["weixinAcc"]


def _ambiguous(draft: _Draft) -> None:
    """Two customers fit: one entered twice, or one by mobile and another by WeChat."""
    pairs = draft.known[_PAIRED - 2 :: _PAIRED]
    if pairs and draft.rank % 2 == 0:
        draft.record["phone"] = _digits(pairs[draft.rank // 2 % len(pairs)]["mobile"])
        return
    first = draft.like("mobile")
    second = next(one for one in reversed(draft.known) if one["weixinAcc"] and one["name"] != first["name"])
    draft.record.update(phone=_digits(first["mobile"]), wechat_id=second["weixinAcc"])


def _twin(draft: _Draft) -> None:
    draft.record["phone"] = mobile(1_000_000 + draft.rank // 2)


def _long_name(draft: _Draft) -> None:
    name = company_name(draft.seed, draft.index).removesuffix("有限公司")
    draft.record.update(company=name * 18 + "有限公司", kind="company")


def _long_notes(draft: _Draft) -> None:
    draft.record["notes"] = "\n".join(f"第{n}次沟通：{draft.dice.choice(words.TALK)}" for n in range(1, 260))


def _emoji_name(draft: _Draft) -> None:
    draft.record["name"] = draft.dice.choice(words.EMOJI) + draft.record["name"] + draft.dice.choice(words.EMOJI)


def _k_code(draft: _Draft) -> None:
    number, name = draft.dice.randint(1000, 9999), draft.record["name"]
    spellings = (
        f"K{number}-渝A-{name}-VIP-微信",
        f"K{number}",
        f"K-{number}",
        f"K_{number}",
        f"K{number}-{name}-微信",
    )
    draft.record["k_code"] = draft.dice.choice(spellings)
    draft.record["remark"] = f"{draft.record['k_code']} {name}"


def _long_id(draft: _Draft) -> None:
    draft.record["source_id"] = f"wxid_{draft.index:06d}_" + "f3a9c1d8" * 7


def _full_width(digits: str) -> str:
    return "".join(chr(ord(digit) + 0xFEE0) for digit in digits)


def _digits(written: str) -> str:
    return "".join(character for character in written if character.isdecimal())


RECIPES: dict[str, tuple[int, Callable[[_Draft], None]]] = {
    # held back by the gate
    "no_phone": (40, _sets(phone="", phone_verified=False)),
    "unverified": (35, _sets(phone_verified=False)),
    "low_score": (30, _low(5, 54)),
    "near_miss": (30, _low(55, 59)),
    "black_list": (20, _sets(list="black")),
    "placeholder": (20, _picks("name", words.PLACEHOLDERS)),
    "emoji_only": (10, _picks("name", words.EMOJI)),
    "landline": (10, lambda draft: draft.record.update(phone=f"023-6000{draft.index % 10_000:04d}")),
    "foreign": (10, _sets(phone="+44 20 7946 0018")),
    # the ERP knows them, or seems to
    "same_mobile": (40, _same_mobile),
    "same_khid": (20, _same_khid),
    "same_name": (30, _same_name),
    "same_wechat": (20, _same_wechat),
    "ambiguous": (20, _ambiguous),
    "twin": (20, _twin),
    # odd, but fine
    "long_name": (15, _long_name),
    "long_notes": (15, _long_notes),
    "long_id": (5, _long_id),
    "emoji_name": (40, _emoji_name),
    "plus_86": (20, _spells(lambda digits: f"+86 {digits}")),
    "spaced": (20, _spells(_spaced)),
    "dashed": (20, _spells(_dashed)),
    "full_width": (15, _spells(_full_width)),
    "unknown_channel": (20, _picks("channel", words.UNKNOWN_CHANNELS)),
    "k_code": (60, _k_code),
    "extra_keys": (25, _sets(industry="印刷", 会员等级="金卡", tags=["老客户", "需回访"])),
}
"""Name -> how many of a thousand contacts, and what happens to them. The rest is `plain`."""

_NEEDS_CUSTOMERS = frozenset({"same_mobile", "same_khid", "same_name", "same_wechat", "ambiguous"})
_ENOUGH = 20
"""Below so many customers there is nobody to resemble."""


def recipes(seed: int, contacts: int, customers_count: int = DEFAULT_CUSTOMERS) -> list[str]:
    """Which recipe each contact of a `sample` got: one of each when there is room, twins in pairs."""
    names = [name for name in RECIPES if customers_count >= _ENOUGH or name not in _NEEDS_CUSTOMERS]
    shares = {name: max(1, RECIPES[name][0] * contacts // 1000) for name in names}
    shares["twin"] += shares["twin"] % 2
    plan = [name for name, share in shares.items() for _ in range(share)]
    plan += ["plain"] * (contacts - len(plan))
    random.Random(f"{seed}:plan").shuffle(plan)
    return plan[:contacts]
