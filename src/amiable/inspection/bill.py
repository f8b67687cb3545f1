"""Bills of materials of a report, in SPDX 2.3 and CycloneDX 1.6, written by the formats' own libraries.

The same content gives the same document: its name is made of the image's manifest digest, its time is the
inspection's.
"""

import json
import uuid
from datetime import datetime
from typing import Any

from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from spdx_tools.spdx.jsonschema.document_converter import DocumentConverter
from spdx_tools.spdx.model import (
    Actor,
    ActorType,
    CreationInfo,
    Document,
    ExternalPackageRef,
    ExternalPackageRefCategory,
    Package,
    Relationship,
    RelationshipType,
    SpdxNoAssertion,
)

FORMATS = ("spdx", "cyclonedx")
_PLACE = uuid.UUID("5ad4a17e-0d9c-5f6e-9d1a-6f3f0a6f8d11")
_NAMESPACED = {"deb": "debian", "apk": "alpine", "rpm": "redhat"}


def bill(form: str, name: str, digest: str, when: datetime, report: dict[str, Any]) -> str:
    """The packages of a report as a JSON document; `name` and `digest` are the image's."""
    identity = uuid.uuid5(_PLACE, digest)
    system = report["os"]
    rows = [(row, _url(row, system.get("id", ""), system.get("version", ""))) for row in report["packages"]]
    return (
        _spdx(name, identity, when, rows)
        if form == "spdx"
        else _cyclonedx(name, identity, when, system, rows)
    )


def _url(row: dict[str, str], distribution: str, version: str) -> PackageURL:
    namespace = (distribution or _NAMESPACED[row["type"]]) if row["type"] in _NAMESPACED else None
    qualifiers = {"arch": row["architecture"]} if row["architecture"] else {}
    if namespace and version:
        qualifiers["distro"] = f"{distribution}-{version}"
    return PackageURL(row["type"], namespace, row["name"], row["version"], qualifiers)


def _cyclonedx(
    name: str,
    identity: uuid.UUID,
    when: datetime,
    system: dict[str, str],
    rows: list[tuple[dict[str, str], PackageURL]],
) -> str:
    version = system.get("name") or None
    image = Component(name=name, type=ComponentType.OPERATING_SYSTEM, version=version, bom_ref=name)
    made = Bom(serial_number=identity, metadata=BomMetaData(component=image, timestamp=when))
    parts = [
        Component(
            name=row["name"],
            version=row["version"],
            type=ComponentType.LIBRARY,
            purl=url,
            bom_ref=f"{index}:{url.to_string()}",
        )
        for index, (row, url) in enumerate(rows)
    ]
    for part in parts:
        made.components.add(part)
    made.register_dependency(image, parts)
    return str(make_outputter(made, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2))


def _spdx(
    name: str, identity: uuid.UUID, when: datetime, rows: list[tuple[dict[str, str], PackageURL]]
) -> str:
    document = Document(
        CreationInfo(
            spdx_version="SPDX-2.3",
            spdx_id="SPDXRef-DOCUMENT",
            name=name,
            document_namespace=f"urn:uuid:{identity}",
            creators=[Actor(ActorType.TOOL, "amiable")],
            created=when.replace(microsecond=0, tzinfo=None),
        ),
        packages=[_spdx_package(index, row, url) for index, (row, url) in enumerate(rows)],
    )
    document.relationships = [
        Relationship("SPDXRef-DOCUMENT", RelationshipType.DESCRIBES, package.spdx_id)
        for package in document.packages
    ]
    return json.dumps(DocumentConverter().convert(document), indent=2)


def _spdx_package(index: int, row: dict[str, str], url: PackageURL) -> Package:
    reference = ExternalPackageRef(ExternalPackageRefCategory.PACKAGE_MANAGER, "purl", url.to_string())
    return Package(
        spdx_id=f"SPDXRef-Package-{index}",
        name=row["name"],
        version=row["version"],
        download_location=SpdxNoAssertion(),
        files_analyzed=False,
        license_declared=SpdxNoAssertion(),
        license_concluded=SpdxNoAssertion(),
        copyright_text=SpdxNoAssertion(),
        comment=f"Declared licence: {row['license']}" if row["license"] else None,
        external_references=[reference],
    )
