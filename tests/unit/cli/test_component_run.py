"""`amiable component run`: which documents it takes. tests/e2e/test_components.py runs it on a machine."""

from pathlib import Path

from tests.unit.cli.desk import Desk

TEST = "{schemaVersion: 1.0, phases: [{name: test, steps: [{name: s, action: Reboot, inputs: {}}]}]}"


def test_what_cannot_be_run_is_refused_before_anything_is_launched(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "apache.yaml"
    file.write_text(TEST)

    def refused(*words: str | Path) -> str:
        return desk.refused("component", "run", *words, "--image", "ami-12345678")

    told = refused("apachee")
    assert told.startswith(
        "There is no file apachee, and no shipped component; they are: apache, cis-checks,"
    )
    assert refused("apache", file) == f"{file} is named twice."
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("schemaVersion: 1.0\nphases: 1\n")
    assert refused(wrong) == f"{wrong}:2:9: phases must be a list with at least one item"
    typo = desk.run("component", "run", "apache", "--image", "ami-12345678", "--phase", "tests")
    assert typo.exit_code == 2
    assert refused("apache", "--parameter", "Listen=:1") == "No document has a parameter Listen."
    assert desk.run("component", "run", "--image", "ami-12345678").exit_code == 2
    both = refused("monitoring-agent", file, "--parameter", "Listen=:1")
    assert both.startswith("There are no credentials."), "the documents are taken"
