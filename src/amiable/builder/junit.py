"""A run as a JUnit report: a suite for the document, a case for each step."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot have, such as the escapes of coloured output."""
_STATUS = {"Failed": "failure", "Skipped": "skipped"}


def junit(name: str, rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The XML of a document's steps (`Journal.rows`)."""
    cases = list(rows)
    suite = ElementTree.Element("testsuite", name=name, tests=str(len(cases)))
    for status, member in _STATUS.items():
        suite.set(
            f"{member}s" if member == "failure" else member, str(sum(r["Status"] == status for r in cases))
        )
    for row in cases:
        seconds = f"{row['Seconds']:.3f}"
        case = ElementTree.SubElement(
            suite, "testcase", classname=f"{name}.{row['Phase']}", name=row["Step"], time=seconds
        )
        if row["Status"] in _STATUS:
            found = ElementTree.SubElement(
                case, _STATUS[row["Status"]], message=_clean(row.get("Message") or "")
            )
            found.text = _clean("\n".join(row.get("Lines", ()))) or None
    return bytes(ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True))


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
