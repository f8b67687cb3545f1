import { DescribeSnapshotAttributeCommand, ModifySnapshotAttributeCommand } from "@aws-sdk/client-ec2";
import { useParams } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { snapshots as words } from "../strings";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";
import { PermissionsForm } from "./permissions-form";

export function SnapshotPermissions() {
  const { id = "" } = useParams();
  const { answer, problem } = useAnswer(id, () =>
    ec2(new DescribeSnapshotAttributeCommand({ SnapshotId: id, Attribute: "createVolumePermission" })),
  );
  return (
    <PermissionsForm
      title={words.permissions}
      id={id}
      hint={words.publicHint}
      before={answer && (answer.CreateVolumePermissions ?? [])}
      problem={problem}
      back={urls.snapshots}
      save={(CreateVolumePermission) =>
        ec2(
          new ModifySnapshotAttributeCommand({
            SnapshotId: id,
            Attribute: "createVolumePermission",
            CreateVolumePermission,
          }),
        )
      }
    />
  );
}
