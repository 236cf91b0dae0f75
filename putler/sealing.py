"""Sealed columns: each says what, whose and which row its values are sealed for, so that every one of them is found."""

from collections.abc import Iterator
from operator import attrgetter
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.db import models

from putler.kernel.encryption import Keyring

OF_NO_ACCOUNT: Final = 0


class SealedField(models.TextField):  # type: ignore[type-arg]
    """Text that lies encrypted and opens in its own row alone; to PostgreSQL it is text.

    `purpose`: what it is sealed for. `owner`: the attribute with the number of its account or person, or empty.
    `row`: the way to the random id that it is bound to.
    """

    def __init__(
        self, *args: Any, purpose: str = "", owner: str = "account_id", row: str = "public_id", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.purpose, self.owner, self.row = purpose, owner, row

    def deconstruct(self) -> Any:
        """As plain text: where it is sealed concerns no table."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

    def place(self, row: models.Model) -> dict[str, Any]:
        """Where a value of this row is sealed."""
        owner = attrgetter(self.owner)(row) if self.owner else OF_NO_ACCOUNT
        return {"purpose": self.purpose, "account_id": owner, "row": str(attrgetter(self.row)(row))}


def keyring() -> Keyring:
    """The keys that secrets are sealed with."""
    return Keyring.parse(settings.PUTLER_KEYS)


def sealed(row: models.Model, name: str, plain: str) -> str:
    """The text as the column `name` of this row holds it, of use in no other row."""
    return keyring().seal(plain, **_field(row, name).place(row))


def opened(row: models.Model, name: str) -> str:
    """What is sealed in the column `name`. Raises SealError where it was sealed for another place, or no key opens it.

    Inside tenant() where the row's random id is that of another row.
    """
    return keyring().unseal(getattr(row, name), **_field(row, name).place(row))


def sealed_fields() -> Iterator[SealedField]:
    """Every sealed column that there is."""
    for model in apps.get_models():
        yield from (field for field in model._meta.local_fields if isinstance(field, SealedField))


def _field(row: models.Model, name: str) -> SealedField:
    field = row._meta.get_field(name)
    assert isinstance(field, SealedField)  # noqa: S101  an impossible state
    return field
