"""Documents run on this machine as the guest: order, failure, attempts, loops, reboots, and after a kill."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from amiable.builder.document.chaining import asks
from amiable.builder.document.parse import parse
from amiable.builder.journal import Journal
from amiable.builder.junit import junit
from amiable.builder.outcome import Outcome, Surroundings
from amiable.builder.run import run
from amiable.core.errors import InvalidInput
from tests.helpers.local_guest import LocalGuest


class Killed(Exception):
    """The process that runs a document dies."""


class Bench:
    """Runs documents; what they write lies in one folder, and the journal outlives the runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.guest = LocalGuest()
        self.saved: dict[str, Any] | None = None
        self.lines: list[str] = []

    def run(self, *steps: str, head: str = "", kill_at: int = 0, **parameters: str) -> Outcome:
        """A document of one phase; killed at its nth save if asked."""
        saves = 0

        def save(data: dict[str, Any]) -> None:
            nonlocal saves
            self.saved = json.loads(json.dumps(data))
            saves += 1
            if saves == kill_at:
                raise Killed

        text = f"schemaVersion: 1.0\n{head}phases:\n  - name: build\n    steps:\n"
        text += "".join(f"      - {step.replace('DIR', str(self.folder))}\n" for step in steps)
        around = Surroundings(
            self.guest, lambda phase, step, stream, line: self.lines.append(line), directory=str(self.folder)
        )
        return run(parse(text), ["build"], parameters, Journal(self.saved, save), around)

    def entry(self, step: str) -> dict[str, Any]:
        assert self.saved is not None
        return dict(self.saved["steps"][f"build.{step}"])

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def bash(name: str, command: str, more: str = "") -> str:
    return f'{{name: {name}, action: ExecuteBash, inputs: {{commands: ["{command}"]}}{more}}}'


def test_steps_run_in_order_and_hand_on_what_they_bring(bench: Bench) -> None:
    outcome = bench.run(
        bash("one", "echo {{ Word }}; echo err >&2"),
        bash("two", "echo {{ build.one.outputs.stdout }}-{{ Fixed }} > out"),
        head="parameters: [{Word: {type: string}}]\nconstants: [{Fixed: {type: string, value: f}}]\n",
        Word="hello",
    )
    assert (outcome.status, outcome.executed, outcome.failure) == ("success", 2, None)
    assert bench.read("out") == "hello-f\n"
    assert sorted(bench.lines) == ["err", "hello"]


def test_a_failed_step_ends_the_document(bench: Bench) -> None:
    outcome = bench.run(bash("bad", "echo why; exit 3"), bash("never", "touch never"))
    assert outcome.failure is not None
    assert (outcome.status, outcome.failed, outcome.failure.step) == ("failed", 1, "bad")
    assert outcome.failure.message == "The command exited with status 3."
    assert outcome.failure.lines == ("why",)
    assert not (bench.folder / "never").exists()


def test_continue_and_ignore_go_on(bench: Bench) -> None:
    outcome = bench.run(bash("ignored", "exit 1", ", onFailure: Ignore"), bash("next", "touch next"))
    assert (outcome.status, outcome.ignored) == ("success", 1)
    bench.saved = None
    outcome = bench.run(bash("bad", "exit 1", ", onFailure: Continue"), bash("after", "touch after"))
    assert (outcome.status, outcome.failed, outcome.executed) == ("failed", 1, 2)
    assert (bench.folder / "after").exists()


def test_attempts_begin_at_the_first_iteration(bench: Bench) -> None:
    loop = ", maxAttempts: 2, loop: {name: n, for: {start: 3, end: 1, updateBy: -1}}"
    fails_once = "[ {{ loop.value }} != 2 ] || [ -f second ] || ! touch second"
    script = "echo {{ loop.index }}{{ n.value }} >> tried; " + fails_once
    assert bench.run(bash("s", script, loop)).status == "success"
    assert bench.read("tried").split() == ["03", "12", "03", "12", "21"]


def test_for_each_splits_a_text_and_joins_outputs(bench: Bench) -> None:
    loop = ", loop: {forEach: {list: '{{ List }}', delimiter: ';'}}"
    bench.run(
        bash("s", "echo {{ loop.value }}", loop), head="constants: [{List: {type: string, value: a;b}}]\n"
    )
    assert bench.entry("s")["outputs"] == {"stdout": "a\nb"}


def test_conditions_decide(bench: Bench) -> None:
    outcome = bench.run(
        bash("yes", "touch yes", ", if: {fileExists: /bin/sh}"),
        bash("no", "touch no", ", if: {and: [{stringEquals: a, value: a}, {folderExists: /nowhere}]}"),
        bash("stop", "touch stop", ", if: {binaryExists: no-such-program, else: Abort}"),
    )
    assert (outcome.status, outcome.executed) == ("failed", 2)
    assert [entry["status"] for entry in bench.saved["steps"].values()] == ["Success", "Skipped", "Failed"]  # type: ignore[index]
    assert [path.name for path in bench.folder.iterdir()] == ["yes"]


def test_each_attempt_of_a_step_has_its_timeout(bench: Bench) -> None:
    slow = "trap : TERM; echo x >> times; [ $(wc -l < times) = 3 ] || { sleep 30 & wait; sleep 30; }"
    outcome = bench.run(bash("slow", slow, ", timeoutSeconds: 1, maxAttempts: 2"))
    assert outcome.failure is not None
    assert "timeout" in outcome.failure.message
    assert bench.entry("slow")["attempt"] == 2
    bench.saved = None
    assert bench.run(bash("slow", slow, ", timeoutSeconds: 60")).status == "success"


def test_status_194_reboots_and_runs_the_step_again(bench: Bench) -> None:
    outcome = bench.run(bash("s", "echo x >> times; [ $(wc -l < times) = 3 ] || exit 194"))
    assert (outcome.status, bench.guest.boots, bench.read("times")) == ("success", 3, "x\nx\nx\n")
    bench.saved = None
    outcome = bench.run(bash("always", "exit 194"))
    assert outcome.failure is not None
    assert "reboots" in outcome.failure.message


def test_a_run_that_is_killed_anywhere_goes_on_and_repeats_no_finished_step(bench: Bench) -> None:
    steps = (
        bash("one", "echo 1 >> log"),
        bash("two", "echo 2{{ loop.value }} >> log", ", loop: {forEach: [a, b]}"),
        "{name: boot, action: Reboot}",
        bash("three", "echo 3 >> log"),
    )
    killed = 0
    for kill_at in range(1, 40):
        (bench.folder / "log").unlink(missing_ok=True)
        bench.saved, bench.guest.boots = None, 1
        try:
            bench.run(*steps, kill_at=kill_at)
        except Killed:
            killed += 1
            bench.run(*steps)
        assert bench.guest.boots == 2, kill_at
        assert bench.read("log").split() == ["1", "2a", "2b", "3"], kill_at
    assert killed > 10


def test_a_document_runs_another(bench: Bench) -> None:
    inner = (
        "schemaVersion: 1.0\nparameters: [{What: {type: string}}]\nphases:\n  - name: build\n    steps:\n"
        "      - name: s\n        action: ExecuteBash\n"
        "        inputs: {commands: ['echo {{ What }} > inner; exit $(cat status)']}\n"
    )
    (bench.folder / "inner.yml").write_text(inner)
    (bench.folder / "status").write_text("0")
    inputs = "[{document: DIR/inner.yml, parameters: [{name: What, value: w}]}]"
    call = f"{{name: s, action: ExecuteDocument, inputs: {inputs}}}"
    assert bench.run(call).status == "success"
    assert bench.read("inner") == "w\n"
    assert bench.entry("s")["outputs"] == {"status": "success"}
    bench.saved = None
    (bench.folder / "status").write_text("4")
    outcome = bench.run(call)
    assert outcome.failure is not None
    assert "failed at build.s: The command exited with status 4." in outcome.failure.message


def test_a_phase_knows_what_earlier_runs_of_the_document_brought(bench: Bench) -> None:
    """As in a build, where the validate phases of all components run after the build phases of all."""
    both = parse(
        "schemaVersion: 1.0\nphases:\n"
        "  - {name: build, steps: [{name: s, action: ExecuteBash, inputs: {commands: [echo a]}}]}\n"
        "  - {name: validate, steps: [{name: s, action: Assert, inputs: "
        "{stringEquals: a, value: '{{ build.s.outputs.stdout }}'}}]}\n"
    )
    around = Surroundings(bench.guest, lambda phase, step, stream, line: None)
    first = Journal(None, lambda data: None)
    assert run(both, ["build"], {}, first, around).status == "success"
    assert run(both, ["validate"], {}, Journal(None, lambda data: None, first), around).status == "success"
    alone = run(both, ["validate"], {}, Journal(None, lambda data: None), around)
    assert alone.failure is not None
    assert "that step did not run, or not on this machine" in alone.failure.message
    assert asks(both, "validate", "build")
    assert not asks(both, "build", "validate")


def test_parameters_must_be_known_and_given(bench: Bench) -> None:
    head = "parameters: [{Word: {type: string}}]\n"
    with pytest.raises(InvalidInput, match="needs a value"):
        bench.run(bash("s", "true"), head=head)
    with pytest.raises(InvalidInput, match="no parameter Other"):
        bench.run(bash("s", "true"), head=head, Word="w", Other="o")


def test_a_report_is_xml_whatever_was_written(bench: Bench) -> None:
    bench.run(bash("s", r"printf '\\033[31mred ü\\a\\000\\n'; exit 1"))
    assert bench.saved is not None
    rows = Journal(bench.saved, lambda data: None).rows()
    (case,) = ElementTree.fromstring(junit("document", rows)).iter("failure")
    assert case.text is not None
    assert case.text.startswith("\ufffd[31mred ü\ufffd")
