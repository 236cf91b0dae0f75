from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "compliance"

    def ready(self) -> None:
        """Register the check at the start."""
        from compliance import checks  # noqa: F401  once models are loaded
