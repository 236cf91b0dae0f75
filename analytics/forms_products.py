"""What the addresses of the pages about products ask for."""

from typing import Any

from analytics.forms import QueryForm


class ProductsForm(QueryForm):
    """The query."""

    @property
    def kept(self) -> list[tuple[str, Any]]:
        """What the filters keep while they change something else."""
        return []
