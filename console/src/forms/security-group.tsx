import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeSecurityGroupRulesCommand,
  ModifySecurityGroupRulesCommand,
  RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate, useParams } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { fieldOf, isWhole, permissionOf, type RuleField, rulesToChange } from "../ingress";
import { forms, strings, securityGroups as words } from "../strings";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";
import { RuleFields } from "./rule-fields";

export function CreateSecurityGroup() {
  const go = useNavigate();
  const { say } = useNotices();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [rules, setRules] = useState<RuleField[]>([]);
  // The group of an attempt whose rules were refused is used again by the next one.
  const [made, setMade] = useState("");

  async function submit() {
    const GroupId =
      made ||
      (await ec2(new CreateSecurityGroupCommand({ GroupName: name, Description: description }))).GroupId ||
      "";
    setMade(GroupId);
    if (rules.length) {
      await ec2(
        new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: rules.map(permissionOf) }),
      );
    }
    say(words.made(GroupId));
    go(urls.securityGroups);
  }

  return (
    <FormPage
      title={words.create}
      verb={words.create}
      reason={name && description && rules.every(isWhole) ? null : forms.required}
      back={urls.securityGroups}
      submit={submit}
    >
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
        </SpaceBetween>
      </Container>
      <Container header={<Header description={words.sourceHint}>{words.inbound}</Header>}>
        <RuleFields rules={rules} onChange={setRules} />
      </Container>
    </FormPage>
  );
}

async function inbound(id: string): Promise<RuleField[]> {
  const answer = await ec2(
    new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: [id] }] }),
  );
  return (answer.SecurityGroupRules ?? [])
    .filter((rule) => !rule.IsEgress)
    .flatMap((rule) => fieldOf(rule) ?? []);
}

export function EditRules() {
  const { id = "" } = useParams();
  const go = useNavigate();
  const { say } = useNotices();
  const { answer: before, problem } = useAnswer(id, () => inbound(id));
  const [edited, setEdited] = useState<RuleField[] | null>(null);
  const rules = edited ?? before ?? [];

  async function submit() {
    const { modify, revoke, authorize } = rulesToChange(before ?? [], rules);
    if (modify.length) {
      await ec2(new ModifySecurityGroupRulesCommand({ GroupId: id, SecurityGroupRules: modify }));
    }
    // New rules first: should one be refused, nothing has been taken away.
    if (authorize.length) {
      await ec2(new AuthorizeSecurityGroupIngressCommand({ GroupId: id, IpPermissions: authorize }));
    }
    if (revoke.length) {
      await ec2(new RevokeSecurityGroupIngressCommand({ GroupId: id, SecurityGroupRuleIds: revoke }));
    }
    say(words.saved(id));
    go(urls.securityGroups);
  }

  return (
    <FormPage
      title={words.edit}
      description={id}
      verb={forms.save}
      reason={!before ? strings.loading : rules.every(isWhole) ? null : forms.required}
      back={urls.securityGroups}
      submit={submit}
    >
      <Trouble problem={problem} />
      <Container header={<Header description={words.sourceHint}>{words.inbound}</Header>}>
        <RuleFields rules={rules} onChange={setEdited} />
      </Container>
    </FormPage>
  );
}
