"""The seal: a hash chain over entries and exchanges, so that nothing in them can change, vanish or slip in unnoticed.

`drain` seals what is new; `records` tells seals and rows in the order of the chain, for `audit_export`; `verify` checks
such a stream, from the database or from a file, without trusting either. Whoever can rewrite the whole chain is caught
only by a checkpoint kept elsewhere: its last hashes.
"""

from zbsync.pipeline.seal.sealing import TABLES, drain, size_of, unsealed
from zbsync.pipeline.seal.stream import Record, records
from zbsync.pipeline.seal.walk import Report, verify

__all__ = ["TABLES", "Record", "Report", "drain", "records", "size_of", "unsealed", "verify"]
