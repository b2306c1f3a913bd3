"""Ingest: what a hub gives → the mirror. Idempotent, ordered by version, in batches, in bounded memory.

Called by `import_contacts`, the upload page and the job behind it. A file is read once into a spool
(`spool`), compared with the mirror batch by batch (`compare`) and stored (`store`), each batch with
its audit entry in one transaction. A preview is the same without the last step.

A row speaks of what it says: a field it does not mention stays, an empty one is emptied. It judges
no contact: that is the next stage, woken at the end.
"""

from zbsync.pipeline.ingest.compare import Counts, Difference
from zbsync.pipeline.ingest.file import Report, import_file, preview_file
from zbsync.pipeline.ingest.uploads import confirm, discard, drain, has_work, preview_upload, stage

__all__ = [
    "Counts",
    "Difference",
    "Report",
    "confirm",
    "discard",
    "drain",
    "has_work",
    "import_file",
    "preview_file",
    "preview_upload",
    "stage",
]
