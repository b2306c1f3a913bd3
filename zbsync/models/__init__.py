"""Floor 2, memory: one file per family in flow order. Constraints are the law; no logic in save(), no signals."""

from zbsync.models.act import Act, ActRow, ActState, ActVerb
from zbsync.models.among import Among
from zbsync.models.audit import Entry, Pruning, Seal
from zbsync.models.binding import Binding, Provenance
from zbsync.models.connection import Dialect, ErpConnection, HubConnection, HubKind, Slot
from zbsync.models.contact import Contact, Interaction, KindChoice, ListingChoice
from zbsync.models.erp_record import ErpPerson, ErpRecord, Survey, SurveyPart
from zbsync.models.follow import AssignmentRule, FollowUpMethod
from zbsync.models.heartbeat import Heartbeat
from zbsync.models.intake import Delivery, Upload, UploadState
from zbsync.models.mapping import (
    AppliesTo,
    GateSetting,
    Mapping,
    MappingRule,
    MappingState,
    PolicyChoice,
    Preview,
    PreviewState,
    TooLongChoice,
    ValueMap,
    ValueMapEntry,
    ValueMapKind,
)
from zbsync.models.proposal import Action, MatchChoice, Proposal, ProposalStateChoice
from zbsync.models.push import Attempt, AttemptOutcome, Exchange, Push, PushStateChoice
from zbsync.models.scope import Scope
from zbsync.models.seat import ColumnChoice, Presence, SavedView
from zbsync.models.vocabulary import Option, SourceCode, Vocabulary

__all__ = [
    "Act",
    "ActRow",
    "ActState",
    "ActVerb",
    "Action",
    "Among",
    "AppliesTo",
    "AssignmentRule",
    "Attempt",
    "AttemptOutcome",
    "Binding",
    "ColumnChoice",
    "Contact",
    "Delivery",
    "Dialect",
    "Entry",
    "ErpConnection",
    "ErpPerson",
    "ErpRecord",
    "Exchange",
    "FollowUpMethod",
    "GateSetting",
    "Heartbeat",
    "HubConnection",
    "HubKind",
    "Interaction",
    "KindChoice",
    "ListingChoice",
    "Mapping",
    "MappingRule",
    "MappingState",
    "MatchChoice",
    "Option",
    "PolicyChoice",
    "Presence",
    "Preview",
    "PreviewState",
    "Proposal",
    "ProposalStateChoice",
    "Provenance",
    "Pruning",
    "Push",
    "PushStateChoice",
    "SavedView",
    "Scope",
    "Seal",
    "Slot",
    "SourceCode",
    "Survey",
    "SurveyPart",
    "TooLongChoice",
    "Upload",
    "UploadState",
    "ValueMap",
    "ValueMapEntry",
    "ValueMapKind",
    "Vocabulary",
]
