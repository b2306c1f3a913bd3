"""What gate, mapping, payload check, match and review say of one contact."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

GATE: dict[str, Promise] = {
    "gate.deleted": _("The contact was deleted in the hub."),
    "gate.phone_missing": _("No phone number."),
    "gate.phone_not_mobile": _("“%(phone)s” is not a valid mainland mobile number."),
    "gate.phone_not_verified": _("The phone number %(phone)s is not verified in the hub."),
    "gate.name_missing": _("No name."),
    "gate.name_no_letters": _("The name “%(name)s” has no letters, only signs or emoji."),
    "gate.name_placeholder": _("The name “%(name)s” is a placeholder, not a name."),
    "gate.name_short": _("The name “%(name)s” is too short: %(length)s letters, needs %(needs)s."),
    "gate.score_missing": _("No score; needs %(needs)s."),
    "gate.score_low": _("Score %(score)s, needs %(needs)s."),
    "gate.black_listed": _("On the black list."),
    "gate.not_white_listed": _("Not on the white list (%(list)s)."),
    "gate.unknown_rule": _("There is no gate rule “%(rule)s”; there are: %(known)s."),
    "gate.unknown_param": _("The rule %(rule)s has no setting “%(param)s”; it has: %(known)s."),
    "gate.bad_param": _("The rule %(rule)s: “%(value)s” does not fit the setting %(param)s; give %(expects)s."),
}

MAPPING: dict[str, Promise] = {
    "mapping.required": _("%(caption)s is empty: %(source)s has nothing. Fill it in here or in the hub."),
    "mapping.too_long": _("%(caption)s has %(length)s characters, the ERP takes %(max)s. Shorten it."),
    "mapping.cut": _("%(caption)s was cut from %(length)s to %(max)s characters."),
    "mapping.spilled": _("%(caption)s was cut from %(length)s to %(max)s characters; the rest is in the notes."),
    "mapping.channel_unmapped": _("The channel “%(channel)s” has no source code. Choose one under source codes."),
    "mapping.vocabulary_missing": _("%(caption)s: the ERP's options “%(vocabulary)s” are not known yet. Run a survey."),
    "mapping.not_an_option": _(
        "%(caption)s: “%(value)s” is not one of the ERP's options “%(vocabulary)s”. Add it in the ERP"
        " and run a"
        " survey, or map it to another."
    ),
    "mapping.option_retired": _(
        "%(caption)s: the ERP no longer has the option “%(value)s” (%(vocabulary)s). Choose another where the rules"
        " name it, or bring it back in the ERP and run a survey."
    ),
    "mapping.value_map_missing": _("%(caption)s: there is no value map “%(map)s”. Create it, or mend the rule."),
    "mapping.no_pair": _("%(caption)s: the value map “%(map)s” has no pair for “%(value)s”. Add one."),
    "mapping.not_a_number": _("%(caption)s: “%(value)s” is not a number."),
    "mapping.not_a_mobile": _("%(caption)s: “%(value)s” is not a valid mainland mobile number."),
    "mapping.not_a_date": _("%(caption)s: “%(value)s” is not a date; give 2025-01-31."),
    "mapping.sort1_missing": _(
        "%(caption)s: no category and stage. Set the option %(option)s of the ERP connection, or add a mapping rule."
    ),
    "mapping.bad_setting": _(
        "%(caption)s: the option %(option)s of the ERP connection is “%(value)s”; it can be %(expects)s."
    ),
    "mapping.k_code_missing": _(
        "%(caption)s: the contact has no K code, and the connection's option khid asks for it."
    ),
    "mapping.k_code_long": _("%(caption)s: the K code “%(value)s” has %(length)s characters, the ERP takes %(max)s."),
    "mapping.unknown_target": _("Rule %(position)s: the ERP has no field “%(target)s”."),
    "mapping.duplicate_target": _(
        "Rule %(position)s: %(target)s already has a rule for %(kind)s customers. Remove one."
    ),
    "mapping.not_for_kind": _("Rule %(position)s: %(kind)s customers have no field %(target)s."),
    "mapping.bad_kind": _("Rule %(position)s (%(target)s): “%(value)s” is not unit, individual or both."),
    "mapping.bad_path": _("Rule %(position)s (%(target)s): “%(path)s” in “%(argument)s” is not a field of a contact."),
    "mapping.source_missing": _("Rule %(position)s (%(target)s) names no source field."),
    "mapping.unknown_transform": _(
        "Rule %(position)s (%(target)s): there is no transform “%(transform)s”; there are: %(known)s."
    ),
    "mapping.bad_argument": _(
        "Rule %(position)s (%(target)s): the argument “%(argument)s” does not fit; give something like %(expects)s."
    ),
    "mapping.argument_unused": _(
        "Rule %(position)s (%(target)s): the transform takes no argument. Remove “%(argument)s”."
    ),
    "mapping.not_carried": _(
        "%(caption)s cannot be sent by the dialect %(dialect)s of the connection %(connection)s, and whoever has a"
        " value there is held. Choose another dialect for this operation, or remove the rule."
    ),
    "mapping.no_users": _("The assignment rule (%(rule)s) names no ERP user. Fill its list in under assignment rules."),
    "mapping.no_way": _("There is no way of follow-up for “%(method)s”. Add one under ways of follow-up."),
    "mapping.bad_map_kind": _("The value map %(map)s is of kind “%(kind)s”; it can be exact or threshold."),
    "mapping.bad_bound": _("The value map %(map)s, pair %(position)s: the bound “%(value)s” is not a number."),
    "mapping.pair_twice": _("The value map %(map)s, pair %(position)s: “%(value)s” stands there twice. Remove one."),
    "mapping.pair_long": _("The value map %(map)s, pair %(position)s: at most %(max)s characters are kept."),
    "mapping.pair_empty": _("The value map %(map)s, pair %(position)s: “%(value)s” leads to nothing. Fill it in."),
}

PAYLOAD: dict[str, Promise] = {
    "payload.required": _("%(caption)s is empty, and the ERP requires it."),
    "payload.too_long": _("%(caption)s has %(length)s characters, the ERP takes %(max)s. Shorten it."),
    "payload.not_a_number": _("%(caption)s: “%(value)s” is not a number."),
    "payload.not_a_date": _("%(caption)s: “%(value)s” is not a date; give 2025-01-31."),
    "payload.not_an_option": _("%(caption)s: “%(value)s” is not one of the ERP's options “%(vocabulary)s”."),
    "payload.option_unchecked": _(
        "%(caption)s: “%(value)s” could not be checked, the ERP's options “%(vocabulary)s” are not"
        " known yet. Run a"
        " survey."
    ),
    "payload.not_carried": _(
        "%(caption)s: “%(value)s” cannot be sent by the dialect %(dialect)s. Empty the field, or choose another dialect"
        " for this operation (option “dialects” of the connection)."
    ),
    "payload.option_unnamed": _(
        "%(caption)s: this dialect is told names, and “%(value)s” has none among the ERP's options “%(vocabulary)s”."
        " Run a survey, choose another option, or choose another dialect for this operation."
    ),
    "payload.bad_pair": _("%(caption)s: “%(value)s” is not a pair of category and stage such as 3,7."),
    "payload.unknown_field": _("The ERP has no field “%(target)s”."),
    "payload.not_for_kind": _("%(kind)s customers have no field %(caption)s."),
    "payload.not_asked_for": _("%(caption)s is only sent with another kind of schedule (%(when)s). Empty it."),
}

MATCH: dict[str, Promise] = {
    "match.ambiguous": _(
        "%(count)s customers in the ERP may be this contact (%(ords)s). Bind it to one, or create it."
    ),
    "match.khid_taken": _(
        "The customer number %(khid)s already belongs to customer %(ord)s, which is not this contact."
        " Change the"
        " number."
    ),
    "match.also": _("Customer %(ord)s (%(name)s) also looks like this contact; %(chosen)s was found to be it."),
    "match.differs": _("Customer %(ord)s has another %(rule)s: “%(erp)s” there, “%(ours)s” here."),
    "match.same_mobile_contact": _(
        "Contact %(source_id)s has the same mobile %(mobile)s. Decline one of the two, bind, or create it anyway."
    ),
    "match.ord_taken": _("Customer %(ord)s already belongs to contact %(source_id)s. Choose another one."),
    "match.kind_differs": _(
        "Customer %(ord)s is of kind %(erp)s in the ERP, the contact of kind %(ours)s: fields its form lacks are not"
        " written."
    ),
    "match.persons_unread": _(
        "The ERP does not list contact persons, so this mobile was only looked for among customers. See the"
        " connection's page for the reason."
    ),
    "match.found_later": _(
        "The ERP had a customer like this contact by the time it was to be sent. It comes back for review."
    ),
    "match.refused_duplicate": _(
        "The ERP refused it, for another customer has this %(caption)s: “%(sentence)s” Bind it to the customer that was"
        " found, or create it anyway."
    ),
    "match.duplicate_unseen": _(
        "The ERP says that another customer has this %(caption)s (“%(sentence)s”), but none was found. Bind it by hand,"
        " change the value, or create it anyway."
    ),
    "match.target_gone": _("Customer %(ord)s is gone from the ERP. Choose another one, or create it."),
    "match.too_many_hits": _("The ERP found too many customers to compare. Run a survey, or bind by hand."),
    "match.no_id_column": _("The ERP's list tells no customer id, so its hits cannot be compared."),
}

OVERTAKEN: dict[str, Promise] = {
    "contact.moved": _("The contact or a rule changed; a newer proposal took its place."),
    "contact.gone": _("The contact is gone from the hub."),
    "nothing_to_write": _("The ERP already has all of it."),
}
"""Why a proposal was superseded."""

FOLLOWING: dict[str, Promise] = {
    "waiting.customer": _("Waits until its customer is in the ERP."),
    "waiting.customer_failed": _("Its customer's push failed or is in doubt. Mend that first."),
    "withdrawn": _("Taken back before it was sent."),
}
"""Why what follows a customer waits, or came to nothing."""

REVIEW: dict[str, Promise] = {
    "review.moved": _("It changed since it was shown. Look again."),
    "review.not_ready": _("It is not waiting for review; somebody else may have decided."),
    "review.has_errors": _("It has findings that must be mended first."),
    "review.ambiguous": _("Several customers may be meant. Bind it to one, or create it."),
    "review.push_open": _("An earlier push of this contact is still on its way. Wait for its end."),
    "review.ord_taken": _("This ERP customer belongs to another contact. Choose another one."),
    "review.ord_gone": _("This customer is gone from the ERP. Choose another one."),
    "review.bound": _("The contact is bound to its customer already."),
    "review.gone": _("There is no such proposal."),
    "review.edits_lost": _(
        "%(fields)s had been edited on the proposal before; the contact or a rule changed since, and the edits are not"
        " in this one."
    ),
    "review.push_not_failed": _("It did not fail, or somebody dealt with it meanwhile."),
    "review.not_in_doubt": _("It is not in doubt any more."),
    "review.not_a_customer": _("That is decided on the customer's own proposal, not on what follows it."),
    "review.not_bound": _("The contact is not bound to an ERP customer yet."),
    "review.waits_already": _("The same operation waits for a decision already."),
    "review.no_candidate": _("This customer is not among the candidates."),
    "review.unknown_field": _("Customers of this kind have no such field, or it cannot be changed."),
    "review.bad_value": _("The ERP would refuse this value."),
    "review.reason_missing": _("Say why."),
    "review.push_not_legal": _("Its state does not allow it, or its contact has another push open."),
    "review.nothing_to_undo": _("There is no decision to take back."),
    "review.already_sent": _("It was sent already and cannot be taken back."),
    "review.newer_proposal": _("A newer proposal has taken its place. Decide there."),
    "review.own_work": _("You edited it yourself: a colleague has to approve it."),
    "review.second_person": _(
        "So many at once, or what was edited or is created anyway, needs a second person. Choose it on the review list;"
        " a colleague confirms it there."
    ),
    "act.own": _("You asked for it: somebody else has to confirm it."),
    "act.unseen": _("Open every row of the sample first."),
    "act.not_waiting": _("It does not wait for a second person any more."),
    "act.ended": _("It has ended already."),
    "act.nothing_to_undo": _("Nothing of this act can be taken back: it runs still, or it decided nothing."),
    "act.not_allowed": _("Who asked for it, or confirmed it, may not decide any more."),
    "review.not_allowed": _("This lies outside what you may decide."),
}
"""Why a verb left a row as it is."""
