"""A stage of ./check: what passes, what fails, what is counted, what is ended."""

import os
import sys
import textwrap

import pytest

from tools.check.run import run
from tools.check.stages import Stage


@pytest.fixture
def outcome(tmp_path):
    """Runs a stage made of a program's text, or of a test file's."""

    def make(script, *, suite=False, minutes=1):
        file = tmp_path / "test_it.py"
        file.write_text(textwrap.dedent(script))
        command = (sys.executable, *(("-m", "pytest", "-c", os.devnull) if suite else ()), str(file))
        stage = Stage("it", "", command, suite=suite, minutes=minutes)
        return run(stage, tmp_path, dict(os.environ), set())

    return make


def test_the_exit_status_decides(outcome, tmp_path):
    done = outcome("print('all is well')")
    assert (done.passed, done.log) == (True, "all is well\n")


def test_a_failed_stage_keeps_its_words(outcome):
    done = outcome("import sys; print('this is wrong', file=sys.stderr); sys.exit(3)")
    assert not done.passed
    assert "this is wrong" in done.log


def test_tests_are_counted(outcome):
    done = outcome(
        """
        import pytest
        def test_good(): pass
        def test_also_good(): pass
        def test_bad(): assert False
        @pytest.fixture
        def broken(): raise OSError
        def test_error(broken): pass
        @pytest.mark.skip(reason="not today")
        def test_skipped(): pass
        """,
        suite=True,
    )
    assert not done.passed
    assert dict(done.counts) == {"passed": 2, "failed": 2, "skipped": 1}
    assert done.skips == ("not today",)


def test_a_suite_without_tests_fails(outcome):
    assert not outcome("", suite=True).passed


def test_its_deadline_ends_it(outcome):
    done = outcome("import time; print('begun', flush=True); time.sleep(600)", minutes=0.02)
    assert not done.passed
    assert "begun" in done.log
    assert "ended after" in done.log
