/** A launch template and one of its versions, to begin a launch with. */
import {
  DescribeImagesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  type Image,
  type LaunchTemplateVersion,
  type ResponseLaunchTemplateData,
} from "@aws-sdk/client-ec2";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { ec2 } from "../aws/ec2";
import { launch as words } from "../strings";
import { SelectField } from "../ui/select-field";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { templateOptions } from "./options";

/** A version of a template. */
export interface Source {
  /** As it was written: the image may be an alias. */
  version: LaunchTemplateVersion;
  /** With the image that an alias means now. */
  data: ResponseLaunchTemplateData;
  /** That image, unless it is gone or none is named. */
  image: Image | undefined;
}

async function versionOf(LaunchTemplateId: string, number: string, ResolveAlias: boolean) {
  const answer = await ec2(
    new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: [number], ResolveAlias }),
  );
  const version = answer.LaunchTemplateVersions?.[0];
  if (!version) throw new Error(`${LaunchTemplateId} ${number}`);
  return version;
}

/** `number`: of a version, `$Default` or `$Latest`. */
export async function sourceOf(id: string, number: string): Promise<Source> {
  const version = await versionOf(id, number, false);
  const alias = version.LaunchTemplateData?.ImageId?.startsWith("resolve:");
  const data = (alias ? await versionOf(id, number, true) : version).LaunchTemplateData ?? {};
  if (!data.ImageId) return { version, data, image: undefined };
  // A filter, so that an image that is gone is no refusal.
  const Filters = [{ Name: "image-id", Values: [data.ImageId] }];
  const images = await ec2(new DescribeImagesCommand({ Filters }));
  return { version, data, image: images.Images?.[0] };
}

export function TemplateChoice({
  template,
  version,
  onChange,
}: {
  template: string;
  version: string;
  onChange: (template: string, version: string) => void;
}) {
  const templates = useAnswer("templates", () => ec2(new DescribeLaunchTemplatesCommand({})));
  const versions = useAnswer(`versions ${template}`, async () =>
    template ? ec2(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: template })) : undefined,
  );
  return (
    <Container header={<Header description={words.templateHint}>{words.template}</Header>}>
      <SpaceBetween size="m">
        <Trouble problem={templates.problem ?? versions.problem} />
        <SelectField
          label={words.source}
          value={template}
          options={[
            { value: "", label: words.noTemplate },
            ...templateOptions(templates.answer?.LaunchTemplates),
          ]}
          onChange={(id) => onChange(id, "$Default")}
        />
        {template && (
          <SelectField
            label={words.sourceVersion}
            value={version}
            options={(versions.answer?.LaunchTemplateVersions ?? []).map((each) => ({
              value: String(each.VersionNumber),
              label: words.versionText(each.VersionNumber ?? 0, each.DefaultVersion ?? false),
              description: each.VersionDescription,
            }))}
            onChange={(number) => onChange(template, number)}
          />
        )}
      </SpaceBetween>
    </Container>
  );
}
