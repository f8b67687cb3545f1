import { DescribeImageAttributeCommand, ModifyImageAttributeCommand } from "@aws-sdk/client-ec2";
import { useParams } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { sharing as words } from "../strings";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";
import { PermissionsForm } from "./permissions-form";

export function ImagePermissions() {
  const { id = "" } = useParams();
  const { answer, problem } = useAnswer(id, () =>
    ec2(new DescribeImageAttributeCommand({ ImageId: id, Attribute: "launchPermission" })),
  );
  return (
    <PermissionsForm
      title={words.permissions}
      id={id}
      hint={words.publicHint}
      before={answer && (answer.LaunchPermissions ?? [])}
      problem={problem}
      back={urls.images}
      save={(LaunchPermission) => ec2(new ModifyImageAttributeCommand({ ImageId: id, LaunchPermission }))}
    />
  );
}
