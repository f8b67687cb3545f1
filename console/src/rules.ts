/**
 * What can be done with what, by its state. Each rule names the server's rule that it mirrors; the server
 * decides, the console only says beforehand why a button would not work. A rule answers the reason against,
 * or null.
 */
import type { Image, Instance, SecurityGroup, Snapshot, Volume } from "@aws-sdk/client-ec2";

export type Reason = string | null;

const stateOf = (instance: Instance): string => instance.State?.Name ?? "unknown";

function oneOf(state: string, allowed: string[], verb: string): Reason {
  return allowed.includes(state)
    ? null
    : `Only ${allowed.join(" or ")} instances can be ${verb}; it is ${state}.`;
}

/** api/ec2/instance_states.py: StartInstances. */
export const startInstance = (i: Instance): Reason => oneOf(stateOf(i), ["stopped"], "started");
/** api/ec2/instance_states.py: StopInstances. */
export const stopInstance = (i: Instance): Reason => oneOf(stateOf(i), ["running", "pending"], "stopped");
/** api/ec2/instance_states.py: RebootInstances. */
export const rebootInstance = (i: Instance): Reason => oneOf(stateOf(i), ["running"], "rebooted");
/** api/ec2/instance_states.py: TerminateInstances. */
export const terminateInstance = (i: Instance): Reason =>
  stateOf(i) === "terminated" ? "It is terminated already." : null;
/** api/terminal.py: a terminal. Whether the account allows any, the page that it leads to says. */
export const connectInstance = (i: Instance): Reason => oneOf(stateOf(i), ["running"], "connected to");
/** api/ec2/create_image.py: an instance that is there, and steady. */
export const createImage = (i: Instance): Reason => oneOf(stateOf(i), ["running", "stopped"], "imaged");

/** api/ec2/create_image.py: a temporary image is compared. */
export const driftOf = (i: Instance): Reason =>
  oneOf(stateOf(i), ["running", "stopped"], "compared with their image");

/** model/image.py: `listed`, an image of the catalog whose disk comes at its first launch. */
export const isListed = (image: Image): boolean =>
  image.State === "pending" &&
  ["Client.NotImported", "Client.Importing"].includes(image.StateReason?.Code ?? "");
/** api/ec2/images.py: launchable_image. */
export const launchImage = (image: Image): Reason =>
  image.State === "available" || isListed(image)
    ? null
    : `Only available images can be launched; it is ${image.State ?? "unknown"}.`;
/** api/owned.py: what belongs to somebody else is not changed. */
export const ownImage = (image: Image, account: string): Reason =>
  image.OwnerId === account ? null : "Only its owner can do this.";
/** api/ec2/copy_image.py. */
export const copyImage = (image: Image): Reason =>
  image.State === "available" ? null : "Only available images can be copied.";
/** api/amiable/readable.py: DiffImages of two images that have content. */
export function compareImages(selected: readonly Image[], none: string): Reason {
  if (selected.length !== 2) return none;
  const bad = selected.find((image) => image.State !== "available" && image.State !== "disabled");
  return bad ? `Only available images can be compared; ${bad.ImageId} is ${bad.State ?? "unknown"}.` : null;
}
/** api/ec2/image_retirement.py: DisableImage. */
export const disableImage = (image: Image): Reason =>
  image.State === "available" ? null : "Only available images can be disabled.";
/** api/ec2/image_retirement.py: EnableImage. */
export const enableImage = (image: Image): Reason =>
  image.State === "disabled" ? null : "It is not disabled.";
/** api/ec2/image_retirement.py: CancelImageDeprecation has something to cancel. */
export const undeprecateImage = (image: Image): Reason =>
  image.DeprecationTime ? null : "No deprecation date is set.";
/** api/ec2/image_retirement.py: DeregisterImage, deregistration protection. */
export const deregisterImage = (image: Image): Reason =>
  image.DeregistrationProtection?.startsWith("enabled")
    ? "Deregistration protection is on."
    : image.State === "pending"
      ? "Wait until it is available."
      : null;
/** api/ec2/launch_permissions.py: a disabled image has no permissions. */
export const shareImage = (image: Image): Reason =>
  image.State === "available" ? null : "Only available images can be shared.";

/** api/ec2/delete_snapshot.py: no image of the caller's may use it, which only the server knows. */
export const deleteSnapshot = (s: Snapshot): Reason =>
  s.State === "pending" ? "Wait until it is completed." : null;

/** api/ec2/snapshot_access.py: readable_snapshot. */
export const readSnapshot = (s: Snapshot): Reason =>
  s.State === "completed" ? null : `Only completed snapshots can be used; it is ${s.State ?? "unknown"}.`;
/** api/ec2/snapshot_access.py: own_snapshot. */
export const ownSnapshot =
  (account: string) =>
  (s: Snapshot): Reason =>
    s.OwnerId === account ? null : "Only its owner can do this.";

/** api/ec2/modify_volume.py. */
export const modifyVolume = (v: Volume): Reason =>
  v.State === "available" || v.State === "in-use" ? null : `It is ${v.State ?? "unknown"}.`;
/** api/ec2/volumes.py: DeleteVolume. */
export const deleteVolume = (v: Volume): Reason =>
  v.State === "available" ? null : `Only available volumes can be deleted; it is ${v.State ?? "unknown"}.`;
/** api/ec2/volume_attachments.py: AttachVolume. */
export const attachVolume = (v: Volume): Reason =>
  v.State === "available" ? null : "It is attached already.";
/** api/ec2/volume_attachments.py: DetachVolume; not the root of a running instance. */
export const detachVolume = (v: Volume): Reason => (v.State === "in-use" ? null : "It is not attached.");
/** api/ec2/create_volume.py / snapshots: CreateSnapshot. */
export const snapshotVolume = (v: Volume): Reason =>
  v.State === "available" || v.State === "in-use" ? null : "The volume is not ready.";

/** What still changes by itself, and so is worth asking for again. */
export function isMoving(state: string | undefined): boolean {
  return ["pending", "stopping", "shutting-down", "creating", "deleting", "attaching", "detaching"].includes(
    state ?? "",
  );
}

/** The reason against doing something to all of these: the first that one of them has. */
export function forAll<T>(items: readonly T[], rule: (item: T) => Reason, none: string): Reason {
  if (items.length === 0) return none;
  for (const item of items) {
    const reason = rule(item);
    if (reason) return reason;
  }
  return null;
}

/** api/ec2/template_from_instance.py: GetLaunchTemplateData of an instance that is there. */
export const templateFromInstance = (i: Instance): Reason =>
  ["terminated", "shutting-down"].includes(stateOf(i)) ? "The instance is gone." : null;

/** api/ec2/image_retirement.py: EnableImageDeregistrationProtection. */
export const protectImage = (image: Image): Reason =>
  image.DeregistrationProtection?.startsWith("enabled") ? "Protection is on already." : null;
/** api/ec2/image_retirement.py: DisableImageDeregistrationProtection. */
export const unprotectImage = (image: Image): Reason =>
  image.DeregistrationProtection?.startsWith("enabled") ? null : "Protection is off.";
/** api/ec2/launch_permissions.py: CancelImageLaunchPermission is for those whom others granted it. */
export const giveBackImage =
  (account: string) =>
  (image: Image): Reason =>
    image.OwnerId === account ? "It is your own." : image.Public ? "It is shared with everybody." : null;

/** api/ec2/security_groups.py: DeleteSecurityGroup; whether it is in use only the server knows. */
export const deleteGroup = (group: SecurityGroup): Reason =>
  group.GroupName === "default" ? "A VPC's default group cannot be deleted." : null;
