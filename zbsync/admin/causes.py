"""Finding codes in two or three words: for pills in lists and for the filter "why". Sentences stand in `sentences`.

Used by the proposal and contact pages. A code without a short name speaks for itself.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

HELD: dict[str, Promise] = {
    "gate.score_low": _("score too low"),
    "gate.score_missing": _("no score"),
    "gate.phone_missing": _("no phone"),
    "gate.phone_not_mobile": _("no mainland mobile"),
    "gate.phone_not_verified": _("phone not verified"),
    "gate.name_missing": _("no name"),
    "gate.name_short": _("name too short"),
    "gate.name_placeholder": _("placeholder name"),
    "gate.name_no_letters": _("name without letters"),
    "gate.black_listed": _("on the black list"),
    "gate.not_white_listed": _("not on the white list"),
    "gate.deleted": _("gone from the hub"),
}
"""Why the gate holds a contact."""

STOPPED: dict[str, Promise] = {
    "match.ambiguous": _("several matches"),
    "match.same_mobile_contact": _("same mobile twice"),
    "match.ord_taken": _("customer is taken"),
    "match.khid_taken": _("number is taken"),
    "match.duplicate_unseen": _("refused as duplicate"),
    "match.refused_duplicate": _("refused as duplicate"),
    "match.target_gone": _("customer is gone"),
    "match.persons_unread": _("persons not read"),
    "mapping.channel_unmapped": _("channel unmapped"),
    "mapping.required": _("field missing"),
    "mapping.too_long": _("field too long"),
    "mapping.sort1_missing": _("no category"),
    "mapping.no_pair": _("value unmapped"),
    "mapping.value_map_missing": _("value map missing"),
    "mapping.not_an_option": _("option unknown"),
    "mapping.option_retired": _("option retired"),
    "mapping.vocabulary_missing": _("survey missing"),
    "mapping.not_a_mobile": _("not a mobile"),
    "mapping.not_a_number": _("not a number"),
    "mapping.not_a_date": _("not a date"),
    "mapping.bad_setting": _("bad setting"),
    "mapping.no_users": _("no user named"),
    "mapping.no_way": _("no way of follow-up"),
    "mapping.k_code_missing": _("no K code"),
    "mapping.k_code_long": _("K code too long"),
    "mapping.not_carried": _("dialect cannot say it"),
    "mapping.pair_long": _("pair too long"),
    "payload.required": _("required field empty"),
    "payload.too_long": _("too long for the ERP"),
    "payload.not_an_option": _("not an ERP option"),
    "payload.bad_pair": _("bad category"),
    "payload.not_a_number": _("number unreadable"),
    "payload.not_a_date": _("date unreadable"),
    "payload.unknown_field": _("unknown field"),
    "payload.not_carried": _("dialect cannot say it"),
    "payload.option_unnamed": _("option without a name"),
    "payload.not_for_kind": _("wrong kind"),
    "payload.not_asked_for": _("not asked for"),
}
"""What a person must mend before a proposal can be approved."""

OVERTAKEN: dict[str, Promise] = {
    "contact.moved": _("changed since"),
    "contact.gone": _("gone from the hub"),
    "nothing_to_write": _("nothing to write"),
    "withdrawn": _("taken back"),
}
"""Why a proposal was superseded."""

WAITING: dict[str, Promise] = {
    "waiting.customer": _("customer first"),
    "waiting.customer_failed": _("customer failed"),
}
"""Why what follows a customer is not to be reviewed yet."""

CAUSES: dict[str, Promise] = {**HELD, **STOPPED, **OVERTAKEN, **WAITING}


def short(code: str) -> str:
    """The code in a few words."""
    return str(CAUSES.get(code, code))
