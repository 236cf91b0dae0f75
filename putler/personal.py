"""How an app says what it keeps about people, and where: the words of every `personal_data.py`.

Each field of each model is declared, as personal or not; a test compares the declarations with the models. A store is a
place that something of a source may lie in; whoever deletes a source asks every store how much is there, has it
deleted, and asks again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Whose(StrEnum):
    """About whom a field may say something."""

    MEMBER = "somebody who signs in or is about to"
    BUYER = "a customer of the merchant"
    MERCHANT = "the merchant, who may be a person"


class Basis(StrEnum):
    """Why it may be kept, by the letters of the GDPR."""

    CONTRACT = "6(1)(b), the contract with the merchant"
    INTEREST = "6(1)(f), keeping the site safe"
    PROCESSOR = "on the merchant's instructions (Art. 28)"


@dataclass(frozen=True)
class Personal:
    """A field that may say something about a person.

    `kept`: for how long. `erased`: how it goes. `forgotten`: of a merchant's customer, what becomes of it when that one
    asks to be forgotten. `is_sealed`: it lies encrypted, so a copy of the table tells nothing.
    """

    whose: Whose
    purpose: str
    basis: Basis
    kept: str
    erased: str
    is_exported: bool = True
    is_sealed: bool = False
    forgotten: str = ""


@dataclass(frozen=True)
class Declaration:
    """The fields of a model: those about people, and the names of all others."""

    plain: str = ""
    personal: Mapping[str, Personal] = field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        """All of them."""
        return {*self.plain.split(), *self.personal}


@dataclass(frozen=True)
class Subject:
    """What is to be deleted: a source, or what a file brought. `pk`: its id in the account."""

    account_id: int
    source_id: int | None = None
    upload_id: int | None = None


@dataclass(frozen=True)
class Store:
    """A place where something of a subject may lie.

    `count`: how much there is, inside the account. `erase`: delete a batch, in a transaction of its own, and say
    whether there may be more. `holds`: the labels of the models that lie in it. `is_last`: its end is that of the whole
    deletion, so it commits with the receipt.
    """

    name: str
    count: Callable[[Subject], int]
    erase: Callable[[Subject], bool]
    holds: tuple[str, ...] = ()
    is_last: bool = False
