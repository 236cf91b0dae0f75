"""Every field of every model is declared; every table of a source lies in a store."""

import pytest
from django.apps import apps
from django.db import models

from compliance.stores import ALL, declarations, stores
from datasources.models import DataSource
from putler.personal import Whose
from putler.tenancy import TenantForeignKey

pytestmark = pytest.mark.rule("E1")
MODELS = sorted(apps.get_models(include_auto_created=True), key=lambda model: model._meta.label)


def leads_to_a_source(model: type[models.Model], seen: tuple[type[models.Model], ...] = ()) -> bool:
    """Whether a row of it may hang on a source, however remotely."""
    others = [one.related_model for one in model._meta.local_fields if isinstance(one, TenantForeignKey)]
    return any(
        other is DataSource or (other not in seen and leads_to_a_source(other, (*seen, model))) for other in others
    )


@pytest.mark.parametrize("model", MODELS, ids=[model._meta.label for model in MODELS])
def test_the_fields_of_every_model_are_declared_and_no_others(model: type[models.Model]) -> None:
    actual = {field.name for field in model._meta.local_fields} | {one.name for one in model._meta.local_many_to_many}

    assert declarations()[model._meta.label].names == actual


def test_no_model_is_declared_that_is_not_there() -> None:
    assert set(declarations()) == {model._meta.label for model in MODELS}


def test_no_field_is_declared_both_ways() -> None:
    assert not [
        (label, name) for label, one in declarations().items() for name in one.personal if name in one.plain.split()
    ]


@pytest.mark.rule("E7")
def test_every_table_that_hangs_on_a_source_lies_in_a_store() -> None:
    held = {label for store in stores() for label in store.holds}
    hanging = {model._meta.label for model in MODELS if leads_to_a_source(model)}

    assert hanging <= held


@pytest.mark.rule("E7")
def test_what_lies_in_no_store_says_why() -> None:
    held = {label for store in stores() for label in store.holds}
    excused = {label for app in ALL for label in app.NOT_OF_A_SOURCE}

    assert set(declarations()) - held == excused - held
    assert not held & excused


@pytest.mark.rule("E5")
def test_of_each_field_about_a_customer_it_is_said_what_becomes_of_it_when_they_are_forgotten() -> None:
    about = {f"{label}.{name}": told for label, one in declarations().items() for name, told in one.personal.items()}

    assert {name for name, told in about.items() if told.forgotten} == {
        name for name, told in about.items() if told.whose is Whose.BUYER
    }
