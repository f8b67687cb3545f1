"""A run as a JUnit report: a suite for the document, a case for each step."""

from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree

_STATUS = {"Failed": "failure", "Skipped": "skipped"}


def junit(name: str, rows: Iterable[Mapping[str, Any]]) -> str:
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
            found = ElementTree.SubElement(case, _STATUS[row["Status"]], message=row.get("Message") or "")
            found.text = "\n".join(row.get("Lines", ())) or None
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)
