"""ImportComponent and ImportVmImage."""

from amiable.api.imagebuilder.builds import parent_image
from amiable.builder.document.parse import parse
from amiable.core import ids
from tests.helpers.api import Api, refused
from tests.unit.api.examples.builder import SERVICE, imported

SCRIPT = "#!/bin/bash\n  set -e\techo 'a: \"b\"' # ö\n\nexit 0\n"


def test_a_script_becomes_a_component(api: Api) -> None:
    request = {
        "name": "comp",
        "semanticVersion": "1.0.0",
        "platform": "Linux",
        "format": "SHELL",
        "type": "TEST",
    }

    def arn_of(script: str) -> str:
        answer = api("ImportComponent", SERVICE, **request, data=script, clientToken=ids.new_uuid())
        return str(answer["componentBuildVersionArn"])

    arn = arn_of(SCRIPT)
    shown = api("GetComponent", SERVICE, componentBuildVersionArn=arn)["component"]
    assert shown["type"] == "TEST"
    document = parse(shown["data"])
    assert document.kind == "TEST"
    phase = document.phase("test")
    assert phase is not None
    assert phase.steps[0].inputs == {"commands": [SCRIPT]}
    with refused("InvalidParameterValueException", "{{"):
        arn_of("echo {{ x }}")


def test_an_import_becomes_an_image(api: Api) -> None:
    request = {"name": "vm-one", "semanticVersion": "1.0.0", "platform": "Linux"}
    with refused("InvalidRequestException", "is active"):
        api("ImportVmImage", SERVICE, **request, vmImportTaskId=imported(api, "active"), clientToken="a")
    with refused("InvalidParameterValueException", "no import task"):
        api("ImportVmImage", SERVICE, **request, vmImportTaskId="import-ami-0", clientToken="b")
    arn = api("ImportVmImage", SERVICE, **request, vmImportTaskId=imported(api), clientToken="c")["imageArn"]
    image = api("GetImage", SERVICE, imageBuildVersionArn=arn)["image"]
    assert (image["state"]["status"], image["buildType"]) == ("AVAILABLE", "IMPORT")
    with api.database.read() as session:
        assert parent_image(api.call(session), arn.rsplit("/", 2)[0] + "/x.x.x") == "ami-12345678"
