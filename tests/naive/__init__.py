"""Every number of the product, computed a second time from the CSV text alone, slowly and plainly.

It imports nothing of the project and shares no code with it: it is the judge, not a colleague.
"""

from .lists import compute_lists
from .metrics import compute, rows_behind

__all__ = ["compute", "compute_lists", "rows_behind"]
