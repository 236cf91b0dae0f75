"""The machine that deletes dies in the middle, and what it leaves is deleted by the next."""

import os
import signal
import subprocess
import sys

import pytest
from django.db import connections
from psycopg.conninfo import make_conninfo

from compliance import purging
from compliance.models import PurgeReceipt
from datasources.models import DataSource, Transaction
from datasources.services import unlinking
from putler.tenancy import tenant
from tests import make
from tests.importing.processes import PARTS, eventually
from tests.make import NOW, movement

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.rule("E6")]
ROWS = 300
WORK = """
import sys, django
django.setup()
from compliance import purging
from datasources.services import removing
removing.BATCH = 3
purging.purge_source(int(sys.argv[1]), int(sys.argv[2]))
"""


def worker(source: DataSource) -> subprocess.Popen[bytes]:
    database = connections["default"].settings_dict
    address = {word: database[name] for name, word in PARTS.items() if database[name]}
    environment = os.environ | {"DATABASE_URL": make_conninfo(**address), "DJANGO_SETTINGS_MODULE": "putler.settings"}
    return subprocess.Popen([sys.executable, "-c", WORK, str(source.account_id), str(source.pk)], env=environment)


def rows(source: DataSource) -> int:
    with tenant(source.account_id):
        return Transaction.objects.filter(source=source).count()


def test_killed_in_the_middle_it_is_ended_by_the_next(db: None) -> None:
    source = make.source(make.account(), "shop")
    make.post(source, *(movement(customer=f"{number}@example.com") for number in range(ROWS)))
    unlinking.unlink(source=source, now=NOW)
    unlinking.delete_now(source=source, now=NOW)

    process = worker(source)
    try:
        eventually(lambda: rows(source) < ROWS)
    finally:
        process.kill()
    assert process.wait() == -signal.SIGKILL
    assert 0 < rows(source) < ROWS
    with tenant(source.account_id):
        begun = PurgeReceipt.objects.get()

    ended = purging.purge_source(source.account_id, source.pk)

    assert ended is not None
    assert (ended.pk, ended.is_clean, ended.before) == (begun.pk, True, begun.before)
    assert ended.before["Rows of the ledger"] == 2 * ROWS  # each with its booking
    assert rows(source) == 0
