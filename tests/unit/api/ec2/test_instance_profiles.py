"""Instance profiles of instances: one at a time, each association with an id of its own."""

from typing import Any

from amiable.flows.metadata import metadata_of
from amiable.model.instance import Instance
from tests.helpers.api import Api, filters, refused
from tests.helpers.images import add_image


def launched(api: Api, **request: Any) -> dict[str, Any]:
    (instance,) = api("RunInstances", ImageId=add_image(api).id, MinCount=1, MaxCount=1, **request)[
        "Instances"
    ]
    return dict(instance)


def described(api: Api, **request: Any) -> list[dict[str, Any]]:
    return list(api("DescribeIamInstanceProfileAssociations", **request)["IamInstanceProfileAssociations"])


def test_a_profile_is_given_replaced_and_taken_away(api: Api) -> None:
    instance = launched(api)
    of_it = {"Filters": filters(instance_id=instance["InstanceId"], state="associated")}
    assert described(api, **of_it) == []

    def told() -> str | None:
        found = metadata_of(api.database, instance["VpcId"], instance["PrivateIpAddress"])
        assert found
        return found.instance_profile[0].rsplit("/", 1)[1] if found.instance_profile else None

    web = {"IamInstanceProfile": {"Name": "web"}}
    first = api("AssociateIamInstanceProfile", InstanceId=instance["InstanceId"], **web)[
        "IamInstanceProfileAssociation"
    ]
    assert (first["State"], told()) == ("associating", "web")
    (row,) = described(api, **of_it)
    assert row == first | {"State": "associated"}
    assert described(api, AssociationIds=[first["AssociationId"]]) == [row]
    with refused("IncorrectState", "existing association"):
        api("AssociateIamInstanceProfile", InstanceId=instance["InstanceId"], **web)

    arn = f"arn:aws:iam::{api.account_id}:instance-profile/db"
    replaced = api(
        "ReplaceIamInstanceProfileAssociation",
        AssociationId=first["AssociationId"],
        IamInstanceProfile={"Arn": arn},
    )["IamInstanceProfileAssociation"]
    assert (replaced["IamInstanceProfile"]["Arn"], told()) == (arn, "db")
    assert replaced["AssociationId"] != first["AssociationId"]
    with refused("InvalidAssociationID.NotFound"):
        api("DisassociateIamInstanceProfile", AssociationId=first["AssociationId"])

    gone = api("DisassociateIamInstanceProfile", AssociationId=replaced["AssociationId"])
    assert gone["IamInstanceProfileAssociation"] == replaced | {"State": "disassociating"}
    assert (described(api, **of_it), told()) == ([], None)


def test_what_a_launch_gave_is_an_association_until_the_end(api: Api) -> None:
    instance_id = launched(api, IamInstanceProfile={"Name": "web"})["InstanceId"]
    (row,) = described(api, Filters=filters(instance_id=instance_id))
    with refused("MissingParameter"):
        api(
            "ReplaceIamInstanceProfileAssociation",
            AssociationId=row["AssociationId"],
            IamInstanceProfile={},
        )
    with api.database.write() as session:
        session.get_one(Instance, instance_id).state = "terminated"
    assert described(api) == []
    with refused("IncorrectInstanceState", "terminated"):
        api("AssociateIamInstanceProfile", InstanceId=instance_id, IamInstanceProfile={"Name": "web"})
