"""What all apps declare: the fields of their models, and the stores in the order in which they are emptied."""

import accounts.personal_data
import analytics.personal_data
import compliance.personal_data
import datasources.personal_data
from putler.personal import Declaration, Store

ALL = (accounts.personal_data, datasources.personal_data, analytics.personal_data, compliance.personal_data)


def stores() -> tuple[Store, ...]:
    """Every store that an app declares; the last are those whose end is the end of everything."""
    every = [store for app in ALL for store in app.STORES]
    return tuple(sorted(every, key=lambda store: store.is_last))


def declarations() -> dict[str, Declaration]:
    """What every app says of the fields of its models, by the model's label."""
    return {label: declared for app in ALL for label, declared in app.FIELDS.items()}
