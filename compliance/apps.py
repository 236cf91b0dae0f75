from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "compliance"

    def ready(self) -> None:
        """Register what staff do."""
        from compliance import admin  # noqa: F401
