"""Somebody who can do to a log what the application cannot: a superuser, past privileges, policies and triggers."""

import os

import psycopg
from django.db import connections


def as_superuser(*statements: str, without_triggers: bool = False) -> None:
    """Run statements on this worker's database. The tests' server trusts its socket."""
    name = str(connections["default"].settings_dict["NAME"])
    address = psycopg.conninfo.make_conninfo(os.environ["DATABASE_URL"], dbname=name, user="postgres")
    with psycopg.connect(address) as connection:
        if without_triggers:
            connection.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            connection.execute(statement.encode())
