"""ov1: the same documents under `/webapi/v3/ov1`, without `.asp`. Known from the vendor's help only."""

from zbsync.erp.dialects.zbdocument import ZBDocument


class Ov1(ZBDocument):
    """See `base.Dialect`."""

    name = "ov1"
