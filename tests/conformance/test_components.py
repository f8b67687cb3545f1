"""The conformance set of component documents on this machine; tests/e2e runs it on a real one."""

import pytest

from amiable.builder.document.modules import MODULES
from amiable.builder.document.parse import parse
from tests.helpers.components import CASES, Case
from tests.helpers.local_guest import LocalGuest

ELSEWHERE = {"UpdateOS", "S3Download", "S3Upload", "FetchFromOutside"}
"""Modules that need a package archive, an object store or a network."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_document_ends_as_it_says(case: Case) -> None:
    guest = LocalGuest()
    case.check(guest)
    assert guest.boots == 1 + case.reboots


def test_every_module_has_a_document() -> None:
    used = {step.action for case in CASES for phase in parse(case.text).phases for step in phase.steps}
    assert used == set(MODULES) - ELSEWHERE
