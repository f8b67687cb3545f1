/** A new launch template, or a new version of one: the fields of a launch, each of which may be left out. */
import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DescribeImagesCommand,
  type Image,
  type RequestLaunchTemplateData,
  type ValidationWarning,
} from "@aws-sdk/client-ec2";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useEffect, useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import type { Problem } from "../aws/errors";
import { AdvancedSection } from "../launch/advanced-section";
import { fieldsProblem } from "../launch/check";
import { type LaunchFields, NEW_TEMPLATE, withImage } from "../launch/fields";
import { ImageChoice } from "../launch/image-choice";
import { KeySection } from "../launch/key-section";
import { makeGroup } from "../launch/make-group";
import { NameSection } from "../launch/name-section";
import { NetworkSection } from "../launch/network-section";
import { fieldsOf } from "../launch/prefill";
import { dataOf, nextVersion } from "../launch/request";
import { StorageSection } from "../launch/storage-section";
import { type Source, sourceOf } from "../launch/template-choice";
import { TypeSection } from "../launch/type-section";
import type { Reason } from "../rules";
import { launch, strings, templates as words } from "../strings";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";

/** api/ec2/launch_template_lookup.py. */
const NAME = /^[a-zA-Z0-9().\-/_]{3,128}$/;

interface Begun {
  image: Image | undefined;
  source: Source | undefined;
}

export function CreateLaunchTemplate() {
  const [search] = useSearchParams();
  const id = search.get("image") ?? "";
  const [name, setName] = useState("");
  const { answer, problem } = useAnswer(id, async (): Promise<Begun> => {
    const found = id ? (await ec2(new DescribeImagesCommand({ ImageIds: [id] }))).Images?.[0] : undefined;
    return { image: found, source: undefined };
  });
  return (
    <TemplateForm
      title={words.create}
      verb={words.create}
      begun={answer}
      problem={problem}
      reason={NAME.test(name) ? null : words.nameHint}
      save={async (data, VersionDescription) => {
        const made = await ec2(
          new CreateLaunchTemplateCommand({
            LaunchTemplateName: name,
            VersionDescription,
            LaunchTemplateData: data,
          }),
        );
        return { said: words.made(name), warning: made.Warning };
      }}
    >
      <FormField label={words.name} constraintText={words.nameHint}>
        <Input value={name} onChange={({ detail }) => setName(detail.value.trim())} />
      </FormField>
    </TemplateForm>
  );
}

export function ModifyLaunchTemplate() {
  const { id = "" } = useParams();
  const [search] = useSearchParams();
  const number = search.get("version") ?? "$Latest";
  const { answer, problem } = useAnswer(`${id} ${number}`, async (): Promise<Begun> => {
    const source = await sourceOf(id, number);
    return { image: source.image, source };
  });
  const version = answer?.source?.version;
  const name = version?.LaunchTemplateName ?? id;
  return (
    <TemplateForm
      title={words.modify}
      verb={words.createVersion}
      description={`${name}. ${version ? words.basis(version.VersionNumber ?? 0) : ""}`}
      begun={answer}
      problem={problem}
      reason={null}
      save={async (data, VersionDescription) => {
        const made = await ec2(
          new CreateLaunchTemplateVersionCommand({
            LaunchTemplateId: id,
            VersionDescription,
            LaunchTemplateData: data,
          }),
        );
        const next = made.LaunchTemplateVersion?.VersionNumber ?? 0;
        return { said: words.madeVersion(name, next), warning: made.Warning };
      }}
    />
  );
}

function TemplateForm({
  title,
  verb,
  description,
  begun,
  problem,
  reason,
  save,
  children,
}: {
  title: string;
  verb: string;
  description?: string;
  begun: Begun | undefined;
  problem: Problem | null;
  reason: Reason;
  save: (
    data: RequestLaunchTemplateData,
    note: string | undefined,
  ) => Promise<{ said: string; warning: ValidationWarning | undefined }>;
  children?: ReactNode;
}) {
  const go = useNavigate();
  const { say } = useNotices();
  const [note, setNote] = useState("");
  const [fields, setFields] = useState<LaunchFields>(NEW_TEMPLATE);
  const change = (changed: Partial<LaunchFields>) => setFields((old) => ({ ...old, ...changed }));
  const [image, setImage] = useState<Image | null>(null);
  const [made, setMade] = useState("");
  const source = begun?.source;

  useEffect(() => {
    if (!begun) return;
    setImage(begun.image ?? null);
    if (begun.source) setFields(fieldsOf(begun.source.data, begun.image));
    else if (begun.image) setFields((old) => ({ ...old, ...withImage(begun.image) }));
  }, [begun]);

  const devices = (of: Image | null | undefined) =>
    (of?.BlockDeviceMappings ?? []).flatMap((each) => each.DeviceName ?? []);

  async function submit() {
    let groups = fields.groups;
    if (fields.groupMode === "new") {
      groups = [made || (await makeGroup(fields))];
      setMade(groups[0] ?? "");
    }
    const data = dataOf(fields, groups, devices(image));
    const filled = source && fieldsOf(source.data, source.image);
    const next =
      source && filled
        ? nextVersion(
            data,
            dataOf(filled, filled.groups, devices(source.image)),
            // What the server answers is what it takes: both shapes have the same members.
            source.version.LaunchTemplateData as RequestLaunchTemplateData,
          )
        : data;
    const { said, warning } = await save(next, note || undefined);
    say(said);
    const doubts = (warning?.Errors ?? []).map((each) => each.Message).join(" ");
    if (doubts) say(`${words.warned} ${doubts}`, "warning");
    go(urls.launchTemplates);
  }

  return (
    <FormPage
      title={title}
      description={description}
      verb={verb}
      reason={!begun ? strings.loading : (reason ?? fieldsProblem(fields))}
      back={urls.launchTemplates}
      submit={submit}
    >
      <Trouble problem={problem} />
      <Container>
        <SpaceBetween size="m">
          {children}
          <FormField label={words.note}>
            <Input value={note} onChange={({ detail }) => setNote(detail.value)} />
          </FormField>
        </SpaceBetween>
      </Container>
      <Container
        header={
          <Header
            actions={
              <Button
                formAction="none"
                disabled={!fields.imageId}
                onClick={() => {
                  setImage(null);
                  change(withImage(undefined));
                }}
              >
                {words.notIncluded}
              </Button>
            }
          >
            {launch.image}
          </Header>
        }
      >
        <ImageChoice
          chosen={image}
          onChange={(next) => {
            setImage(next);
            change(withImage(next));
          }}
        />
      </Container>
      <TypeSection fields={fields} change={change} template />
      <KeySection fields={fields} change={change} template />
      <NetworkSection fields={fields} change={change} fixed={made !== ""} />
      <StorageSection fields={fields} change={change} />
      <NameSection fields={fields} change={change} />
      <AdvancedSection fields={fields} change={change} />
    </FormPage>
  );
}
