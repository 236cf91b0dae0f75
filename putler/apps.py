from django.apps import AppConfig


class PutlerConfig(AppConfig):
    name = "putler"

    def ready(self) -> None:
        """Register the checks."""
        from putler import checks  # noqa: F401
