/** What becomes of a new image in one Region. */
import type { AmiDistributionConfiguration, Distribution } from "@aws-sdk/client-imagebuilder";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { AccountFields, PermissionFields } from "../forms/permission-fields";
import { descriptionReason } from "../forms/resource-name";
import { sharing, distributionForm as words } from "../strings";
import { tagProblem } from "../tag-rules";
import { SelectField } from "../ui/select-field";
import { TagFields } from "../ui/tag-fields";
import { TextField } from "../ui/text-field";
import { ParameterRows, TemplateRows } from "./distribution-rows";
import { amiNameProblem, type Place, targetsProblem } from "./distribution-rules";

export function RegionSection({
  place,
  own,
  regions,
  onChange,
  onRemove,
}: {
  place: Place;
  /** The account that is signed in. */
  own: string;
  /** Those that may be chosen here. */
  regions: string[];
  onChange: (place: Place) => void;
  onRemove: (() => void) | null;
}) {
  const { distribution } = place;
  const { region = "", amiDistributionConfiguration: ami = {} } = distribution;
  const permission = ami.launchPermission ?? {};
  const kept = [...(permission.organizationArns ?? []), ...(permission.organizationalUnitArns ?? [])];
  const change = (changed: Partial<Distribution>) =>
    onChange({ ...place, distribution: { ...distribution, ...changed } });
  const changeAmi = (changed: AmiDistributionConfiguration) =>
    change({ amiDistributionConfiguration: { ...ami, ...changed } });
  const share = (changed: AmiDistributionConfiguration["launchPermission"]) =>
    changeAmi({ launchPermission: { ...permission, ...changed } });

  return (
    <section aria-label={words.section(region)}>
      <Container
        header={
          <Header
            actions={
              onRemove && (
                <Button formAction="none" ariaLabel={words.removeRegion(region)} onClick={onRemove}>
                  {words.remove}
                </Button>
              )
            }
          >
            {words.section(region)}
          </Header>
        }
      >
        <SpaceBetween size="l">
          <SelectField
            label={words.region}
            value={region}
            options={regions.map((value) => ({ value, label: value }))}
            // Templates are those of one Region.
            onChange={(value) => change({ region: value, launchTemplateConfigurations: undefined })}
          />
          <TextField
            label={words.amiName}
            constraintText={words.amiNameHint}
            errorText={amiNameProblem(ami.name ?? "")}
            value={ami.name ?? ""}
            onChange={(name) => changeAmi({ name })}
          />
          <TextField
            label={words.amiDescription}
            errorText={descriptionReason(ami.description ?? "")}
            value={ami.description ?? ""}
            onChange={(description) => changeAmi({ description })}
          />
          <Part title={words.targets} hint={words.targetsHint}>
            <FormField errorText={targetsProblem(place, own)} stretch>
              <AccountFields
                label={words.targets}
                none={words.noTargets}
                accounts={ami.targetAccountIds ?? []}
                onChange={(targetAccountIds) => changeAmi({ targetAccountIds })}
              />
            </FormField>
          </Part>
          <Part title={words.permissions}>
            <PermissionFields
              hint={sharing.publicHint}
              isPublic={permission.userGroups?.includes("all") ?? false}
              onPublic={(isPublic) => share({ userGroups: isPublic ? ["all"] : undefined })}
              accounts={permission.userIds ?? []}
              onAccounts={(userIds) => share({ userIds })}
            />
            {kept.length > 0 && <Box color="text-body-secondary">{words.organizations(kept.length)}</Box>}
          </Part>
          <Part title={words.tags}>
            <TagFields
              tags={place.tags}
              problem={(tag) => tagProblem(tag, place.tags)}
              onChange={(tags) => onChange({ ...place, tags })}
            />
          </Part>
          <Part title={words.templates} hint={words.templatesHint}>
            <TemplateRows
              region={region}
              templates={distribution.launchTemplateConfigurations ?? []}
              onChange={(launchTemplateConfigurations) => change({ launchTemplateConfigurations })}
            />
          </Part>
          <Part title={words.parameters} hint={words.parametersHint}>
            <ParameterRows
              parameters={distribution.ssmParameterConfigurations ?? []}
              onChange={(ssmParameterConfigurations) => change({ ssmParameterConfigurations })}
            />
          </Part>
        </SpaceBetween>
      </Container>
    </section>
  );
}

function Part({ title, hint, children }: { title: string; hint?: string; children: ReactNode }) {
  return (
    <SpaceBetween size="s">
      <Header variant="h3" description={hint}>
        {title}
      </Header>
      {children}
    </SpaceBetween>
  );
}
