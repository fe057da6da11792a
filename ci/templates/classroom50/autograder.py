"""Classroom 50: CLASSROOM/autograders/ASSIGNMENT/autograder.py, with beside it: install-grader, a grader_*.deb, and the
assignment, with all that it names, as assignment/.

Its runner calls this in the student's checkout and wants ./result.json.  A status other than 0 is an error of the
harness, which it publishes as such; no result is left then.  The bundle is published, so no hidden test belongs in it.

Isolation: a hosted runner is a machine of its own with sudo, hence rung A; in a `container` it is rung B.  The log holds
what `grader doctor` says.  `"release_assets": ["evidence.tar.gz"]` attaches timelines and captures to the release."""

import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TOLD = ["CLASSROOM", "ASSIGNMENT", "ASSIGNMENT_TYPE", "OWNER", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL", "REVIEW_URL"]
WRITTEN = ["result.json", "release-body.md", "evidence.tar.gz"]
BODY_MOST = 120_000  # GitHub takes 125,000 characters


def submitted():
    """When the graded commit was made: a regrade does not make a submission late."""
    at = subprocess.run(["git", "show", "-s", "--format=%ct", "HEAD"], capture_output=True, text=True, check=False)
    if at.returncode != 0 or not at.stdout.strip().isdigit():
        return None
    instant = datetime.datetime.fromtimestamp(int(at.stdout), datetime.timezone.utc)
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def write_evidence(kept):
    with tarfile.open("evidence.tar.gz.new", "w:gz") as tar:
        if kept.is_dir():
            tar.add(kept, arcname="evidence")
    os.replace("evidence.tar.gz.new", "evidence.tar.gz")


def main():
    for name in WRITTEN:  # a student can have committed one
        if os.path.isdir(name) and not os.path.islink(name):
            shutil.rmtree(name)
        elif os.path.lexists(name):
            os.unlink(name)
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    subprocess.run([str(HERE / "install-grader"), str(HERE)], check=True)
    grader = shutil.which("grader")
    subprocess.run([*as_root, grader, "doctor"], check=False)
    sys.stdout.flush()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        environment = [f"{key}={os.environ[key]}" for key in TOLD if key in os.environ]  # sudo forgets it
        command = [*as_root, "env", *environment, grader, "run", str(HERE / "assignment"), ".", "--as", "student"]
        command += ["--color", "never", "--exit-zero", "--keep", str(folder / "kept")]
        for kind in ["classroom50", "markdown"]:
            command += ["--format", f"{kind}={folder / kind}"]
        status = subprocess.run(command, check=False).returncode
        if status != 0:
            print(f"not graded: Grader ended with status {status}", file=sys.stderr)
            return status if status in (2, 3) else 1
        result = json.loads((folder / "classroom50").read_text())
        result["graded_at"] = result["datetime"]
        result["datetime"] = submitted() or result["datetime"]
        body = (folder / "markdown").read_text()
        if len(body) <= BODY_MOST:
            pathlib.Path("release-body.md").write_text(body)
        write_evidence(folder / "kept" / "tests")  # without what `--as student` keeps from the student
        subprocess.run([*as_root, "rm", "-rf", str(folder / "kept")], check=False)
        pathlib.Path("result.json.new").write_text(json.dumps(result, indent=2) + "\n")
        os.replace("result.json.new", "result.json")
    return 0


sys.exit(main())
