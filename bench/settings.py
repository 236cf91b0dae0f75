"""The product's settings with the floor pages added to its addresses."""

from putler.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
