"""The product's settings for tools that read them without a database, such as mypy."""

import os

from tests import ENVIRONMENT

os.environ.update({**ENVIRONMENT, "DATABASE_URL": "postgresql://", **os.environ})

from putler.settings import *  # noqa: E402, F403
