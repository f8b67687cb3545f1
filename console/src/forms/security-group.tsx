import { CreateSecurityGroupCommand, DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate, useParams } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { rulesOf, saveRules } from "../aws/group-rules";
import { ALL_OUT, isWhole, type RuleField } from "../group-rules";
import { tagOf } from "../list/filters";
import { columns as col, forms, strings, securityGroups as words } from "../strings";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { SelectField } from "../ui/select-field";
import { type TagField, TagFields, tagsOf } from "../ui/tag-fields";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";
import { RuleFields } from "./rule-fields";

export function CreateSecurityGroup() {
  const go = useNavigate();
  const { say } = useNotices();
  const { answer, problem } = useAnswer("vpcs", () => ec2(new DescribeVpcsCommand({})));
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [chosen, setVpc] = useState("");
  const [rules, setRules] = useState<RuleField[]>([]);
  const [out, setOut] = useState<RuleField[]>([ALL_OUT]);
  const [tags, setTags] = useState<TagField[]>([]);
  // The group of an attempt whose rules were refused is used again by the next one.
  const [made, setMade] = useState("");
  const vpcs = answer?.Vpcs ?? [];
  const vpc = chosen || (vpcs.find((each) => each.IsDefault) ?? vpcs[0])?.VpcId || "";

  async function create(): Promise<string> {
    const Tags = tagsOf(tags);
    const group = await ec2(
      new CreateSecurityGroupCommand({
        GroupName: name,
        Description: description,
        VpcId: vpc,
        TagSpecifications: Tags && [{ ResourceType: "security-group", Tags }],
      }),
    );
    return group.GroupId ?? "";
  }

  async function submit() {
    const id = made || (await create());
    setMade(id);
    await saveRules(id, false, await rulesOf(id, false), rules);
    await saveRules(id, true, await rulesOf(id, true), out);
    say(words.made(id));
    go(urls.securityGroups);
  }

  return (
    <FormPage
      title={words.create}
      verb={words.create}
      reason={name && description && vpc && [...rules, ...out].every(isWhole) ? null : forms.required}
      back={urls.securityGroups}
      submit={submit}
    >
      <Trouble problem={problem} />
      <Container>
        <SpaceBetween size="m">
          <FormField label={words.name}>
            <Input value={name} disabled={made !== ""} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
          <FormField label={words.description}>
            <Input
              value={description}
              disabled={made !== ""}
              onChange={({ detail }) => setDescription(detail.value)}
            />
          </FormField>
          <SelectField
            label={col.vpc}
            value={vpc}
            disabled={made !== ""}
            options={vpcs.map((each) => ({
              value: each.VpcId ?? "",
              label: [each.VpcId, tagOf(each.Tags, "Name")].filter(Boolean).join(" "),
              description: each.CidrBlock,
            }))}
            onChange={setVpc}
          />
        </SpaceBetween>
      </Container>
      <Container header={<Header description={words.sourceHint}>{words.inbound}</Header>}>
        <RuleFields rules={rules} egress={false} onChange={setRules} />
      </Container>
      <Container header={<Header description={words.sourceHint}>{words.outbound}</Header>}>
        <RuleFields rules={out} egress onChange={setOut} />
      </Container>
      <Container header={<Header>{strings.tags.title}</Header>}>
        <TagFields tags={tags} onChange={setTags} />
      </Container>
    </FormPage>
  );
}

function EditRules({ egress }: { egress: boolean }) {
  const { id = "" } = useParams();
  const go = useNavigate();
  const { say } = useNotices();
  const { answer: before, problem } = useAnswer(`${id} ${egress}`, () => rulesOf(id, egress));
  const [edited, setEdited] = useState<RuleField[] | null>(null);
  const rules = edited ?? before ?? [];

  async function submit() {
    await saveRules(id, egress, before ?? [], rules);
    say(words.saved(id));
    go(urls.securityGroups);
  }

  return (
    <FormPage
      title={egress ? words.editOut : words.edit}
      description={id}
      verb={forms.save}
      reason={!before ? strings.loading : rules.every(isWhole) ? null : forms.required}
      back={urls.securityGroups}
      submit={submit}
    >
      <Trouble problem={problem} />
      <Container
        header={<Header description={words.sourceHint}>{egress ? words.outbound : words.inbound}</Header>}
      >
        <RuleFields rules={rules} egress={egress} onChange={setEdited} />
      </Container>
    </FormPage>
  );
}

export const EditInbound = () => <EditRules egress={false} />;
export const EditOutbound = () => <EditRules egress />;
