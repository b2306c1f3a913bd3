"""Codes as people call them: fields, dictionaries, operations, subjects of the audit, jobs and roles.

Used by the admin's pages and, inside sentences, by `say`. A code without a name speaks for itself.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Names = Mapping[str, Promise]
"""Code → what people call it."""

HUB_FIELDS: Names = {
    "source_id": _("source id"),
    "name": pgettext_lazy("person", "name"),
    "phone": _("phone"),
    "mobile": _("mobile digits"),
    "phone_verified": _("phone verified"),
    "wechat_id": _("WeChat id"),
    "company": _("company"),
    "kind": _("kind"),
    "address": _("address"),
    "email": _("e-mail"),
    "channel": _("channel"),
    "notes": _("notes"),
    "remark": _("remark"),
    "k_code": _("K code"),
    "confidence": _("confidence"),
    "list": _("list"),
    "listing": _("list"),
    "score": _("score"),
    "summary": _("summary"),
    "owner": _("owner"),
    "first_deal_at": _("first deal"),
    "updated_at": _("changed at the source"),
    "source_updated_at": _("changed at the source"),
    "deleted": _("gone at the source"),
    "interactions": _("interactions"),
    "interactions.last.content": _("latest interaction: content"),
    "interactions.last.at": _("latest interaction: time"),
    "interactions.last.method": _("latest interaction: method"),
    "interactions.count": _("number of interactions"),
    "connection.sort1": _("setting of the ERP connection"),
}
"""A contact's fields, by the path a mapping rule reads or by the mirror's column."""

KINDS: Names = {"unit": pgettext_lazy("customer", "unit"), "individual": pgettext_lazy("customer", "individual")}
"""The ERP's two kinds of customer."""

LISTINGS: Names = {"white": _("white list"), "gray": _("gray list"), "black": _("black list"), "none": _("no list")}

VOCABULARIES: Names = {
    "ly": _("customer source"),
    "trade": _("trade"),
    "jz": _("value grade"),
    "follow_up": _("way of follow-up"),
    "area": _("customer area"),
    "stage": _("category and stage"),
    "users": _("ERP users"),
}

MATCH_RULES: Names = {
    "khid": _("customer number"),
    "mobile": _("mobile"),
    "weixin": _("WeChat id"),
    "company_name": _("company name"),
}

OPERATIONS: Names = {
    "login": _("log in"),
    "allocate_unit": _("reserve an id (unit customer)"),
    "allocate_individual": _("reserve an id (individual customer)"),
    "save_unit": _("save a unit customer"),
    "save_individual": _("save an individual customer"),
    "read_customer": _("read a customer"),
    "list_customers": _("list customers"),
    "list_persons": _("list contact persons"),
    "options": _("read a dictionary"),
    "tree_area": _("read the areas"),
    "tree_stage": _("read the categories and stages"),
    "tree_users": _("read the ERP's users"),
    "logout": _("log out"),
    "add_customer": _("add a customer"),
    "edit_customer": _("change a customer"),
    "save_person": _("save a contact person"),
    "read_person": _("read a contact person"),
    "pick_persons": _("choose a contact person"),
    "follow_up_customer": _("follow up a customer"),
    "follow_up_person": _("follow up a contact person"),
    "list_follow_ups": _("list follow-ups"),
    "assign": _("assign a customer"),
    "take_back": _("take a customer back"),
    "apply": _("apply for a customer"),
    "approve": _("approve a customer"),
    "review": _("review a customer"),
    "share": _("share a customer"),
    "protect": _("protect a customer"),
    "unprotect": _("give up the protection of a customer"),
    "list_contracts": _("list contracts"),
    "list_products": _("list products"),
    "list_contact_book": _("read the contact book"),
    "list_users": _("list users"),
    "inventory_summary": _("read the stock"),
    "read_contract": _("read a contract"),
    "customer.save": _("save the customer"),
    "person.save": _("save a contact person"),
    "followup.add": _("add a follow-up"),
    "customer.assign": _("assign the customer"),
    "customer.apply": _("apply for the customer"),
    "customer.approve": _("decide on an application"),
    "customer.review": _("review the customer"),
    "customer.take_back": _("take the customer back"),
    "customer.share": _("share the customer"),
    "customer.protect": _("protect the customer"),
    "customer.unprotect": _("give up the protection"),
}
"""What is asked of the ERP (`erp.catalogue.OPERATIONS`), and what a proposal is for."""

FIELD_TYPES: Names = {
    "text": pgettext_lazy("field", "text"),
    "int": _("whole number"),
    "decimal": pgettext_lazy("field", "number"),
    "date": pgettext_lazy("field", "date"),
    "option": _("one of a list"),
    "pair": _("category and stage"),
}
"""Types of the ERP's fields (`core.payload.FieldSpec.type`)."""

ANSWERS: Names = {
    "header": _("the session, in the header"),
    "bill": _("a form with its fields"),
    "message": _("a sentence"),
    "table": _("a table, page by page"),
    "options": _("a list of names and codes"),
    "trees": _("a tree of names and codes"),
    "v3": _("a code with a sentence, and a flat record or table"),
}
"""Shapes of the ERP's answers (`erp.catalogue.Operation.answer`)."""

MARKS: Names = {
    "R": _("seen at a real ERP"),
    "V": _("from the vendor's help"),
    "S": _("as its pages behave in general"),
    "G": _("a guess, never run"),
}
"""How sure a fact about an operation is."""

SUBJECTS: Names = {
    "act": _("act on many"),
    "contact": _("contact"),
    "proposal": _("proposal"),
    "push": _("push"),
    "binding": _("binding"),
    "upload": _("contact upload"),
    "mapping": _("mapping"),
    "erprecord": _("ERP customer"),
    "erpconnection": _("ERP connection"),
    "hubconnection": _("hub connection"),
    "installation": _("installation"),
    "exchange": _("exchange"),
    "sourcecode": _("source code"),
    "valuemap": _("value map"),
    "interaction": _("interaction"),
    "group": _("role"),
    "user": _("user"),
}
"""What an audit entry is about."""

JOBS: Names = {
    "import_contacts": _("import"),
    "ingest": _("import"),
    "propose": _("judging"),
    "match": _("matching"),
    "push": _("pushing"),
    "follow": _("following up"),
    "survey": _("survey"),
    "lookup": _("looking up"),
    "bootstrap": _("installation"),
    "connect": _("connecting"),
    "preview": _("previewing a draft"),
    "brakes": _("stopping and going on by itself"),
    "prune": _("clearing old evidence"),
}

RIGHTS: Names = {
    "approve_proposal": _("approve proposals"),
    "reject_proposal": _("decline proposals"),
    "edit_proposal": _("edit proposals"),
    "bind_proposal": _("bind proposals to ERP customers"),
    "order_proposal": _("order operations on ERP customers"),
    "requeue_push": _("send pushes again"),
    "bury_push": _("close pushes"),
    "cancel_push": _("cancel pushes"),
    "settle_push": _("settle pushes in doubt"),
    "let_go_push": _("let the rest of a batch go on"),
    "view_full_phone": _("see whole phone numbers everywhere"),
    "reveal_phone": _("look at a contact's whole phone numbers, recorded each time"),
    "view_live": _("look a customer up in the ERP"),
    "view_catalogue": _("read the catalogue of the ERP's operations"),
    "view": _("view"),
    "add": _("add"),
    "change": _("change"),
    "delete": _("delete"),
}
"""What a role may do: the rights of our own by codename, Django's by their first word."""

ROLES: Names = {
    "reviewer": _("reviewer"),
    "mapper": _("mapper"),
    "operator": _("operator"),
    "auditor": _("auditor"),
    "administrator": _("administrator"),
}


def called(names: Names, code: str) -> str:
    """What people call a code, in the active language; the code itself when it has no name."""
    return str(names.get(code, code))


def both(names: Names, code: str) -> str:
    """The name with the code behind it, for those who write the code elsewhere."""
    return f"{names[code]} ({code})" if code in names else code


def hub_field(path: str) -> str:
    """A source path, or several with commas, as people call it; `extra.industry` stays as it is."""
    return ", ".join(called(HUB_FIELDS, part.strip()) for part in path.split(","))


def who(actor: str) -> str:
    """An audit entry's hand: a person's user name as it is, a job as "system (pushing)"."""
    kind, _colon, job = actor.partition(":")
    return str(_("system (%(job)s)")) % {"job": called(JOBS, job)} if kind == "job" and job else actor
