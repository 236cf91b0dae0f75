"""A PostgreSQL server and a home for running the product, of these tests' own."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from putler import postgres

CONFIGURED = ("DATABASE_", "PUTLER_", "SECRET_KEY", "DJANGO_", "PUBLIC_URL", "PORT", "EMAIL_", "PROVIDER_", "SANDBOX_")


@pytest.fixture(scope="module")
def server_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a folder for a server; its data are removed afterwards, wherever they lie."""
    home = tmp_path_factory.mktemp("server")
    yield home
    shutil.rmtree(postgres.data_folder(home).parent)


@pytest.fixture(scope="module")
def superuser_url(server_home: Path) -> Iterator[str]:
    """Run a server that nobody else uses: roles belong to a server as a whole."""
    with postgres.server(server_home, options=postgres.FAST_BUT_NOT_CRASH_SAFE) as url:
        yield url


@pytest.fixture(scope="module")
def fresh_clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Give the environment of someone who has configured nothing, with a folder of its own instead of var/."""
    var = tmp_path_factory.mktemp("fresh clone")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(CONFIGURED)}
    yield inherited | {"PUTLER_VAR": str(var)}
    shutil.rmtree(postgres.data_folder(var / "postgres").parent)
