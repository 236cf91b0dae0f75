"""All places where something of a source may lie, in the order in which they are emptied."""

import analytics.personal_data
import datasources.personal_data
from putler.personal import Store

DECLARING = (datasources.personal_data, analytics.personal_data)


def stores() -> tuple[Store, ...]:
    """Every store that an app declares; the last are those whose end is the end of everything."""
    every = [store for app in DECLARING for store in app.STORES]
    return tuple(sorted(every, key=lambda store: store.is_last))
