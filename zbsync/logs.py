"""The log lines: one format, and no mobile number in any of them, whoever wrote it."""

import logging

from zbsync.core.redact import mask_phone


class MaskedLine(logging.Formatter):
    """Masks mobile numbers in the finished text: message, arguments, and the traceback under it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The line as it is written."""
        return mask_phone(super().format(record))
