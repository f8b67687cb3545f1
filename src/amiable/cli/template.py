"""`amiable template`: list and show launch templates, and make one from an instance."""

from typing import Any

import click

from amiable.cli.client import client
from amiable.cli.naming import instance_id
from amiable.cli.options import json_option
from amiable.cli.output import print_details, print_json, print_table

Item = dict[str, Any]


@click.group("template")
def command() -> None:
    """List, show and make launch templates."""


def _named(text: str) -> Item:
    return {"LaunchTemplateId" if text.startswith("lt-") else "LaunchTemplateName": text}


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List launch templates with what their default versions launch."""
    ec2 = client("ec2")
    pages = ec2.get_paginator("describe_launch_templates").paginate()
    templates = [template for page in pages for template in page["LaunchTemplates"]]
    if as_json:
        print_json(templates)
        return
    versions = ec2.get_paginator("describe_launch_template_versions").paginate(
        Versions=["$Default"], ResolveAlias=False
    )
    data = {
        version["LaunchTemplateId"]: version["LaunchTemplateData"]
        for page in versions
        for version in page["LaunchTemplateVersions"]
    }
    print_table(
        templates,
        [
            ("TEMPLATE", lambda one: one["LaunchTemplateId"]),
            ("NAME", lambda one: one["LaunchTemplateName"]),
            ("DEFAULT", lambda one: one["DefaultVersionNumber"]),
            ("LATEST", lambda one: one["LatestVersionNumber"]),
            ("IMAGE", lambda one: data.get(one["LaunchTemplateId"], {}).get("ImageId")),
            ("TYPE", lambda one: data.get(one["LaunchTemplateId"], {}).get("InstanceType")),
            ("MADE", lambda one: one["CreateTime"]),
        ],
        "No launch template. Make one: amiable template create NAME --from INSTANCE",
    )


@command.command("show")
@click.argument("template")
@click.option("--version", default="$Default", show_default=True, help="Number, $Latest or $Default.")
@json_option
def show(template: str, version: str, as_json: bool) -> None:
    """Show a version of a launch template, by id or name."""
    ec2 = client("ec2")
    answer = ec2.describe_launch_template_versions(**_named(template), Versions=[version])
    (found,) = answer["LaunchTemplateVersions"]
    if as_json:
        print_json([found])
        return
    print_details(
        [
            ("Template", found["LaunchTemplateId"]),
            ("Name", found["LaunchTemplateName"]),
            ("Version", found["VersionNumber"]),
            ("Default", found["DefaultVersion"]),
            ("Description", found.get("VersionDescription")),
            ("Made", found["CreateTime"]),
            *((name, _line(value)) for name, value in found["LaunchTemplateData"].items()),
        ]
    )


def _line(value: Any) -> str:
    """A parameter on one line: `Name=value, …`."""
    if isinstance(value, dict):
        return ", ".join(f"{name}={_line(item)}" for name, item in value.items())
    if isinstance(value, list):
        return "; ".join(_line(item) for item in value)
    return str(value)


@command.command("create")
@click.argument("name")
@click.option("--from", "instance", required=True, help="Instance to launch more of, by id or Name tag.")
@click.option("--alias", metavar="NAME", help="Launch what this alias says instead of the instance's image.")
@json_option
def create(name: str, instance: str, alias: str | None, as_json: bool) -> None:
    """Make a launch template that launches instances like one that is there."""
    ec2 = client("ec2")
    data = ec2.get_launch_template_data(InstanceId=instance_id(ec2, instance))["LaunchTemplateData"]
    if alias:
        data["ImageId"] = f"resolve:ssm:{alias}"
        for mapping in data.get("BlockDeviceMappings", ()):
            mapping["Ebs"].pop("SnapshotId", None)  # that of the new image counts
    answer = ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
    template = answer["LaunchTemplate"]
    for error in answer.get("Warning", {}).get("Errors", ()):
        click.echo(f"Warning: {error['Code']}: {error['Message']}", err=True)
    if as_json:
        print_json([template])
        return
    click.echo(f"{template['LaunchTemplateId']} {name}")
