from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "compliance"

    def ready(self) -> None:
        """Register what staff see and do."""
        from compliance import admin, admin_access  # noqa: F401
