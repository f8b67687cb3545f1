/** Words of Image Builder: pipelines, builds, recipes, components, and the configurations that they use. */
export const builderNav = {
  title: "Image Builder",
  pipelines: "Image pipelines",
  builds: "Images",
  recipes: "Image recipes",
  components: "Components",
  workflows: "Image workflows",
  infrastructures: "Infrastructure configurations",
  distributions: "Distribution settings",
  policies: "Lifecycle policies",
};

export const pipelines = {
  title: "Image pipelines",
  create: "Create image pipeline",
  edit: "Edit pipeline",
  run: "Run pipeline",
  enable: "Enable pipeline",
  disable: "Disable pipeline",
  disableBody: "Its schedule starts no builds any more; you can still run it:",
  remove: "Delete pipeline",
  removeBody: "The pipeline and its schedule are gone; its images, recipe and configurations stay:",
  schedule: "Schedule",
  manual: "Manual",
  lastRun: "Last run",
  lastStatus: "Last run's state",
  nextRun: "Next run",
  failures: "Failures in a row",
  recipe: "Recipe",
  infrastructure: "Infrastructure configuration",
  distribution: "Distribution settings",
  runs: "Runs",
  details: "Details",
};

export const pipelineForm = {
  intro: "A pipeline builds an image of a recipe, by a schedule or when you run it.",
  name: "Pipeline name",
  nameBad: "Use 3 to 128 letters, digits, spaces, - and _.",
  pickRecipe: "Choose a recipe",
  noRecipes: "There is no recipe yet: create one first.",
  newInfrastructure: "Create one with service defaults",
  newInfrastructureHint: (name: string) => `It is called ${name}, like the pipeline.`,
  instanceType: "Instance type of build and test instances",
  noDistribution: "None: the image stays in this Region and account",
  tests: "Test the image on an instance of its own",
  made: (name: string) => `Created pipeline ${name}.`,
  saved: (name: string) => `Saved pipeline ${name}.`,
};

export const schedules = {
  title: "Build schedule",
  manual: "Manual",
  manualHint: "Only when you run it.",
  rate: "Every so often",
  cron: "Cron expression",
  every: "Every",
  countBad: (most: number) => `Use a whole number from 1 to ${most}.`,
  unit: "Unit",
  minutes: "minutes",
  hours: "hours",
  days: "days",
  expression: "Cron expression",
  expressionHint:
    "Minutes, hours, day of month, month, day of week (1 is Sunday), year. One of the two days is ?.",
  zone: "Time zone",
  condition: "Start condition",
  always: "At every time of the schedule",
  changed: "Only if the base image or a component has changed since the last image",
  next: (times: string) => `Next runs: ${times}.`,
  never: "It never runs.",
};

export const builds = {
  title: "Images",
  image: "Image",
  open: "Open the build",
  run: "Run a pipeline",
  version: "Version",
  retry: "Retry build",
  retryBody: "The image that was made is tested and distributed again:",
  cancel: "Cancel build",
  cancelBody: "The build ends and its instances go. What the cache has of it stays:",
  remove: "Delete build",
  removeBody: "The build, what is known of it and its place in the numbering are gone. Its AMIs stay:",
  stages: "Stages",
  log: "Log",
  logLabel: "Build log",
  logEmpty: "Nothing has been written yet.",
  logEarlier: (n: number) => `${n} earlier lines are not shown.`,
  follow: "Follow",
  download: "Download log",
  components: "Components",
  component: "Component",
  why: "Why it ran",
  phase: "Phase",
  step: "Step",
  action: "Action",
  status: "Status",
  seconds: "Seconds",
  message: "Message",
  reused: "Reused",
  noSteps: "No component has run.",
  outputs: "Output images",
  account: "Account",
  region: "Region",
  details: "Details",
  pipeline: "Pipeline",
  recipe: "Recipe",
  base: "Base image",
  infrastructure: "Infrastructure configuration",
  distribution: "Distribution settings",
  buildType: "Started by",
  started: { USER_INITIATED: "a user", SCHEDULED: "a schedule", IMPORT: "an import" } as Record<
    string,
    string
  >,
  os: "Operating system",
  stage: "Stage",
  failed: (what: string) => `${what} failed`,
  failedStep: "Workflow step",
  lastLines: "Last lines",
};

export const recipes = {
  title: "Image recipes",
  create: "Create image recipe",
  createPipeline: "Create pipeline from this recipe",
  newVersion: "Create new version",
  remove: "Delete recipe",
  removeBody: "These versions are gone; images that were built of them stay:",
  base: "Base image",
  version: "Version",
  components: "Components",
  component: "Component",
  parameters: "Parameters",
  details: "Details",
  document: "JSON",
};

export const recipeForm = {
  intro: "A base image, and the components that make another one of it. A version never changes.",
  name: "Recipe name",
  version: "Version",
  versionHint: "An x becomes the next number.",
  versionIs: (version: string) => `This is version ${version}.`,
  versionBad: "Use a version such as 1.0.0 or 1.0.x.",
  description: "Description",
  baseFrom: "Base image",
  anImage: "Choose an AMI",
  another: "Enter an ARN or a parameter",
  parent: "Parent image",
  parentHint:
    "The ARN of an image of Image Builder (1.x.x follows newer ones), ssm: and a parameter, or an AMI ID.",
  components: "Components",
  componentsHint: "They run in this order.",
  addComponent: "Add component",
  pickComponent: "Choose a component",
  mine: "Owned by me",
  shipped: "Shipped with amiable",
  none: "No components.",
  newest: "Always the newest version",
  up: (name: string) => `Move ${name} up`,
  down: (name: string) => `Move ${name} down`,
  drop: (name: string) => `Remove ${name}`,
  first: "It is the first.",
  last: "It is the last.",
  storage: "Storage",
  storageHint: "Without a row, volumes are as the base image has them.",
  addVolume: "Add volume",
  device: "Device name",
  size: "Size (GiB)",
  type: "Volume type",
  removeVolume: "Remove",
  made: (name: string) => `Created recipe ${name}.`,
};

export const components = {
  title: "Components",
  create: "Create component",
  remove: "Delete component",
  removeBody: "All builds of these versions are gone; images that were built with them stay:",
};

export const componentForm = {
  intro: "A document of phases and steps that runs on the build instance, or on the test instance.",
  name: "Component name",
  as: "component",
  example: `schemaVersion: 1.0
phases:
  - name: build
    steps:
      - name: Hello
        action: ExecuteBash
        inputs:
          commands:
            - echo "built by amiable" >/etc/motd
`,
};

export const configurations = {
  edit: "Edit",
  remove: "Delete",
  removeBody: "Deleted for good; images that were built stay:",
  instanceTypes: "Instance types",
  profile: "Instance profile",
  regions: "Regions",
  resource: "Resource",
  status: "State",
  lastRun: "Last run",
  document: "JSON",
};
