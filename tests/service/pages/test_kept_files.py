"""Pages of jobs offer the files that are still kept, and say of the others that they are not."""

from __future__ import annotations

from pathlib import Path

from service_app import service_client, someone

from stopgap.base.marking import CLEAR
from stopgap.service.jobs.folders import folder_of
from stopgap.service.jobs.job import JobFile, JobKind, JobOutcome
from stopgap.service.jobs.queue import NewJob, new_id

FILE = JobFile("brief.md", 5, "ab" * 32, "out-1")
REJECTS = JobFile("rejects.csv", 5, "cd" * 32, "out-1")


def test_a_file_that_is_gone_is_not_offered(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    (lake / "tables" / "trade").mkdir(parents=True)
    with service_client(lake, workers=0) as client:
        jobs = client.app.state.service.jobs  # type: ignore[attr-defined]
        order = {"episode": "russia-2022", "options": {"format": "md"}}
        jobs.queue.submit(NewJob(new_id(), JobKind.BRIEF, order), someone())
        job = jobs.queue.claim("w")
        assert jobs.queue.finish(job, JobOutcome({}, CLEAR, (FILE, REJECTS)))
        path = folder_of(jobs.settings.home, job.id) / FILE.folder / FILE.name
        path.parent.mkdir(parents=True)
        path.write_text("brief")
        address = f"/api/v1/jobs/{job.id}/files/{FILE.name}"
        assert f'href="{address}"' in client.get(f"/me/jobs/{job.id}").text
        assert client.get(address).text == "brief"
        path.unlink()
        page = client.get(f"/me/jobs/{job.id}")
        assert page.status_code == 200
        assert f'href="{address}"' not in page.text
        assert "brief.md: no longer kept" in page.text
        gone = client.get(address)
        assert (gone.status_code, gone.json()["what"]) == (404, "the file is no longer kept")
        assert [each["kept"] for each in client.get(f"/api/v1/jobs/{job.id}").json()["files"]] == [False, False]
