"""Invented buyers at addresses that nobody can own."""

import unicodedata
from datetime import datetime
from random import Random
from typing import Final

from .catalogue import COUNTRIES
from .facts import Buyer

FIRST: Final = (
    "Anna Ben Carla David Elif Finn Greta Hugo Ines Jonas Katja Léo Mara Nils Olga Paul Rosa Sven Tilda Uwe Vera "
    "Willem Yara Zoë Aoife Bram Chloé Dario Emma Fiona Giulia Hannah Iker Jack Kaisa Liam Mateo Nora Oliver Poppy"
).split()
LAST: Final = (
    "Adler Bakker Castro Dubois Eriksen Falk García Hughes Ivers Jansen Keller Laurent Moretti Novak O’Brien Peeters "
    "Quist Rossi Schröder Thorne Urban Virtanen Weber Young Zeller Ashford Brandt Carver Dahl Engel Ferri Grant"
).split()
DOMAINS: Final = ("example.com", "example.org", "example.net")
GUESTS: Final = 0.18
WITHOUT_ADDRESS: Final = 0.01
CAFES: Final = 0.02
SHOUTING: Final = 0.03  # share of guests whose keyboard was in capitals


def newcomer(random: Random, *, number: int, at: datetime, may_be_guest: bool) -> Buyer:
    """Invent somebody who has never bought before."""
    country = random.choices(list(COUNTRIES.values()), [country.weight for country in COUNTRIES.values()])[0]
    name = f"{random.choice(FIRST)} {random.choice(LAST)}"
    is_guest = may_be_guest and random.random() < GUESTS
    is_cafe = not is_guest and country.currency == "EUR" and random.random() < CAFES
    return Buyer(
        number=number,
        at=at,
        name=f"Café {name.split()[1]}" if is_cafe else name,
        email=None if not is_guest and random.random() < WITHOUT_ADDRESS else _address(random, name, number),
        country=country.code,
        city=country.city,
        is_guest=is_guest,
        is_cafe=is_cafe,
    )


def guest_again(random: Random, buyer: Buyer) -> Buyer:
    """Let a known buyer pay without signing in, some of them in capitals: the same person all the same."""
    email = buyer.email.upper() if buyer.email and random.random() < SHOUTING else buyer.email
    return Buyer(buyer.number, buyer.at, buyer.name, email, buyer.country, buyer.city, is_guest=True)


def _address(random: Random, name: str, number: int) -> str:
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return f"{plain.replace(' ', '.')}.{number}@{random.choice(DOMAINS)}"
