"""What a file of contacts is told, and the mend for each bad row."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

INTAKE: dict[str, Promise] = {
    # a whole file
    "intake.cannot_open": _("%(file)s cannot be opened (%(error)s). Check the name and the rights."),
    "intake.file_empty": _("%(file)s holds no rows. Give a file with a header and one contact a row."),
    "intake.old_workbook": _("%(file)s is an Excel 97 or a protected workbook. Save it as .xlsx or CSV."),
    "intake.unknown_suffix": _("%(file)s: %(suffix)s is not known. Give .jsonl, .csv or .xlsx."),
    "intake.not_what_it_says": _("%(file)s says %(says)s and holds %(holds)s. Rename it, or give the other."),
    "intake.one_json_list": _("%(file)s is one JSON list. Write one contact a line (JSON Lines)."),
    "intake.web_page": _("%(file)s is a web page or XML. Export it again as .xlsx, CSV or JSON Lines."),
    "intake.not_text_file": _("%(file)s is neither text nor a workbook. Give .jsonl, .csv or .xlsx."),
    "intake.unknown_encoding": _("%(file)s is neither UTF-8, UTF-16 nor GB18030. Save it as UTF-8."),
    "intake.line_too_long": _("%(file)s, line %(line)s: over %(max)s MB. Write one contact a line."),
    "intake.column_twice": _("“%(first)s” and “%(second)s” are both %(field)s. Remove one column."),
    "intake.no_source_id": _("No column says who is who (found: %(columns)s). Name one of: %(names)s."),
    "intake.broken_workbook": _("%(file)s cannot be read as a workbook. Open it, and save it again as .xlsx."),
    "intake.not_a_workbook": _("%(file)s is packed, but no workbook. Give .xlsx, CSV or JSON Lines."),
    "intake.workbook_too_large": _("%(file)s has over %(max)s rows or too much text. Save the sheet as CSV."),
    "intake.database_refused": _("The database refused a row (%(error)s). Tell an administrator."),
    # one row
    "intake.not_json": _("Not a JSON object, from character %(place)s on."),
    "intake.not_an_object": _("JSON, but not an object."),
    "intake.broken_bytes": _("Some bytes are not text."),
    "intake.broken_quotes": _("The quotes do not pair."),
    "intake.too_many_cells": _("%(cells)s cells, but the header has %(columns)s."),
    "intake.source_id_missing": _("%(field)s is empty."),
    "intake.spoiled_number": _("“%(value)s” is a number that a spreadsheet has rounded."),
    "intake.not_text": _("%(field)s is a list or an object, not text."),
    "intake.too_long": _("%(length)s characters, %(field)s holds %(max)s."),
    "intake.too_deep": _("%(field)s is nested more than %(max)s levels deep."),
    "intake.not_yes_or_no": _("“%(value)s” is neither yes nor no."),
    "intake.not_a_number": _("“%(value)s” is not a number."),
    "intake.not_a_percentage": _("“%(value)s” is not a whole number from 0 to 100."),
    "intake.not_a_kind": _("“%(value)s” is not a kind of contact."),
    "intake.not_a_list_name": _("“%(value)s” is none of the lists."),
    "intake.not_a_date": _("“%(value)s” is not a date."),
    "intake.not_interactions": _("%(field)s is not a list."),
    "intake.bad_interaction": _("Interaction %(position)s is not as it should be (%(part)s)."),
}

MENDS: dict[str, Promise] = {
    "intake.not_json": _("Write one JSON object on the line, with double quotes."),
    "intake.not_an_object": _("Write {…} with the contract's names."),
    "intake.broken_bytes": _("Save the file as UTF-8 and write the text again."),
    "intake.broken_quotes": _("Close the quote, and write a quote inside text twice."),
    "intake.too_many_cells": _("Put cells with a delimiter inside into quotes."),
    "intake.source_id_missing": _("Give the contact's id in the hub."),
    "intake.spoiled_number": _("Format the column as text and paste the original again."),
    "intake.not_text": _("Give plain text."),
    "intake.too_long": _("Shorten it to %(max)s characters."),
    "intake.too_deep": _("Flatten it."),
    "intake.not_yes_or_no": _("Write true or false (or 是, 否)."),
    "intake.not_a_number": _("Write digits, such as 85 or 85.5."),
    "intake.not_a_percentage": _("Write a whole number from 0 to 100."),
    "intake.not_a_kind": _("Write company or individual (or 公司, 个人), or leave it empty."),
    "intake.not_a_list_name": _("Write white, gray or black (or 白名单, 灰名单, 黑名单)."),
    "intake.not_a_date": _("Write 2026-01-05 or 2026-01-05 08:30."),
    "intake.not_interactions": _("Write [{“source_id”, “at”, “method”, “content”}], or leave it out."),
    "intake.bad_interaction": _("Each has a source_id, and at, method and content that fit."),
}
"""What to do about a bad row: the list of bad rows has a column of its own for it."""
