"""The web processes: `gunicorn putler.wsgi --config deploy/gunicorn.conf.py`.

They listen for a proxy on this machine. With TLS_CERTIFICATE and TLS_KEY they speak TLS themselves.
"""

import ssl
from collections.abc import Callable
from typing import Any

from putler import tls
from putler.environment import env_int, env_str

bind = env_str("BIND", "127.0.0.1:8000")
workers = env_int("WEB_WORKERS", 2)
threads = 4
preload_app = True
control_socket_disable = True
certfile = env_str("TLS_CERTIFICATE", "") or None
keyfile = env_str("TLS_KEY", "") or None


def ssl_context(config: Any, default_ssl_context_factory: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """Ours, in place of gunicorn's, which takes what OpenSSL takes."""
    return tls.context(config.certfile, config.keyfile)
