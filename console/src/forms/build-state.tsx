/** A change of the state of one image, and of its AMIs: now, or at a time to come. */
import { GetImageCommand, StartResourceStateUpdateCommand } from "@aws-sdk/client-imagebuilder";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate, useParams } from "react-router-dom";
import { amisOf } from "../aws/builder-lists";
import { imagebuilder } from "../aws/imagebuilder";
import { region, session } from "../aws/session";
import { changeState } from "../builder/builder-rules";
import { MomentFields } from "../lifecycle/moment-fields";
import { roleReason } from "../lifecycle/policy-rules";
import {
  lostBy,
  momentOf,
  NEW_UPDATE,
  type UpdateFields,
  updateOf,
  updateReason,
  WANTED,
} from "../lifecycle/state-update";
import { columns as col, policyForm, strings, stateUpdate as words } from "../strings";
import { Facts, when } from "../ui/details";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { State } from "../ui/state";
import { TextField } from "../ui/text-field";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";

export function BuildState() {
  const { name, version, number, state } = useParams();
  const build = `${name}/${version}/${number}`;
  const arn = `arn:aws:imagebuilder:${region.current()}:${session.current()?.account}:image/${build}`;
  const wanted = WANTED.find((each) => each === state) ?? "DEPRECATED";
  const verb = words.verbs[wanted];
  const go = useNavigate();
  const { ask } = useNotices();
  const [fields, setFields] = useState<UpdateFields>(NEW_UPDATE);
  const change = (changed: Partial<UpdateFields>) => setFields({ ...fields, ...changed });
  const { answer, problem } = useAnswer(arn, () =>
    imagebuilder(new GetImageCommand({ imageBuildVersionArn: arn })),
  );
  const image = answer?.image;

  const submit = async () =>
    ask({
      title: words.title(verb, build),
      verb,
      body: [lostBy(wanted, fields), fields.later && words.at(when(momentOf(fields)))]
        .filter(Boolean)
        .join(" "),
      act: () => imagebuilder(new StartResourceStateUpdateCommand(updateOf(arn, wanted, fields))),
      done: () => go(urls.build(build)),
    });

  return (
    <FormPage
      title={words.title(verb, build)}
      description={lostBy(wanted, fields)}
      verb={verb}
      reason={image ? (changeState(wanted, image) ?? updateReason(fields, Date.now())) : strings.loading}
      back={urls.build(build)}
      submit={submit}
    >
      <Trouble problem={problem} />
      <Container>
        <SpaceBetween size="m">
          <Facts
            facts={{
              [col.state]: <State state={image?.state?.status?.toLowerCase()} />,
              [words.amis]: image && amisOf(image),
            }}
          />
          <Checkbox
            checked={fields.amis}
            description={fields.amis ? words.notMine : words.alsoHint}
            onChange={({ detail }) => change({ amis: detail.checked })}
          >
            {words.also}
          </Checkbox>
          {wanted === "DELETED" && (
            <Checkbox
              checked={fields.amis && fields.snapshots}
              disabled={!fields.amis}
              description={fields.amis ? words.snapshotsHint : words.snapshotsOnly}
              onChange={({ detail }) => change({ snapshots: detail.checked })}
            >
              {words.snapshots}
            </Checkbox>
          )}
          <TextField
            label={policyForm.role}
            constraintText={words.roleHint}
            errorText={roleReason(fields.role)}
            value={fields.role}
            onChange={(role) => change({ role: role.trim() })}
          />
          <MomentFields fields={fields} change={change} />
        </SpaceBetween>
      </Container>
    </FormPage>
  );
}
