/** An infrastructure in the form is the API's own shape: what the form does not show stays in it. */
import type { InfrastructureConfiguration, InstanceMetadataOptions } from "@aws-sdk/client-imagebuilder";
import { hopProblem } from "../launch/check";
import type { Reason } from "../rules";
import { infrastructureForm as words } from "../strings";
import { tagsProblem } from "../tag-rules";
import { type TagField, tagFields, tagMap } from "../ui/tag-fields";

/** The profile that AWS's console makes for Image Builder; here every instance may do the same. */
export const PROFILE = "EC2InstanceProfileForImageBuilder";

/** The API's model: ResourceTagMap, fewer than of other tags. */
const MOST_RESOURCE_TAGS = 30;

export interface Infrastructure {
  said: InfrastructureConfiguration;
  hopLimit: string;
  resourceTags: TagField[];
}

export const infrastructureOf = (said: InfrastructureConfiguration): Infrastructure => ({
  said,
  hopLimit: String(said.instanceMetadataOptions?.httpPutResponseHopLimit ?? ""),
  resourceTags: tagFields(said.resourceTags),
});

/** The API's model: InstanceProfileNameType. */
export const profileNameProblem = (name: string): Reason =>
  /^[\w+=,.@-]{1,256}$/.test(name) ? null : words.profileBad;

export const infrastructureProblem = ({ said, hopLimit, resourceTags }: Infrastructure): Reason =>
  profileNameProblem(said.instanceProfileName ?? "") ??
  hopProblem(hopLimit) ??
  tagsProblem(resourceTags, MOST_RESOURCE_TAGS);

/** As the API takes it: nothing that is empty. */
export function requestOf({ said, hopLimit, resourceTags }: Infrastructure) {
  const options: InstanceMetadataOptions = {
    ...said.instanceMetadataOptions,
    httpTokens: said.instanceMetadataOptions?.httpTokens || undefined,
    httpPutResponseHopLimit: hopLimit ? Number(hopLimit) : undefined,
  };
  return {
    ...said,
    instanceProfileName: said.instanceProfileName,
    description: said.description || undefined,
    instanceTypes: said.instanceTypes?.length ? said.instanceTypes : undefined,
    subnetId: said.subnetId || undefined,
    securityGroupIds: said.securityGroupIds?.length ? said.securityGroupIds : undefined,
    keyPair: said.keyPair || undefined,
    instanceMetadataOptions: options.httpTokens || options.httpPutResponseHopLimit ? options : undefined,
    resourceTags: tagMap(resourceTags),
  };
}
