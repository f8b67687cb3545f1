"""Answers to the letter, where botocore's parser is more forgiving than other clients."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from amiable.protocol import models
from amiable.protocol.message import Response
from amiable.protocol.render import render
from amiable.protocol.route import Route

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def answer(service: str, operation: str, result: dict[str, Any] | None) -> Response:
    return render(Route(service, models.operation_model(service, operation)), result, "r-1")


def test_ec2_names_namespace_and_items() -> None:
    moment = datetime(2026, 11, 23, 8, 30, 0, 120_000, timezone(timedelta(hours=1)))
    volume = {
        "VolumeId": "vol-1",
        "SnapshotId": "",
        "Size": 8,
        "Encrypted": False,
        "CreateTime": moment,
        "KmsKeyId": None,
        "Tags": [{"Key": "a", "Value": "<&>\r\n\0"}],
        "Attachments": [],
    }
    response = answer("ec2", "DescribeVolumes", {"Volumes": [volume]})
    assert response.status == 200
    assert response.headers == {"Content-Type": "text/xml;charset=UTF-8", "x-amzn-RequestId": "r-1"}
    assert response.body.decode() == (
        f'{HEAD}<DescribeVolumesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
        "<requestId>r-1</requestId><volumeSet><item><volumeId>vol-1</volumeId><snapshotId></snapshotId>"
        "<size>8</size><encrypted>false</encrypted><createTime>2026-11-23T07:30:00.120Z</createTime>"
        "<tagSet><item><key>a</key><value>&lt;&amp;&gt;&#xD;\n�</value></item></tagSet>"
        "<attachmentSet></attachmentSet></item></volumeSet></DescribeVolumesResponse>"
    )


def test_ec2_lists_without_a_name_have_items_too() -> None:
    info = {"InferenceAcceleratorInfo": {"Accelerators": [{"Count": 1}]}}
    body = answer("ec2", "DescribeInstanceTypes", {"InstanceTypes": [info]}).body
    assert b"<accelerators><item><count>1</count></item></accelerators>" in body


def test_ec2_without_an_output_says_true() -> None:
    assert answer("ec2", "CreateTags", None).body.decode() == (
        f'{HEAD}<CreateTagsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
        "<requestId>r-1</requestId><return>true</return></CreateTagsResponse>"
    )


def test_query_wrapper_and_metadata() -> None:
    response = answer("sts", "GetCallerIdentity", {"Account": "123456789012"})
    assert response.body.decode() == (
        f'{HEAD}<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
        "<GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult>"
        "<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    )
    aliases = answer("iam", "ListAccountAliases", {"AccountAliases": ["a"], "IsTruncated": False}).body
    assert b"<AccountAliases><member>a</member></AccountAliases><IsTruncated>false" in aliases


def test_json_body_and_numbers_for_time() -> None:
    moment = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
    parameter = {"Name": "é", "LastModifiedDate": moment, "Value": None}
    response = answer("ssm", "GetParameter", {"Parameter": parameter})
    assert response.body == b'{"Parameter":{"Name":"\\u00e9","LastModifiedDate":1795419000}}'
    assert response.headers["Content-Type"] == "application/x-amz-json-1.1"


def test_rest_status_and_headers_stay_on_one_line() -> None:
    response = answer(
        "ebs", "PutSnapshotBlock", {"Checksum": "a\r\nSet-Cookie: b", "ChecksumAlgorithm": None}
    )
    assert response.status == 201
    assert response.headers["x-amz-Checksum"] == "a??Set-Cookie: b"
    assert "x-amz-Checksum-Algorithm" not in response.headers
    assert response.body == b"{}"
    deleted = answer("rbin", "DeleteRule", None)
    assert (deleted.status, deleted.body) == (204, b"")


@pytest.mark.parametrize(
    ("service", "operation"),
    [("ec2", "DescribeImages"), ("ssm", "GetParameter"), ("sts", "GetCallerIdentity")],
)
def test_a_member_that_the_model_lacks_is_our_mistake(service: str, operation: str) -> None:
    with pytest.raises(TypeError, match="has no member Bogus"):
        answer(service, operation, {"Bogus": 1})
