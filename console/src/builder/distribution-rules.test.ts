import { expect, test } from "vitest";
import {
  amiNameProblem,
  distributionOf,
  parameterProblem,
  placeOf,
  placeProblem,
} from "./distribution-rules";

const OWN = "111111111111";
const OTHER = "222222222222";
const ORGANIZATION = "arn:aws:organizations::111111111111:organization/o-abcdefghij";

test("a name of images has the date of the build", () => {
  expect(amiNameProblem("")).toBeNull();
  expect(amiNameProblem("web {{imagebuilder:buildDate}}")).toBeNull();
  expect(amiNameProblem("{{imagebuilder:buildDate:yyyy}}-web")).toBeNull();
  expect(amiNameProblem("web")).toMatch("{{imagebuilder:buildDate}}");
  expect(amiNameProblem("web/{{imagebuilder:buildDate}}")).not.toBeNull();
  expect(amiNameProblem(`${"w".repeat(101)}{{imagebuilder:buildDate}}`)).toBeNull();
  expect(amiNameProblem(`${"w".repeat(102)}{{imagebuilder:buildDate}}`)).not.toBeNull();
});

test("a parameter has a name as Systems Manager takes it", () => {
  expect(parameterProblem("/golden/web_1.0")).toBeNull();
  for (const bad of ["", "two words", "{{imagebuilder:buildDate}}", "x".repeat(1012)]) {
    expect(parameterProblem(bad)).not.toBeNull();
  }
});

test("what the form does not show survives, and what is empty is not said", () => {
  const kept = {
    region: "us-east-1",
    amiDistributionConfiguration: {
      name: "web {{imagebuilder:buildDate}}",
      amiTags: { team: "web" },
      launchPermission: { organizationArns: [ORGANIZATION] },
    },
    launchTemplateConfigurations: [{ launchTemplateId: "lt-1", accountId: OWN, setDefaultVersion: false }],
    ssmParameterConfigurations: [{ parameterName: "/web", amiAccountId: OWN }],
    timeoutOfTomorrow: 7,
  };
  expect(distributionOf(placeOf(kept))).toEqual(kept);
  const edited = placeOf(kept);
  edited.distribution = {
    ...edited.distribution,
    amiDistributionConfiguration: {
      ...kept.amiDistributionConfiguration,
      description: "",
      targetAccountIds: [OTHER, OTHER],
      launchPermission: {
        ...kept.amiDistributionConfiguration.launchPermission,
        userIds: [],
        userGroups: [],
      },
    },
    launchTemplateConfigurations: [],
  };
  const said = distributionOf(edited);
  expect(said.launchTemplateConfigurations).toBeUndefined();
  expect(said.amiDistributionConfiguration).toEqual({
    ...kept.amiDistributionConfiguration,
    targetAccountIds: [OTHER],
  });
  const blank = { amiDistributionConfiguration: { name: "", launchPermission: { userIds: [] } } };
  expect(distributionOf({ distribution: { region: "us-east-1", ...blank }, tags: [] })).toEqual({
    region: "us-east-1",
  });
});

test("with target accounts, a template and a parameter need an image of the own account", () => {
  const place = (targets: string[], ...amiAccountId: (string | undefined)[]) =>
    placeOf({
      region: "us-east-1",
      amiDistributionConfiguration: { targetAccountIds: targets },
      ssmParameterConfigurations: amiAccountId.map((each) => ({ parameterName: "/web", amiAccountId: each })),
    });
  expect(placeProblem(place([OTHER]), OWN)).toBeNull();
  expect(placeProblem(place([], undefined), OWN)).toBeNull();
  expect(placeProblem(place([OTHER], OTHER), OWN)).toBeNull();
  expect(placeProblem(place([OTHER, OWN], undefined), OWN)).toBeNull();
  expect(placeProblem(place([OTHER], OTHER, undefined), OWN)).toMatch(OWN);
});

test("a row that is begun has to be filled", () => {
  const one = (part: object) => placeProblem(placeOf({ region: "us-east-1", ...part }), OWN);
  expect(one({ launchTemplateConfigurations: [{ launchTemplateId: "" }] })).not.toBeNull();
  expect(one({ ssmParameterConfigurations: [{ parameterName: "" }] })).not.toBeNull();
  expect(one({ amiDistributionConfiguration: { targetAccountIds: ["1"] } })).not.toBeNull();
  expect(one({ amiDistributionConfiguration: { launchPermission: { userIds: [""] } } })).not.toBeNull();
  expect(one({ amiDistributionConfiguration: { amiTags: { "aws:x": "" } } })).not.toBeNull();
});
