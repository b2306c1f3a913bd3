"""Going in and out: the one login that serves every dialect (fact sheet §1).

Read by `session`. It speaks ZBDocument whatever the connection's dialects are: v3 has no login of its own, it takes
the same session in a header.
"""

from zbsync.erp import errors
from zbsync.erp.catalogue import OPERATIONS
from zbsync.erp.config import ErpConfig
from zbsync.erp.dialects import envelope, reading, request
from zbsync.erp.dialects.base import Call
from zbsync.erp.phrases import Meaning, Phrases
from zbsync.erp.wire import WireAnswer, WireRequest

_IN, _OUT = OPERATIONS["login"].paths, OPERATIONS["logout"].paths


class Entrance:
    """The doors of one connection."""

    def __init__(self, config: ErpConfig) -> None:
        self._config = config
        self._phrases = Phrases(config.phrases)
        self._headers = request.headers(config.content_type)

    def paths(self) -> tuple[str, ...]:
        """Where to log in: the configured door, then the phone app's own for an ERP too old to have it (§1.1)."""
        return tuple(dict.fromkeys((self._config.login_path, _IN["legacy"])))

    def login(self, path: str) -> Call[str]:
        """Answers the session; raises LoginRefused or CaptchaDemanded.

        `txt:` marks plain text: without it the server expects a cipher whose key nobody knows (§1.1).
        """
        config = self._config
        datas: request.Datas = (
            ("user", f"txt:{config.username}"),
            ("password", f"txt:{config.password}"),
            ("serialnum", f"txt:{config.serialnum}"),
            ("rndcode", ""),
        )
        body = request.packed({"datas": request.datas(datas)})
        return Call(lambda _: WireRequest("login", path, body, self._headers), self._session)

    def logout(self, path: str) -> Call[str]:
        """Out by the door that was come in by."""
        way = next((name for name, known in _IN.items() if known.lower() == path.lower()), "legacy")

        def encode(session: str) -> WireRequest:
            body = request.packed({"session": session, "datas": []})
            return WireRequest("logout", _OUT[way], body, self._headers)

        phrases = self._phrases.of("logout")
        return Call(
            encode, lambda answer: envelope.success(envelope.open_document(answer, phrases)[1], phrases, "logout")
        )

    def _session(self, answer: WireAnswer) -> str:
        phrases = self._phrases.of("login")
        reading.check_status(answer, phrases)
        document = reading.parse(answer, phrases)
        header = document.get("header")
        if not isinstance(header, dict):
            raise errors.UnknownAnswer("the answer to the login has no header")
        text = reading.shown(header.get("message"))
        session = reading.plain(header.get("session")).strip()
        if envelope.header_status(header) == 0:
            if session:
                return session
            raise errors.LoginRefused(f"no session was handed out: {text}")
        meaning = phrases.of_header(text)
        if meaning is Meaning.CAPTCHA:
            raise errors.CaptchaDemanded(text)
        if meaning is Meaning.LATER:
            raise errors.Unavailable(text)
        if meaning is Meaning.SCRIPT:
            raise errors.ScriptError(text)
        raise errors.LoginRefused(text)
