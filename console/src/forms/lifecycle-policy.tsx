import {
  CreateLifecyclePolicyCommand,
  type LifecyclePolicy,
  UpdateLifecyclePolicyCommand,
} from "@aws-sdk/client-imagebuilder";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router-dom";
import { policyAgain } from "../aws/builder-updates";
import { imagebuilder } from "../aws/imagebuilder";
import { getPolicy } from "../aws/lifecycle";
import { retag } from "../aws/retag";
import { DetailsSection } from "../lifecycle/details-section";
import { ExclusionsSection } from "../lifecycle/exclusions-section";
import { NEW_POLICY, type PolicyFields } from "../lifecycle/fields";
import { policyReason, tagReason } from "../lifecycle/policy-rules";
import { fieldsOf } from "../lifecycle/prefill";
import { membersOf, tagsOf } from "../lifecycle/request";
import { RulesSection } from "../lifecycle/rules-section";
import { SelectionSection } from "../lifecycle/selection-section";
import { forms, policies as labels, strings, policyForm as words } from "../strings";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { TagFields } from "../ui/tag-fields";
import { useAnswer } from "../ui/use-answer";
import { WaitingPage } from "../ui/waiting-page";
import { urls } from "../urls";

async function create(fields: PolicyFields) {
  await imagebuilder(
    new CreateLifecyclePolicyCommand({ name: fields.name, ...membersOf(fields), tags: tagsOf(fields) }),
  );
}

async function update(fields: PolicyFields, before: LifecyclePolicy) {
  // First the tags: the plan that an update begins goes by amiable-keep-used.
  await retag(before.arn ?? "", before.tags, tagsOf(fields, before));
  await imagebuilder(
    new UpdateLifecyclePolicyCommand({ ...policyAgain(before), ...membersOf(fields, before) }),
  );
}

/** A new lifecycle policy, or with ?arn=… the change of one. */
export function LifecyclePolicyForm() {
  const go = useNavigate();
  const { say } = useNotices();
  const [search] = useSearchParams();
  const arn = search.get("arn");
  const { answer: policy, problem } = useAnswer(arn ?? "", async () => (arn ? getPolicy(arn) : undefined));
  const [edited, setEdited] = useState<PolicyFields | null>(null);
  const fields = edited ?? (policy ? fieldsOf(policy) : NEW_POLICY);
  const change = (changed: Partial<PolicyFields>) => setEdited({ ...fields, ...changed });

  async function submit() {
    await (policy ? update(fields, policy) : create(fields));
    say(policy ? words.saved(fields.name) : words.made(fields.name, fields.enabled));
    go(urls.policy(fields.name));
  }

  if (arn && !policy) return <WaitingPage title={labels.edit} problem={problem} />;
  return (
    <FormPage
      title={arn ? labels.edit : labels.create}
      description={words.intro}
      verb={arn ? forms.save : labels.create}
      reason={policyReason(fields, policy?.policyDetails)}
      back={policy ? urls.policy(fields.name) : urls.policies}
      submit={submit}
    >
      <DetailsSection fields={fields} change={change} named={Boolean(arn)} />
      <SelectionSection fields={fields} change={change} />
      <RulesSection fields={fields} change={change} before={policy?.policyDetails} />
      <ExclusionsSection fields={fields} change={change} />
      <Container header={<Header>{strings.tags.title}</Header>}>
        <TagFields
          tags={fields.tags}
          onChange={(tags) => change({ tags })}
          problem={(tag) => tagReason(tag, fields.tags)}
        />
      </Container>
    </FormPage>
  );
}
