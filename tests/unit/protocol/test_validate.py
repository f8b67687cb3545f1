"""Required members and bounds, in the words of AWS."""

from typing import Any

import pytest

from amiable.protocol import models
from amiable.protocol.faults import Fault
from amiable.protocol.route import Route
from amiable.protocol.validate import validate


def fault(service: str, operation: str, parameters: dict[str, Any]) -> tuple[str, str] | None:
    try:
        validate(parameters, Route(service, models.operation_model(service, operation)))
    except Fault as raised:
        return raised.code, raised.message
    return None


@pytest.mark.parametrize(
    ("operation", "parameters", "missing"),
    [
        ("DeregisterImage", {}, "ImageId"),
        ("TerminateInstances", {}, "InstanceId"),
        ("TerminateInstances", {"InstanceIds": []}, "InstanceId"),
        ("RunInstances", {"MinCount": 1}, "MaxCount"),
        ("CreateTags", {"Resources": ["a"]}, "Tag"),
        ("RunInstances", {"MinCount": 1, "MaxCount": 1, "ElasticGpuSpecification": [{"Type": "a"}, {}]},
         "ElasticGpuSpecification.2.Type"),
    ],
)  # fmt: skip
def test_ec2_names_the_parameter_as_sent(operation: str, parameters: dict[str, Any], missing: str) -> None:
    assert fault("ec2", operation, parameters) == (
        "MissingParameter",
        f"The request must contain the parameter {missing}",
    )


def test_ec2_leaves_bounds_to_the_operation() -> None:
    assert fault("ec2", "DescribeImages", {"MaxResults": 100_000, "Owners": []}) is None
    assert fault("ec2", "CreateImage", {"InstanceId": "i", "Name": "x"}) is None


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code", "message"),
    [
        ("ssm", "GetParameter", {}, "ValidationException",
         "1 validation error detected: Value null at 'name' failed to satisfy constraint: "
         "Member must not be null"),
        ("sts", "AssumeRole", {"RoleArn": "r" * 20}, "ValidationError",
         "1 validation error detected: Value null at 'roleSessionName' failed to satisfy constraint: "
         "Member must not be null"),
        ("amiable", "ImportDisk", {"Source": "a", "Name": "ab"}, "ValidationException",
         "1 validation error detected: Value 'ab' at 'name' failed to satisfy constraint: "
         "Member must have length greater than or equal to 3"),
        ("amiable", "ImportDisk", {"Source": "a", "Name": "abc", "Architecture": "vax"},
         "ValidationException",
         "1 validation error detected: Value 'vax' at 'architecture' failed to satisfy constraint: "
         "Member must satisfy enum value set: [x86_64, arm64]"),
        ("amiable", "ImportDisk", {"Source": "a", "Name": "abc", "Checksum": "md5"}, "ValidationException",
         "1 validation error detected: Value 'md5' at 'checksum' failed to satisfy constraint: "
         "Member must satisfy regular expression pattern: sha256:[0-9a-fA-F]{64}"),
        ("amiable", "ImportDisk", {"Source": "a", "Name": "abc", "TagSpecifications": [{"Tags": [{}]}]},
         "ValidationException",
         "1 validation error detected: Value null at 'tagSpecifications.1.member.tags.1.member.key' "
         "failed to satisfy constraint: Member must not be null"),
        ("ssm", "GetParameters", {"Names": ["a"] * 11}, "ValidationException",
         f"1 validation error detected: Value '{['a'] * 11}' at 'names' failed to satisfy constraint: "
         "Member must have length less than or equal to 10"),
        ("imagebuilder", "ListImages", {"maxResults": 0}, "InvalidParameterValueException",
         "1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: "
         "Member must have value greater than or equal to 1"),
        ("ebs", "StartSnapshot", {"VolumeSize": 0}, "ValidationException",
         "1 validation error detected: Value '0' at 'volumeSize' failed to satisfy constraint: "
         "Member must have value greater than or equal to 1"),
    ],
)  # fmt: skip
def test_others_list_what_is_wrong(
    service: str, operation: str, parameters: dict[str, Any], code: str, message: str
) -> None:
    assert fault(service, operation, parameters) == (code, message)


def test_all_failures_are_counted() -> None:
    found = fault("amiable", "ImportDisk", {"Name": "x"})
    assert found is not None
    assert found[1].startswith("2 validation errors detected: Value null at 'source'")


def test_a_long_list_of_failures_is_cut() -> None:
    tags = [{"Tags": [{}] * 30}]
    found = fault("amiable", "ImportDisk", {"Source": "a", "Name": "abc", "TagSpecifications": tags})
    assert found is not None
    assert found[1].startswith("30 validation errors detected: ")
    assert found[1].count("must not be null") == 10


def test_good_input_passes() -> None:
    assert fault("amiable", "ImportDisk", {"Source": "a", "Name": "abc", "Public": True}) is None
    assert fault("sts", "GetCallerIdentity", {}) is None
    assert fault("iam", "ListAccountAliases", {}) is None


@pytest.mark.parametrize(("service", "operation"), [("ebs", "ListSnapshotBlocks"), ("rbin", "GetRule")])
def test_the_reason_is_said_where_the_exception_has_one(service: str, operation: str) -> None:
    with pytest.raises(Fault) as caught:
        validate({}, Route(service, models.operation_model(service, operation)))
    assert caught.value.members == {"Reason": "INVALID_PARAMETER_VALUE"}
