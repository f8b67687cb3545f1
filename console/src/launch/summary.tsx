import type { Image } from "@aws-sdk/client-ec2";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { columns as col, launch as words } from "../strings";
import { Facts } from "../ui/details";
import { countProblem } from "./check";
import type { Section } from "./sections";

/** How many, and all in short. */
export function Summary({ fields, change, image }: Section & { image: Image | null }) {
  const size = fields.volumes.reduce((sum, each) => sum + (Number(each.size) || each.least), 0);
  return (
    <Container header={<Header>{words.summary}</Header>}>
      <SpaceBetween size="m">
        <FormField label={words.count} errorText={countProblem(fields.count)}>
          <Input
            type="number"
            value={fields.count}
            onChange={({ detail }) => change({ count: detail.value })}
          />
        </FormField>
        <Facts
          facts={{
            [col.image]: image ? `${image.Name} (${image.ImageId})` : fields.imageId,
            [col.type]: fields.type,
            [col.keyPair]: fields.key || words.noKey,
            [col.groups]: fields.groupMode === "new" ? words.createGroup : fields.groups.join(", "),
            [words.subnet]: fields.subnet || words.anySubnet,
            [words.storage]: words.volumes(fields.volumes.length, size),
          }}
        />
      </SpaceBetween>
    </Container>
  );
}
