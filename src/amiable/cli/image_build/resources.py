"""What Image Builder must know of a recipe file: made through its API, and only where something differs.

    component       <recipe>-<name> 1.0.0: another build, unless one of them has this text
    recipe          <name>: another version, unless one of them has this content
    configurations  <name>, <name>: replaced when they say something else

Content is told by a tag, a hash of all that was asked for: an unchanged file makes nothing new.
"""

import base64
import hashlib
import json
import secrets
from typing import Any

from botocore.exceptions import ClientError

from amiable.cli.image_build.file import Part, RecipeFile
from amiable.cli.naming import image_id
from amiable.core.errors import Conflict

CONTENT = "amiable:content"
COMPONENT_VERSION = "1.0.0"
PROFILE = "amiable-build"
"""AWS wants the name of an instance profile; nothing is looked up by it here."""
_MISSING = "ResourceNotFoundException"


def _digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:40]


def _token() -> str:
    return secrets.token_hex(16)


class Resources:
    """Makes what a file needs, in the account and region of a client. `made`: ARNs that are new."""

    def __init__(self, builder: Any, ec2: Any, account_id: str) -> None:
        self.builder = builder
        self.ec2 = ec2
        self.prefix = f"arn:aws:imagebuilder:{builder.meta.region_name}:{account_id}"
        self.shipped = f"arn:aws:imagebuilder:{builder.meta.region_name}:aws:component"
        self.made: list[str] = []

    def request(self, file: RecipeFile, *, keep: bool) -> dict[str, Any]:
        """The parts of CreateImage that stand for a file. `keep`: a failed build's instance stays."""
        request = {
            "imageRecipeArn": self._recipe(file),
            "infrastructureConfigurationArn": self._infrastructure(file, keep),
            "imageTestsConfiguration": {"imageTestsEnabled": file.tested},
        }
        if file.distribution:
            wanted = {"distributions": list(file.distribution)}
            request["distributionConfigurationArn"] = self._configuration("distribution", file.name, wanted)
        return request

    def _component(self, file: RecipeFile, part: Part) -> dict[str, Any]:
        parameters = [{"name": key, "value": [value]} for key, value in sorted(part.parameters.items())]
        arn = part.arn
        if part.shipped is not None:
            # the build of now, so that the recipe says exactly what it is made of
            newest = f"{self.shipped}/{part.shipped}/x.x.x"
            arn = self.builder.get_component(componentBuildVersionArn=newest)["component"]["arn"]
        elif part.text is not None:
            arn = self._document(f"{file.name}-{part.name}", part.text)
        return {"componentArn": arn, "parameters": parameters} if parameters else {"componentArn": arn}

    def _document(self, name: str, text: str) -> str:
        content = _digest(text)
        slug = name.lower().replace(" ", "-")
        version = f"{self.prefix}:component/{slug}/{COMPONENT_VERSION}"
        pages = self.builder.get_paginator("list_component_build_versions")
        try:
            for page in pages.paginate(componentVersionArn=version):
                for one in page["componentSummaryList"]:
                    if one["tags"].get(CONTENT) == content:
                        return str(one["arn"])
        except ClientError as error:
            if error.response["Error"]["Code"] != _MISSING:
                raise
        arn = self.builder.create_component(
            name=name,
            semanticVersion=COMPONENT_VERSION,
            platform="Linux",
            data=text,
            tags={CONTENT: content},
            clientToken=_token(),
        )["componentBuildVersionArn"]
        self.made.append(arn)
        return str(arn)

    def _recipe(self, file: RecipeFile) -> str:
        known = file.base.startswith(("ssm:", "arn:"))
        base = file.base if known else image_id(self.ec2, file.base)
        wanted: dict[str, Any] = {
            "parentImage": base,
            "components": [self._component(file, part) for part in file.parts],
            "blockDeviceMappings": self._devices(file, base),
            "description": file.description,
            "workingDirectory": file.settings.get("working-directory"),
            "amiTags": file.tags,
        }
        if text := file.settings.get("user-data"):
            wanted["additionalInstanceConfiguration"] = {"userDataOverride": _base64(text)}
        wanted = {key: value for key, value in wanted.items() if value}
        content = _digest(wanted, file.version)
        filters = [{"name": "name", "values": [file.name]}]
        for page in self.builder.get_paginator("list_image_recipes").paginate(filters=filters):
            for one in page["imageRecipeSummaryList"]:
                if one["tags"].get(CONTENT) == content:
                    return str(one["arn"])
        try:
            arn = self.builder.create_image_recipe(
                name=file.name,
                semanticVersion=file.version,
                tags={CONTENT: content},
                clientToken=_token(),
                **wanted,
            )["imageRecipeArn"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceAlreadyExistsException":
                raise Conflict(
                    f"{file.name} {file.version} is there with other content, and a version never changes. "
                    f"Raise `version` in the file, or write one with x, such as 1.0.x."
                ) from error
            raise
        self.made.append(arn)
        return str(arn)

    def _devices(self, file: RecipeFile, base: str) -> list[dict[str, Any]]:
        """Block device mappings; `root` is what the base image calls its root."""
        devices = [dict(volume) for volume in file.volumes]
        for device in devices:
            if device["deviceName"] == "root":
                if not base.startswith("ami-"):
                    raise Conflict("A volume can be called root only if the base is an image by name or id.")
                (image,) = self.ec2.describe_images(ImageIds=[base])["Images"]
                device["deviceName"] = image["RootDeviceName"]
        return devices

    def _infrastructure(self, file: RecipeFile, keep: bool) -> str:
        settings = file.settings
        wanted = {
            "instanceProfileName": settings.get("instance-profile", PROFILE),
            "instanceTypes": [settings["instance-type"]] if "instance-type" in settings else None,
            "subnetId": settings.get("subnet"),
            "securityGroupIds": settings.get("security-groups"),
            "keyPair": settings.get("key-pair"),
            "terminateInstanceOnFailure": not keep,
            "terminateInstanceOnCompletion": True,
        }
        wanted = {key: value for key, value in wanted.items() if value is not None}
        return self._configuration("infrastructure", file.name, wanted)

    def _configuration(self, kind: str, name: str, wanted: dict[str, Any]) -> str:
        """The configuration of this name, saying what is wanted."""
        arn = f"{self.prefix}:{kind}-configuration/{name.lower().replace(' ', '-')}"
        member = f"{kind}ConfigurationArn"
        get = getattr(self.builder, f"get_{kind}_configuration")
        try:
            there = get(**{member: arn})[f"{kind}Configuration"]
        except ClientError as error:
            if error.response["Error"]["Code"] != _MISSING:
                raise
            create = getattr(self.builder, f"create_{kind}_configuration")
            self.made.append(create(name=name, clientToken=_token(), **wanted)[member])
            return self.made[-1]
        told = ("arn", "name", "dateCreated", "dateUpdated", "tags", "timeoutMinutes")
        if {key: value for key, value in there.items() if key not in told} != wanted:
            update = getattr(self.builder, f"update_{kind}_configuration")
            update(clientToken=_token(), **{member: arn}, **wanted)
        return arn


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
