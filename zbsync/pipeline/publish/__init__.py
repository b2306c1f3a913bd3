"""Publish: a draft of the mapping becomes the one in force, and every contact goes through it again.

Called by the workbench (`draft`, `edit`, `publish`); `reconsider` also by the forms of gate, value maps and source
codes, `follow_again` by those of assignment rules and ways of follow-up. A published version never changes again: to
change it, draft the next one. Whoever publishes holds the lock of the rules, so no batch under the old version can end
after this one is in force.
"""

from zbsync.pipeline.publish.again import SOURCES, Chosen, choose_sources, follow_again, reconsider
from zbsync.pipeline.publish.maps import NamedMap, PairsWrong, add_pairs, keep_pairs, map_digest, read_maps
from zbsync.pipeline.publish.preview import (
    OPEN,
    cancel_preview,
    drain_previews,
    examples,
    preview_of,
    preview_stands,
    start_preview,
)
from zbsync.pipeline.publish.replay import NoReplay, Replay, replay
from zbsync.pipeline.publish.sampling import (
    AT_ONCE,
    Tried,
    find_contacts,
    further_sources,
    sample_contacts,
    try_rules,
)
from zbsync.pipeline.publish.sheets import as_workbook, read_workbook
from zbsync.pipeline.publish.transfer import Document, FileWrong, Wrong, as_json, document_of, read_json, take
from zbsync.pipeline.publish.unmapped import NO_CHANNEL, NO_MAP, NO_PAIR, OPTIONS, Inbox, inbox
from zbsync.pipeline.publish.versions import PERMISSION, PublishError, draft, edit, faults, publish
from zbsync.pipeline.publish.weigh import Moved, Said

__all__ = [
    "AT_ONCE",
    "NO_CHANNEL",
    "NO_MAP",
    "NO_PAIR",
    "OPEN",
    "OPTIONS",
    "PERMISSION",
    "SOURCES",
    "Chosen",
    "Document",
    "FileWrong",
    "Inbox",
    "Moved",
    "NamedMap",
    "NoReplay",
    "PairsWrong",
    "PublishError",
    "Replay",
    "Said",
    "Tried",
    "Wrong",
    "add_pairs",
    "as_json",
    "as_workbook",
    "cancel_preview",
    "choose_sources",
    "document_of",
    "draft",
    "drain_previews",
    "edit",
    "examples",
    "faults",
    "find_contacts",
    "follow_again",
    "further_sources",
    "inbox",
    "keep_pairs",
    "map_digest",
    "preview_of",
    "preview_stands",
    "publish",
    "read_json",
    "read_maps",
    "read_workbook",
    "reconsider",
    "replay",
    "sample_contacts",
    "start_preview",
    "take",
    "try_rules",
]
