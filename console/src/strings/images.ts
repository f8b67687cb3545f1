/** Words of AMIs: their list, sharing and copying. */
export const images = {
  title: "Amazon Machine Images (AMIs)",
  mine: "Owned by me",
  shared: "Shared with me",
  public: "Public images",
  disabled: "Disabled images",
  bin: "Recycle Bin",
  owner: "Show",
  launch: "Launch instance from AMI",
  permissions: "Edit AMI permissions",
  copy: "Copy AMI",
  deprecate: "Deprecate AMI",
  undeprecate: "Cancel AMI deprecation",
  disable: "Disable AMI",
  enable: "Enable AMI",
  protect: "Enable deregistration protection",
  unprotect: "Disable deregistration protection",
  deregister: "Deregister AMI",
  restore: "Restore AMI",
  giveBack: "Cancel having AMI shared with me",
  giveBackBody: "You cannot launch it any more, unless its owner shares it again.",
  disableBody:
    "Nobody can launch it, and all its launch permissions are taken back for good. You can enable it again.",
  deregisterBody:
    "Nothing can be launched from it any more. Running instances stay. Its snapshots are deleted too:",
  deregisterKeep: "Deregister AMI, keep snapshots",
  deregisterKeepBody:
    "Nothing can be launched from it any more. Its snapshots stay, and can be registered again.",
  details: "Details",
  storage: "Storage",
  lineage: "Lineage",
  usage: "Usage",
  pub: "Public",
  priv: "Private",
};

export const sharing = {
  permissions: "Edit AMI permissions",
  visibility: "AMI availability",
  private: "Private",
  public: "Public",
  publicHint: "Everybody with an account on this server can launch it.",
  accounts: "Shared accounts",
  accountHint: "12 digits",
  accountBad: "An account ID has 12 digits.",
  add: "Add account ID",
  remove: "Remove",
  noAccounts: "Shared with no account.",
  saved: (id: string) => `Permissions of ${id} saved.`,
};

export const copying = {
  title: "Copy AMI",
  intro: "Only data that the destination Region lacks is stored there.",
  name: "AMI copy name",
  description: "AMI copy description",
  region: "Destination Region",
  tags: "Copy tags",
  made: (id: string, where: string) => `Copying as ${id} in ${where}.`,
};

export const deprecating = {
  title: "Deprecate AMI",
  intro: "From that day on others do not see it in lists; whoever knows its ID can still launch it.",
  day: "Deprecation date",
  hint: "Its first minute, in UTC; YYYY/MM/DD.",
  bad: "Choose a day from tomorrow on, at most ten years ahead.",
  choose: "Choose a day",
  submit: "Deprecate AMI",
  done: (id: string, day: string) => `${id} is deprecated from ${day} on.`,
};
