"""From a connection's row to the client's settings. The only reader of secrets."""

from zbsync.conf import conf, secret
from zbsync.core.records import JSONValue
from zbsync.erp.config import PARTS, ErpConfig
from zbsync.models import ErpConnection

_OPTIONS = (
    *("content_type", "login_path", "pace_ms", "page_size", "verify_tls", "proxy", "phrases"),
    *("dialects", "names", "follow_up_list", "columns", "ca_file", *PARTS),
)


class WiringError(Exception):
    """A connection that cannot be used as it is set; `code` and `params` say what to mend."""

    def __init__(self, code: str, params: dict[str, JSONValue]) -> None:
        super().__init__(f"{code}: {params}")
        self.code = code
        self.params = params


def config_for(connection: ErpConnection) -> ErpConfig:
    """The client's settings. Raises WiringError: `erp.secret_missing` names the variable to set,
    `erp.bad_setting` says what is wrong with an option.
    """
    found = {}
    for name in (connection.username_env, connection.password_env):
        found[name] = secret(name)
        if not found[name]:
            raise WiringError("erp.secret_missing", {"variable": name, "connection": connection.name})
    options = {name: connection.options[name] for name in _OPTIONS if name in connection.options}
    if name := connection.options.get("proxy_env"):
        options["proxy"] = secret(name)
        if not options["proxy"]:
            raise WiringError("erp.secret_missing", {"variable": name, "connection": connection.name})
    try:
        return ErpConfig(
            base_url=connection.base_url,
            dialect=connection.dialect,
            username=found[connection.username_env],
            password=found[connection.password_env],
            serialnum=connection.serialnum,
            timeout_s=min(connection.timeout_s, conf().call_timeout_s),
            **options,
        )
    except (TypeError, ValueError) as error:
        raise WiringError("erp.bad_setting", {"connection": connection.name, "problem": str(error)}) from error
