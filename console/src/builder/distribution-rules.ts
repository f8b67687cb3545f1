/**
 * A distribution in the form is the API's own shape, one a Region: what the form does not show stays in it. Only
 * tags are rows, so that a key can be half typed.
 */
import type { Distribution } from "@aws-sdk/client-imagebuilder";
import { descriptionReason } from "../forms/resource-name";
import { accountProblem } from "../permissions";
import type { Reason } from "../rules";
import { forms, distributionForm as words } from "../strings";
import { tagsProblem } from "../tag-rules";
import { type TagField, tagFields, tagMap } from "../ui/tag-fields";

export interface Place {
  distribution: Distribution;
  tags: TagField[];
}

export const placeOf = (distribution: Distribution): Place => ({
  distribution,
  tags: tagFields(distribution.amiDistributionConfiguration?.amiTags),
});

/** api/imagebuilder/distribution.py: _NAME, DATE. */
const NAME = /^[-_A-Za-z0-9{][-_A-Za-z0-9\s:{}.]+[-_A-Za-z0-9}]$/;
const DATE = "{{imagebuilder:buildDate";
/** The API's model: SsmParameterName. */
const PARAMETER = /^[a-zA-Z0-9_.\-/]{1,1011}$/;
/** api/imagebuilder/distribution.py: MOST_TEMPLATES. */
export const MOST_TEMPLATES = 100;

/** api/imagebuilder/distribution.py: _check_ami. Without a name an image has its recipe's, with the date. */
export function amiNameProblem(name: string): Reason {
  if (name === "") return null;
  if (!name.includes(DATE)) return words.amiNameDate(`${DATE}}}`);
  return NAME.test(name) && name.length <= 127 ? null : words.amiNameBad;
}

export const parameterProblem = (name: string): Reason => (PARAMETER.test(name) ? null : words.parameterBad);

/**
 * builder/execution/distribution.py: _image_for. With target accounts only those get an image: a template and a
 * parameter, which are the account's own, then have none to name.
 */
export function targetsProblem({ distribution }: Place, own: string): Reason {
  const targets = distribution.amiDistributionConfiguration?.targetAccountIds ?? [];
  const named = [
    ...(distribution.launchTemplateConfigurations ?? []).map((each) => each.accountId),
    ...(distribution.ssmParameterConfigurations ?? []).map((each) => each.amiAccountId),
  ];
  const hasImage = (account: string) => targets.includes(account) || targets.includes(own);
  return targets.length === 0 || named.every((account) => hasImage(account ?? own))
    ? null
    : words.targetsWithoutOwn(own);
}

/** Against one Region: what stands at its fields, and fields that are empty. */
export function placeProblem(place: Place, own: string): Reason {
  const { amiDistributionConfiguration: ami, ...other } = place.distribution;
  const templates = other.launchTemplateConfigurations ?? [];
  const parameters = other.ssmParameterConfigurations ?? [];
  return (
    [
      amiNameProblem(ami?.name ?? ""),
      descriptionReason(ami?.description ?? ""),
      ...(ami?.targetAccountIds ?? []).map(accountProblem),
      ...(ami?.launchPermission?.userIds ?? []).map(accountProblem),
      tagsProblem(place.tags),
      templates.every((each) => each.launchTemplateId) ? null : forms.required,
      ...parameters.map((each) => parameterProblem(each.parameterName ?? "")),
      targetsProblem(place, own),
    ].find((reason) => reason !== null) ?? null
  );
}

const some = <T>(items: T[] | undefined): T[] | undefined => (items?.length ? items : undefined);
const whole = <T extends object>(shape: T): T | undefined =>
  Object.values(shape).some((value) => value !== undefined) ? shape : undefined;

/** As the API takes it: nothing that is empty. */
export function distributionOf({ distribution, tags }: Place): Distribution {
  const { amiDistributionConfiguration: ami = {} } = distribution;
  const { launchPermission: permission = {} } = ami;
  return {
    ...distribution,
    amiDistributionConfiguration: whole({
      ...ami,
      name: ami.name || undefined,
      description: ami.description || undefined,
      targetAccountIds: some([...new Set(ami.targetAccountIds)]),
      amiTags: tagMap(tags),
      launchPermission: whole({
        ...permission,
        userIds: some([...new Set(permission.userIds)]),
        userGroups: some(permission.userGroups),
      }),
    }),
    launchTemplateConfigurations: some(distribution.launchTemplateConfigurations),
    ssmParameterConfigurations: some(distribution.ssmParameterConfigurations),
  };
}
