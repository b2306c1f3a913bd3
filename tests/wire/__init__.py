"""Golden bytes: what goes over the wire, written by hand from the ERP fact sheet (sections 1-5).

Two readers keep each other honest with them: `tests/sandbox` replays each request against the sandbox and
wants an answer of the same structure; the tests of the ERP client want to build the request and understand
the answer. The files are evidence: nobody generates them from either side's code.
"""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Golden:
    """One exchange as raw HTTP/1.1: start line, headers and body, CRLF between the lines of the head."""

    case: str
    request_bytes: bytes
    response_bytes: bytes

    @property
    def request_line(self) -> str:
        """For example `POST /sysa/mobilephone/login.asp HTTP/1.1`."""
        return self.request_bytes.split(b"\r\n", 1)[0].decode("ascii")

    @property
    def request_body(self) -> bytes:
        """The bytes after the head."""
        return self.request_bytes.split(b"\r\n\r\n", 1)[1]

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return int(self.response_bytes.split(b" ", 2)[1])

    @property
    def response_headers(self) -> list[tuple[str, str]]:
        """Headers of the answer in order; a name may come twice (Set-Cookie)."""
        lines = self.response_bytes.split(b"\r\n\r\n", 1)[0].decode("latin-1").split("\r\n")[1:]
        return [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]

    @property
    def response_body(self) -> bytes:
        """The bytes after the head, exactly as sent."""
        return self.response_bytes.split(b"\r\n\r\n", 1)[1]


def cases(folder: str = "legacy") -> list[str]:
    """Names of all cases of one dialect, sorted."""
    return sorted(path.name.removesuffix(".request.http") for path in (FOLDER / folder).glob("*.request.http"))


def load(case: str, folder: str = "legacy") -> Golden:
    """One case; raises FileNotFoundError with its path when a half is missing."""
    base = FOLDER / folder
    return Golden(case, (base / f"{case}.request.http").read_bytes(), (base / f"{case}.response.http").read_bytes())
