import { expect, test } from "vitest";
import {
  infrastructureOf,
  infrastructureProblem,
  profileNameProblem,
  requestOf,
} from "./infrastructure-rules";

test("what the form does not show survives, and what is empty is not said", () => {
  const kept = {
    instanceProfileName: "builder",
    terminateInstanceOnFailure: false,
    placement: { availabilityZone: "us-east-1a" },
    instanceMetadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 2 },
    resourceTags: { team: "web" },
    memberOfTomorrow: 7,
  };
  expect(requestOf(infrastructureOf(kept))).toEqual(kept);
  const emptied = infrastructureOf({
    ...kept,
    description: "",
    instanceTypes: [],
    subnetId: "",
    securityGroupIds: [],
    keyPair: "",
    instanceMetadataOptions: { httpTokens: "" },
    resourceTags: {},
  });
  const { instanceMetadataOptions: _, resourceTags: __, ...rest } = kept;
  expect(requestOf(emptied)).toEqual(rest);
  expect(requestOf({ ...infrastructureOf(kept), hopLimit: "" }).instanceMetadataOptions).toEqual({
    httpTokens: "required",
  });
});

test("a profile has a name, a hop limit is a number, and instances have at most 30 tags", () => {
  expect(profileNameProblem("EC2InstanceProfile+=,.@-")).toBeNull();
  for (const bad of ["", "two words", "a/b", "x".repeat(257)]) expect(profileNameProblem(bad)).not.toBeNull();
  const good = infrastructureOf({ instanceProfileName: "builder" });
  const tags = Array.from({ length: 31 }, (_, at) => ({ key: `k${at}`, value: "" }));
  expect(infrastructureProblem(good)).toBeNull();
  expect(infrastructureProblem({ ...good, hopLimit: "65" })).not.toBeNull();
  expect(infrastructureProblem({ ...good, resourceTags: tags.slice(1) })).toBeNull();
  expect(infrastructureProblem({ ...good, resourceTags: tags })).toMatch("30");
});
