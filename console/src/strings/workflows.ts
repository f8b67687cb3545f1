/** Words of what has a document, components and workflows, and of workflows alone. */
export const documents = {
  newVersion: "Create new version",
  show: "Show",
  mine: "Owned by me",
  shipped: "Shipped with amiable",
  shared: "Shared with me",
  version: "Version",
  type: "Type",
  parameters: "Parameters",
  parameter: "Parameter",
  default: "Default",
  change: "Change description",
  document: "Document",
  details: "Details",
};

export const documentForm = {
  version: "Version",
  versionHint: "A version that is there already gets another build.",
  versionBad: "Use a version such as 1.0.0.",
  description: "Description",
  change: "Change description",
  document: "Definition document",
  documentHint: "YAML, checked while you type.",
  findings: "Findings",
  checking: "Checking …",
  good: (what: string) => `A valid document of a ${what}.`,
  place: (line: number, column: number) => `Line ${line}, column ${column}`,
  bad: (n: number) => `The document has ${n === 1 ? "a mistake" : `${n} mistakes`}.`,
  made: (name: string) => `Created ${name}.`,
};

export const workflows = {
  title: "Image workflows",
  create: "Create workflow",
  remove: "Delete workflow",
  removeBody: "All builds of these versions are gone; images that were built with them stay:",
  steps: "Steps",
  step: "Step",
  action: "Action",
  onFailure: "On failure",
  uses: "Used by",
  pipeline: "Pipeline",
};

export const workflowForm = {
  intro: "A document of steps: what a stage of a build does. It begins as the built-in one of its type.",
  name: "Workflow name",
  type: "Type",
  typeHint: "The stage in which it runs.",
  typeFixed: "A new version has the type of the one before.",
  stages: { BUILD: "Build", TEST: "Test", DISTRIBUTION: "Distribution" },
  as: { BUILD: "build workflow", TEST: "test workflow", DISTRIBUTION: "distribution workflow" },
};

/** What a pipeline says of them. */
export const pipelineWorkflows = {
  title: "Workflows",
  hint: "What the stages of a build do. A stage without any does what is built in.",
  builtIn: "Built in.",
  add: {
    BUILD: "Add a build workflow",
    TEST: "Add a test workflow",
    DISTRIBUTION: "Add a distribution workflow",
  },
  pick: "Choose a workflow",
  drop: (name: string) => `Remove ${name}`,
  default: (value: string) => `Empty: ${value}`,
  needed: "It has no default.",
  lines: "A line a value.",
};
