from django.apps import AppConfig


class DatasourcesConfig(AppConfig):
    name = "datasources"

    def ready(self) -> None:
        """Register what staff see."""
        from datasources import admin  # noqa: F401
