from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "compliance"

    def ready(self) -> None:
        """Register the check at the start, and what staff see."""
        from compliance import admin, admin_access, admin_requests, checks  # noqa: F401
