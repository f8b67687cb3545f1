"""The conformance set of component documents on this machine; tests/e2e runs it on a real one."""

from pathlib import Path

import pytest

from amiable.builder.buckets import Buckets
from amiable.builder.document.modules import MODULES
from amiable.builder.document.parse import parse
from amiable.core.settings import Settings
from tests.helpers import seaweedfs
from tests.helpers.components import CASES, Case, ended, said
from tests.helpers.local_guest import LocalGuest

ELSEWHERE = {"UpdateOS", "S3Download", "S3Upload", "FetchFromOutside"}
"""Modules that need a package archive, an object store or a network."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_document_ends_as_it_says(case: Case) -> None:
    guest = LocalGuest()
    case.check(guest)
    assert guest.boots == 1 + case.reboots


def test_objects_come_from_a_bucket_and_go_there(seaweedfs_server: seaweedfs.Server, tmp_path: Path) -> None:
    settings = Settings(buckets={seaweedfs.BUCKET: "111122223333"}, bucket_options=seaweedfs_server.options)
    text = BUCKETS.replace("BUCKET", seaweedfs.BUCKET).replace("DIR", str(tmp_path))
    lines: list[str] = []
    outcome = ended(text, LocalGuest(), lines, objects=Buckets(settings, "111122223333"))
    assert (said(outcome), outcome.ignored) == ("success", 4), lines
    assert (tmp_path / "all/sub/c.txt").read_text() == "c"
    other = ended(text, LocalGuest(), objects=Buckets(settings, "444455556666"))
    assert "is not one that this account may use" in said(other)


BUCKETS = """
schemaVersion: 1.0
phases:
  - name: build
    steps:
      - name: write
        action: CreateFile
        inputs:
          - {path: DIR/from/a.txt, content: a}
          - {path: DIR/from/b.txt, content: b}
          - {path: DIR/from/sub/c.txt, content: c}
      - name: one
        action: S3Upload
        inputs: [{source: DIR/from/a.txt, destination: s3://BUCKET/one.txt}]
      - name: files
        action: S3Upload
        inputs: [{source: "DIR/from/*", destination: s3://BUCKET/files/}]
      - name: tree
        action: S3Upload
        inputs: [{source: "DIR/from/*", destination: s3://BUCKET/tree/, recurse: true}]
      - name: none
        action: S3Upload
        onFailure: Ignore
        inputs: [{source: DIR/from/none, destination: s3://BUCKET/none}]
      - name: back
        action: S3Download
        inputs:
          - {source: s3://BUCKET/one.txt, destination: DIR/one/two.txt}
          - {source: "s3://BUCKET/files/*", destination: DIR/files}
          - {source: "s3://BUCKET/tree/*", destination: DIR/all/}
      - name: kept
        action: S3Download
        onFailure: Ignore
        inputs: [{source: s3://BUCKET/files/b.txt, destination: DIR/one/two.txt, overwrite: false}]
      - name: missing
        action: S3Download
        onFailure: Ignore
        inputs: [{source: s3://BUCKET/none, destination: DIR/one/two.txt}]
      - name: document
        action: ExecuteDocument
        onFailure: Ignore
        inputs: {document: s3://BUCKET/one.txt}
      - name: list
        action: ListFiles
        inputs: [{path: DIR/files, recursive: true}, {path: DIR/one}, {path: DIR/all, recursive: true}]
      - name: read
        action: ReadFile
        inputs: [{path: DIR/one/two.txt}]
  - name: test
    steps:
      - name: check
        action: Assert
        inputs:
          and:
            - {stringEquals: a, value: "{{ build.read.outputs.content }}"}
            - {stringEquals: "DIR/files/a.txt,DIR/files/b.txt", value: "{{ build.list.outputs[0].files }}"}
            - {stringEquals: DIR/one/two.txt, value: "{{ build.list.outputs[1].files }}"}
            - patternMatches: "b.txt\\nDIR/one/two.txt\\nDIR/all/a.txt,DIR/all/b.txt,DIR/all/sub/c.txt$"
              value: "{{ build.list.outputs.files }}"
"""


def test_every_module_has_a_document() -> None:
    used = {step.action for case in CASES for phase in parse(case.text).phases for step in phase.steps}
    assert used == set(MODULES) - ELSEWHERE
