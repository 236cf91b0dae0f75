"""The stamp of a database changes with the migrations, and with nothing else."""

from pathlib import Path

import pytest

from putler import stamp


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "requirements.txt").write_text("django==5.2\n")
    (tmp_path / "app" / "migrations").mkdir(parents=True)
    monkeypatch.setattr(stamp, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["app/migrations/0002_more.py", "requirements.txt"])
def test_it_changes_with(project: Path, name: str) -> None:
    before = stamp.of_this_code()

    (project / name).write_text("changed\n")

    assert stamp.of_this_code() != before


def test_it_stays_for_other_files(project: Path) -> None:
    before = stamp.of_this_code()

    (project / "app" / "models.py").write_text("changed\n")

    assert stamp.of_this_code() == before
