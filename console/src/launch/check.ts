/** What the API would refuse, told before it is sent: the first reason, or null. */
import { isCidr } from "../group-rules";
import { isWhole } from "../numbers";
import type { Reason } from "../rules";
import { launch as words } from "../strings";
import type { LaunchFields, VolumeField } from "./fields";

/** api/ec2/block_devices.py: DEVICE_NAME. */
const DEVICE = /^(\/dev\/)?(sd[a-z][0-9]{0,2}|xvd[a-z]{1,2}[0-9]{0,2}|hd[a-z][0-9]{0,2}|nvme[0-9]+n1)$/;
/** api/ec2/launch_request.py: _PROFILE_NAME. */
const PROFILE = /^([\w+=,.@-]{1,128}|arn:aws[a-z-]*:iam::\d{12}:instance-profile\/.+)$/;
/** api/ec2/launch_request.py: MAX_USER_DATA, in bytes; MAX_INSTANCES. */
export const MOST_USER_DATA = 16384;
const MOST_INSTANCES = 100;

export function volumeProblem(volume: VolumeField, all: VolumeField[]): Reason {
  if (!DEVICE.test(volume.device)) return words.deviceBad(volume.device);
  if (all.filter((each) => each.device === volume.device).length > 1) return words.deviceTwice(volume.device);
  if (volume.size === "") return volume.least || volume.snapshot ? null : words.sizeMissing(volume.device);
  return isWhole(volume.size, Math.max(volume.least, 1), 65536)
    ? null
    : words.rootSizeHint(volume.least || 1);
}

export const userDataProblem = (text: string): Reason =>
  new TextEncoder().encode(text).length > MOST_USER_DATA ? words.userDataLong : null;

export const sourceProblem = (fields: LaunchFields): Reason =>
  fields.groupMode === "new" && fields.ssh && !isCidr(fields.sshFrom) ? words.sshFromBad : null;

export const hopProblem = (text: string): Reason =>
  text === "" || isWhole(text, 1, 64) ? null : words.hopLimitBad;

export const profileProblem = (text: string): Reason =>
  text === "" || PROFILE.test(text) ? null : words.profileBad;

export const countProblem = (text: string): Reason =>
  isWhole(text, 1, MOST_INSTANCES) ? null : words.countBad(MOST_INSTANCES);

/** Against all that both a launch and a template say. */
export function fieldsProblem(fields: LaunchFields): Reason {
  const keys = fields.tags.map((tag) => tag.key).filter((key) => key !== "");
  if (fields.name) keys.push("Name");
  if (new Set(keys).size < keys.length) return words.tagTwice;
  for (const volume of fields.volumes) {
    const problem = volumeProblem(volume, fields.volumes);
    if (problem) return problem;
  }
  return (
    sourceProblem(fields) ??
    profileProblem(fields.profile) ??
    hopProblem(fields.hopLimit) ??
    userDataProblem(fields.userData)
  );
}

/** Against a launch. */
export function launchProblem(fields: LaunchFields): Reason {
  if (!fields.imageId) return words.pickImage;
  if (fields.groupMode === "existing" && fields.groups.length === 0) return words.pickGroups;
  return fieldsProblem(fields) ?? countProblem(fields.count);
}
