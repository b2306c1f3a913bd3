"""The rules of gate and mapping as their editors see them: names, settings, and what a transform does.

The rules themselves stand in `core.gate` and `core.transforms`; a test keeps both sides complete.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

GATE_RULES: Mapping[str, Promise] = {
    "phone_verified": _("phone is a verified mobile"),
    "name_complete": _("name is complete"),
    "score": _("score is high enough"),
    "not_black_listed": _("not on the black list"),
}

GATE_PARAMS: Mapping[str, Promise] = {
    "require_verified": _("must be verified in the hub"),
    "min_length": _("fewest letters"),
    "placeholders": _("names that name nobody"),
    "minimum": _("lowest score"),
    "only_white": _("only the white list may go"),
}

TYPES: Mapping[str, Promise] = {
    "int": _("a whole number"),
    "float": _("a number"),
    "bool": _("true or false"),
    "text": _("text"),
    "list": _("a list of texts"),
}
"""Types of a gate rule's settings."""

TRANSFORMS: Mapping[str, tuple[Promise, Promise | str]] = {
    "copy": (_("as it is"), ""),
    "strip": (_("without needless spaces"), ""),
    "first_of": (_("the first that is not empty"), _("fields with commas: company,name")),
    "template": (_("text with fields in it"), _("fields stand in braces: WX{source_id}")),
    "mobile": (_("mainland mobile, 11 digits"), ""),
    "digits": (_("digits only"), ""),
    "cut": (_("the first characters"), _("how many: 20")),
    "option": (_("ERP option by its name"), _("the dictionary: trade")),
    "source_code": (_("by source codes"), _("the dictionary; empty: ly")),
    "value_map": (_("by a value map"), _("the map, and if wanted a dictionary: score_to_jz:jz")),
    "constant": (_("fixed value"), _("the value")),
    "khid": (_("as the customer number"), _("the prefix; empty: WX")),
    "stage": (_("category and stage"), _("the dictionary; empty: stage")),
    "join_interactions": (_("latest interactions, one a line"), _("how many; empty: 5")),
    "date": (_("date or time"), _("the format; empty: YYYY-MM-DD")),
    "upper": (_("capital letters"), ""),
    "lower": (_("small letters"), ""),
}
"""Name → (what it does, what its argument is; "" = it takes none)."""


def transform(code: str) -> str:
    """What a transform does, in the active language; an unknown one speaks for itself."""
    return str(TRANSFORMS[code][0]) if code in TRANSFORMS else code


def expects(declared: str) -> str:
    """A setting's `ParamSpec.expects`, `int 1…50`, in words."""
    kind, _space, limits = declared.partition(" ")
    return f"{TYPES.get(kind, kind)} {limits}".rstrip()
