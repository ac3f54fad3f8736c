"""The health of a container: whether the daemon runs and its nights happen."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newstone.config import Project, load_project
from newstone.lock import SCHEDULE_LOCK_NAME, hold_lock
from newstone.monitoring.alive import find_fault
from newstone.schedule.ledger import PLANNED, JobLedger, JobOutcome

NIGHT = datetime(2025, 3, 1, 2, 30, tzinfo=UTC)
MORNING = NIGHT + timedelta(hours=6)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "newstone.toml").write_text("", encoding="utf-8")
    return load_project(tmp_path)


def note(project: Project, outcome: JobOutcome, detail: str = "", planned_at: datetime = NIGHT) -> None:
    ledger = JobLedger(project.data_dir)
    run_id = ledger.claim("nightly", planned_at, PLANNED, planned_at)
    assert run_id is not None
    if outcome is not JobOutcome.RUNNING:
        ledger.note_end(run_id, outcome, 0, detail, planned_at + timedelta(hours=1))


def fault(project: Project, now: datetime) -> str | None:
    with hold_lock(project.data_dir, "schedule", SCHEDULE_LOCK_NAME):
        return find_fault(project, now)


def test_before_the_first_night_a_running_schedule_is_well(project: Project) -> None:
    assert fault(project, MORNING) is None


def test_without_the_daemon_nothing_is_well(project: Project) -> None:
    note(project, JobOutcome.OK)
    assert "does not run" in (find_fault(project, MORNING) or "")


@pytest.mark.parametrize("outcome", [JobOutcome.OK, JobOutcome.PARTIAL, JobOutcome.RUNNING])
def test_a_night_that_went_through_or_is_under_way_is_well(project: Project, outcome: JobOutcome) -> None:
    note(project, outcome)
    assert fault(project, MORNING) is None


@pytest.mark.parametrize("outcome", [JobOutcome.FAILED, JobOutcome.REFUSED, JobOutcome.TIMED_OUT, JobOutcome.LOST])
def test_a_night_that_failed_is_not(project: Project, outcome: JobOutcome) -> None:
    note(project, outcome, "no space\nmore")
    said = fault(project, MORNING)
    assert said is not None
    assert str(outcome) in said
    assert said.endswith("no space")


def test_a_night_that_found_the_folder_locked_is_well_only_while_it_is_tried_again(project: Project) -> None:
    note(project, JobOutcome.LOCKED, "in use by `newstone backup`")
    assert fault(project, NIGHT + timedelta(hours=6)) is None
    assert "is locked: in use by" in (fault(project, NIGHT + timedelta(hours=7)) or "")


def test_a_night_that_did_not_happen_is_missed_after_its_grace(project: Project) -> None:
    note(project, JobOutcome.OK)
    next_night = NIGHT + timedelta(days=1)
    assert fault(project, next_night + timedelta(hours=6)) is None
    assert "2025-03-02 02:30" in (fault(project, next_night + timedelta(hours=8)) or "")


def test_the_command_of_the_image_says_what_is_wrong_and_ends_with_one(tmp_path: Path, project: Project) -> None:
    command = [sys.executable, "-m", "newstone.monitoring.alive"]
    environment = {**os.environ, "NEWSTONE_CONFIG": str(project.file)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stderr) == (1, "")
    assert "does not run" in done.stdout
    project.file.unlink()
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    assert "no such file" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_night_that_was_moved_to_an_hour_that_is_past_is_due_tomorrow(project: Project) -> None:
    note(project, JobOutcome.OK)
    ledger, noon = JobLedger(project.data_dir), NIGHT.replace(hour=12)
    assert ledger.watched_since("nightly", "0 3 * * * UTC", noon) == noon  # the daemon has read the new time
    evening = NIGHT.replace(hour=20)
    assert fault(project, evening) is None
    assert "2025-03-02 03:00" in (fault(project, evening + timedelta(days=1)) or "")


def test_a_time_that_the_daemon_has_not_read_yet_is_not_asked_for(project: Project) -> None:
    JobLedger(project.data_dir).watched_since("nightly", "30 2 * * * UTC", NIGHT - timedelta(days=9))
    note(project, JobOutcome.OK)
    project.file.write_text('[schedule]\nnightly = "0 4 * * *"\n', encoding="utf-8")
    assert fault(load_project(project.root), NIGHT.replace(hour=20)) is None
