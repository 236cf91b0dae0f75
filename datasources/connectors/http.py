"""The one module that reaches the network: bounded in time and size, without proxies, redirects or stored passwords."""

import requests
from requests import RequestException, Session

from putler.kernel.errors import PutlerError

TIMEOUT = (5, 30)  # seconds to connect, seconds between two bytes
LARGEST = 20 * 1024 * 1024  # bytes of an answer, inflated


class Transient(PutlerError):
    """The other side did not answer as it should; a later try may succeed."""


def fetch(url: str) -> bytes:
    """The body that a GET of an operator's address answers. Raises Transient for anything but a whole 200."""
    try:
        with Session() as session:
            session.trust_env = False
            with session.get(url, timeout=TIMEOUT, allow_redirects=False, stream=True) as response:
                body = b"".join(_up_to(LARGEST, response))
    except RequestException as error:
        raise Transient("The provider could not be reached.") from error
    if response.status_code != requests.codes.ok:
        raise Transient(f"The provider answered with status {response.status_code}.")
    return body


def _up_to(limit: int, response: requests.Response) -> list[bytes]:
    parts, size = [], 0
    for part in response.iter_content(64 * 1024):
        parts.append(part)
        size += len(part)
        if size > limit:
            raise Transient("The provider’s answer is too large.")
    return parts
