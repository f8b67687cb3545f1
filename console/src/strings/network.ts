/** Words of security groups and key pairs. */
export const securityGroups = {
  title: "Security groups",
  create: "Create security group",
  edit: "Edit inbound rules",
  editOut: "Edit outbound rules",
  remove: "Delete security group",
  removeBody: "The groups are deleted with their rules:",
  inbound: "Inbound rules",
  outbound: "Outbound rules",
  name: "Security group name",
  description: "Description",
  type: "Type",
  source: "Source",
  destination: "Destination",
  anywhere: "Anywhere",
  myAddress: "My IP, as this server sees it",
  sourceHint:
    "A CIDR block (IPv4; this server has no IPv6 and no prefix lists), or a security group. For ICMP, type and code stand for the ports; -1 is any.",
  sourceBad: "Use a CIDR block such as 203.0.113.0/24, or an ID such as sg-0123456789abcdef0.",
  fromPort: "From port",
  toPort: "To port",
  note: "Note",
  add: "Add rule",
  removeRule: "Delete",
  empty: "Nothing is let in.",
  noneOut: "Nothing is let out.",
  saved: (id: string) => `Rules of ${id} saved.`,
  made: (id: string) => `Created ${id}.`,
  everything: "All traffic",
};

export const keyPairs = {
  title: "Key pairs",
  create: "Create key pair",
  remove: "Delete key pair",
  removeBody: "Nothing new can be launched with it. Instances keep the key that they have:",
};
