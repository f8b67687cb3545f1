import { expect, test } from "vitest";
import { idsOf, treeOf } from "./lineage";

test("ancestors lead down to the image, and on to what was made of it", () => {
  const tree = treeOf(
    [
      { ImageId: "ami-3", SourceImageId: "ami-2" },
      { ImageId: "ami-2", SourceImageId: "ami-1" },
      { ImageId: "ami-1" },
    ],
    [
      { ImageId: "ami-4", SourceImageId: "ami-3", Region: "us-west-2", CreationDate: 1_700_000_000 },
      { ImageId: "ami-5", SourceImageId: "ami-3" },
      { ImageId: "ami-6", SourceImageId: "ami-4" },
    ],
  );
  expect(idsOf(tree)).toEqual(["ami-1", "ami-2", "ami-3", "ami-4", "ami-6", "ami-5"]);
  const made = tree[0]?.children[0]?.children[0]?.children[0];
  expect(made).toMatchObject({ id: "ami-4", region: "us-west-2", created: new Date(1_700_000_000_000) });
});
