/** Words of volumes and snapshots. */
export const volumes = {
  title: "Volumes",
  create: "Create volume",
  snapshot: "Create snapshot",
  snapshotMade: (id: string) => `Creating snapshot ${id}.`,
  detach: "Detach volume",
  detachBody: "The instance loses this disk. Unmount it there first:",
  force: "Force detach volume",
  forceBody:
    "The disk is taken from the instance even when it does not let go; what it has not written is lost:",
  attach: "Attach volume",
  instance: "Instance ID",
  device: "Device name",
  deviceHint: "For example /dev/sdf.",
  remove: "Delete volume",
  removeBody: "The volumes and all that is on them are gone for good; their snapshots stay:",
  size: "Size (GiB)",
  zone: "Availability Zone",
  fromSnapshot: "Snapshot ID (optional)",
  type: "Volume type",
  made: (id: string) => `Creating volume ${id}.`,
  attached: (id: string) => `Attaching ${id}.`,
};

export const snapshots = {
  title: "Snapshots",
  remove: "Delete snapshot",
  removeBody: "What only these snapshots hold is gone for good:",
};
