/** What EC2 lists, as a select offers it. */
import type { InstanceTypeInfo, LaunchTemplate, Subnet } from "@aws-sdk/client-ec2";
import { tagOf } from "../list/filters";
import { launch as words } from "../strings";

/** Instance types, the smallest first. */
export const typeOptions = (types: InstanceTypeInfo[] | undefined) =>
  [...(types ?? [])]
    .sort((a, b) => (a.MemoryInfo?.SizeInMiB ?? 0) - (b.MemoryInfo?.SizeInMiB ?? 0))
    .map((each) => ({
      value: each.InstanceType ?? "",
      label: each.InstanceType,
      description: words.typeText(each.VCpuInfo?.DefaultVCpus ?? 0, each.MemoryInfo?.SizeInMiB ?? 0),
    }));

export const templateOptions = (templates: LaunchTemplate[] | undefined) =>
  (templates ?? []).map((each) => ({
    value: each.LaunchTemplateId ?? "",
    label: each.LaunchTemplateName,
    description: each.LaunchTemplateId,
  }));

export const subnetOption = (subnet: Subnet) => ({
  value: subnet.SubnetId ?? "",
  label: [subnet.SubnetId, tagOf(subnet.Tags, "Name")].filter(Boolean).join(" "),
  description: `${subnet.AvailabilityZone} · ${subnet.CidrBlock}`,
});
