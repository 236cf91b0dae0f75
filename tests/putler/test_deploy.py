"""What `deploy/` names is there, and all that the site is made of is in its image."""

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
OURS = {app for app in settings.INSTALLED_APPS if (ROOT / app).is_dir()}


def test_the_image_holds_every_part_of_the_site() -> None:
    copied = set(re.findall(r"^COPY (\S+)", (ROOT / "deploy" / "Dockerfile").read_text(), re.MULTILINE))

    assert OURS == {"putler", "accounts", "datasources", "analytics", "compliance"}
    assert OURS | {"templates", "static", "manage.py", "requirements.txt", "deploy/gunicorn.conf.py"} == copied


def test_every_way_to_deploy_runs_the_same_processes() -> None:
    compose = (ROOT / "deploy" / "compose.yaml").read_text()
    units = {path.name: path.read_text() for path in (ROOT / "deploy" / "systemd").iterdir()}

    assert set(units) == {"putler-web.service", "putler-http.service", "putler-worker@.service"}
    assert "manage.py qcluster" in units["putler-worker@.service"]
    for cluster in {settings.Q_CLUSTER["cluster_name"], *settings.Q_CLUSTER["ALT_CLUSTERS"]}:
        assert f"Q_CLUSTER_NAME: {cluster}\n" in compose
    for unit in ("putler-web.service", "putler-http.service"):
        assert "gunicorn putler.wsgi --config deploy/gunicorn.conf.py" in units[unit]
