"""What is said of the ERP: its answers, its pushes, its connections and surveys."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ERP: dict[str, Promise] = {
    "erp.refused": _("The ERP refused it: “%(sentence)s”"),
    "erp.duplicate": _("The ERP already has a customer with this value: “%(sentence)s”"),
    "erp.absent": _("The ERP says that the customer is deleted: “%(sentence)s”"),
    "erp.error": _("The ERP could not be asked."),
    "erp.not_sent": _("No connection to the ERP; nothing was sent."),
    "erp.expired": _("The ERP session had run out; nothing was processed."),
    "erp.login_refused": _("The ERP does not let the account in. Mend user and password, then try again."),
    "erp.captcha_demanded": _("The ERP asks for a captcha. Log in there once by hand, then try again."),
    "erp.login_failed": _("The login to the ERP broke off; nothing was sent."),
    "erp.wrong_path": _("There is no such page at the ERP. Check the connection's address and dialect."),
    "erp.unavailable": _("The ERP asked to come back later; nothing was processed."),
    "erp.too_many_requests": _("The ERP was asked too often; nothing was processed."),
    "erp.lost_reply": _("The reply of the ERP got lost. Whether it was stored must be looked up."),
    "erp.server_fault": _("The ERP's server failed. Whether it was stored must be looked up."),
    "erp.script_error": _("The ERP's page crashed. Whether it was stored must be looked up."),
    "erp.empty_answer": _("The ERP answered nothing. Whether it was stored must be looked up."),
    "erp.not_json": _("The ERP answered with a web page. Check the connection's content type."),
    "erp.unknown_answer": _("The ERP answered in words zbsync does not know. Whether it was stored must be looked up."),
}

PUSH: dict[str, Promise] = {
    "erp.secret_missing": _("The connection %(connection)s has no account: set the variable %(variable)s."),
    "erp.bad_setting": _("The connection %(connection)s cannot be used as it is set: %(problem)s."),
    "push.binding_conflict": _("The ERP stored it as customer %(ord)s, but the contact is bound to %(bound)s already."),
    "push.erp_gone": _("Customer %(ord)s does not exist in the ERP any more. Reject it or bind another customer."),
    "push.erp_moved": _("Changed in the ERP since the approval: then “%(then)s”, now “%(now)s”. Review it again."),
    # Causes of a push: why it stands where it stands.
    "erp_gone": _("No such customer in the ERP any more."),
    "erp_moved": _("Changed in the ERP since the approval."),
    "not_stored": _("The ERP said ok and stored nothing."),
    "read_different": _("The ERP has other values than were sent."),
    "tries_used": _("Sent as often as allowed, and it never arrived: a person must look."),
    "proved_absent": _("Looked twice: it never arrived; free to be sent again."),
    "lease_lapsed": _("The job that had it went silent."),
    "id_taken": _("The ERP handed out an id that another customer has; nothing was sent."),
    "lease_short": _("Too little time was left to send it; nothing was sent."),
    "bug": _("The program itself failed here; the log of the worker says how."),
    "slot_lost": _("Another job took over the connection; nothing was sent."),
    "out_of_time": _("The time of the job was over; nothing was sent."),
    "in_doubt.other_record": _("Another customer stands under its id in the ERP: a person must look."),
    "in_doubt.append_only": _(
        "The ERP shows no follow-ups, and a second one could not be taken back: a person must look."
    ),
    "in_doubt.not_readable": _("The ERP shows nothing of it, so looking cannot settle it: a person must look."),
    "not_found": _("The ERP said yes, and the customer is not to be found by its number yet."),
    "push.person_gone": _("Contact person %(ord)s does not exist in the ERP any more."),
    "not_readable": _("The ERP said yes, and shows nothing by which that could be checked."),
    "pause.login_refused": _("The ERP refused the account twice. Mend user and password, then resume."),
    "overtaken": _("A later push of the same contact did it; nobody need look any more."),
    "paused": _("The connection was paused before it was sent; nothing was sent."),
    "in_doubt.look_again": _("A person asked for another look."),
    "pause.breaker.share": _(
        "%(failed)s of %(ended)s tries failed within %(minutes)s minutes, so it stopped by itself. It is probed, and"
        " goes on when the ERP answers well again."
    ),
    "pause.breaker.unknown": _(
        "%(unknown)s pushes are in doubt within %(minutes)s minutes, so it stopped by itself. It is probed, and goes on"
        " when the ERP answers well again."
    ),
    "pause.breaker.half_open": _(
        "The ERP answered the probe, but %(failed)s of %(ended)s pushes sent after it failed. It will be probed again."
    ),
    "pause.by_hand": _("A person paused it. Resume it when it may go on."),
    "pause.captcha": _("The ERP asks for a captcha. Log in there once by hand, then resume."),
    "in_doubt.no_id": _("The ERP gave no id, so looking cannot settle it: a person must look."),
}

CONNECT: dict[str, Promise] = {
    "connect.bad_name": _("The name “%(value)s” does not fit: use letters, digits, - and _."),
    "connect.bad_value": _("--%(field)s %(value)s does not fit; give %(expects)s."),
    "connect.bad_timeout": _("--timeout %(value)s does not fit: above 0, at most ZBSYNC_CALL_TIMEOUT_S = %(max)s."),
    "connect.unknown_option": _("There is no option “%(field)s”; there are %(known)s."),
    "connect.bad_option": _("The option %(field)s=%(value)s does not fit; give %(expects)s."),
    "connect.no_options": _("A hub of kind %(kind)s has no option “%(field)s”. Leave it out."),
    "connect.secret_given": _("“%(field)s” would put a secret into the database. Name its variable: %(mend)s=NAME."),
    "connect.not_a_variable": _("--%(field)s takes the name of an environment variable, not its value."),
    "connect.kind_fixed": _("The hub is of kind %(kind)s and has contacts. Make another hub for %(value)s."),
    "connect.does_not_fit": _("The setting %(field)s does not fit: %(problem)s."),
}
"""Why a connection cannot be stored as it was given."""

CHECK: dict[str, Promise] = {
    "check.tls": _(
        "The encryption with the server failed (%(sentence)s). If it is your own authority, give its file: "
        "--option ca_file=FILE; if the server speaks no https, write http in --base-url."
    ),
    "check.proxy": _("The proxy does not let it through (%(sentence)s). Check --option proxy=http://host:port."),
    "check.name": _("No server has this name (%(sentence)s). Check --base-url."),
    "check.silent": _("The server does not answer at all (%(sentence)s). Check --base-url, the network and firewalls."),
    "check.closed": _("Nobody listens at this address (%(sentence)s). Check host and port of --base-url."),
    "check.late": _("There was too little time (%(sentence)s). Give a longer --timeout."),
    "check.wrong_path": _(
        "There is no such page: %(where)s. Check --dialect, --option login_path=… and whether --base-url lacks a path."
    ),
    "check.not_json": _(
        "A web page came instead of data from %(where)s (%(sentence)s). Check --base-url and --option content_type=…; "
        "a portal or a proxy may stand in between."
    ),
    "check.login_refused": _(
        "The ERP does not let the account in: “%(sentence)s”. Check the values of its two variables, and that mobile "
        "login is allowed for the account. After three refusals the ERP asks for a captcha."
    ),
    "check.captcha": _(
        "The ERP asks for a captcha: “%(sentence)s”. Log in there once by hand with the phone app, then check again."
    ),
    "check.lost_reply": _("No whole answer came from %(where)s (%(sentence)s). Try again, or give a longer --timeout."),
    "check.server_fault": _("The ERP's server failed at %(where)s (%(sentence)s). Ask whoever runs it."),
    "check.refused": _("The ERP does not allow it: “%(sentence)s”. Check the account's rights."),
    "check.unknown_answer": _(
        "The answer from %(where)s is not understood (%(sentence)s). Check that it is a 智邦 ERP, and --dialect."
    ),
    "check.no_customers": _(
        "The account sees no customer at all. If the ERP has some, the account lacks the right to see them."
    ),
    "check.no_options": _(
        "The account sees no customer sources (客户来源). Without them nothing can be mapped: check its rights."
    ),
}
"""What `connect_erp --check` found, with the mend."""

LOOKUP: dict[str, Promise] = {
    "lookup.absent": _("The ERP has no customer %(ord)s any more, or shows it to this account no longer."),
    "lookup.broken": _("The ERP's page failed: “%(sentence)s”"),
    "lookup.busy": _("A run of ours is talking to %(connection)s right now. Look again in a minute."),
    "lookup.no_answer": _("The ERP did not answer within %(seconds)s seconds. Look again later."),
    "lookup.no_connection": _("The ERP cannot be reached: there is no connection to its address."),
    "lookup.off": _("The connection %(connection)s is switched off; nobody asks this ERP."),
    "lookup.out_of_time": _("The ERP answers slowly: the time was over before everything was asked."),
    "lookup.refused": _("The ERP does not show it: “%(sentence)s”"),
}
"""Why a look at a customer in the ERP showed less than was asked for."""

SURVEY: dict[str, Promise] = {
    "survey.list_empty": _(
        "The ERP shows an empty list, but %(known)s are known. Check what the account may see; nothing was removed."
    ),
    "survey.taken_over": _(
        "Another run went on with the survey of %(connection)s. Nothing is lost; let that one finish."
    ),
    "survey.vocabulary_empty": _(
        "The ERP shows no option of %(vocabulary)s, but had some. Check the account; nothing was removed."
    ),
}

TRANSFER: dict[str, Promise] = {
    "transfer.not_readable": _("The file cannot be read. Export a version and change that file."),
    "transfer.not_ours": _("The file is no exported mapping: its format is not %(format)s."),
    "transfer.no_sheet": _("The workbook has no sheet “%(sheet)s”."),
    "transfer.not_rows": _("“%(part)s” is not a list of objects."),
    "transfer.bad_pairs": _("A value map has name, kind, note and pairs; a pair is a list of two texts."),
    "transfer.too_many": _("At most %(rules)s rules and %(pairs)s pairs are taken."),
    "transfer.unknown_column": _("There is no column “%(column)s”; there are: %(known)s."),
    "transfer.missing": _("%(column)s is empty."),
    "transfer.not_text": _("“%(value)s” is not a text, or not in a column that belongs here."),
    "transfer.not_one_of": _("“%(value)s” is none of %(known)s."),
    "transfer.not_yes_or_no": _("“%(value)s” is neither true nor false."),
    "transfer.not_a_place": _("“%(value)s” is not a whole number of 0 or more."),
    "transfer.too_long": _("The text has %(length)s characters, at most %(max)s are kept."),
    "transfer.bad_name": _("“%(value)s” cannot be the name of a value map: letters, digits, - and _ only."),
    "transfer.map_differs": _("The value map %(map)s is here already and is different. Say that it shall be replaced."),
}
"""What is wrong with a file that a mapping is imported from."""

PUBLISH: dict[str, Promise] = {
    "publish.not_draft": _("Only a draft can be published. Copy the version to a draft first."),
    "publish.draft_moved": _(
        "Somebody changed this draft since you opened it. Open it again; nothing of yours was kept."
    ),
    "publish.preview_moved": _("The draft or the published version changed meanwhile. Run the preview again."),
    "publish.no_such_map": _("There is no such value map any more."),
    "publish.map_moved": _("Somebody changed this value map since you opened it. Look at it again; nothing was kept."),
    "replay.no_mapping": _("This push was not made by the mapping, so no version of it can say it again."),
    "replay.cannot_work": _("This version has rules that cannot work. Mend its draft first."),
    "publish.no_such_source": _("The ERP has no such customer source any more. Look again and choose."),
    "publish.no_rules": _("The draft has no rules. Add some, then publish."),
}
