/** Choosing an image among many: each list is asked for by name, a page at a time. */
import type { Image } from "@aws-sdk/client-ec2";
import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { type ImageScope, listImages } from "../aws/lists";
import { isListed, launchImage } from "../rules";
import { strings, launch as words } from "../strings";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";

const SCOPES: Record<string, { text: string; scope: ImageScope }> = {
  public: { text: words.catalog, scope: { ExecutableUsers: ["all"] } },
  mine: { text: words.mine, scope: { Owners: ["self"] } },
  shared: { text: words.shared, scope: { ExecutableUsers: ["self"] } },
  marketplace: { text: words.marketplace, scope: { Owners: ["aws-marketplace"] } },
};

export function ImageChoice({
  chosen,
  onChange,
}: {
  chosen: Image | null;
  onChange: (image: Image) => void;
}) {
  const [scope, setScope] = useState("public");
  const [text, setText] = useState("");
  const { answer, problem } = useAnswer(`${scope} ${text}`, () =>
    listImages(SCOPES[scope]?.scope ?? {}, [
      { Name: "state", Values: ["available", "pending"] },
      ...(text ? [{ Name: "name", Values: [`*${text.replace(/[\\*?]/g, "\\$&")}*`] }] : []),
    ]),
  );
  const images = (answer?.items ?? []).filter((image) => launchImage(image) === null);
  const options = images.map((image) => ({
    value: image.ImageId ?? "",
    label: image.Name,
    description: [image.ImageId, image.Architecture, image.Description].filter(Boolean).join(" · "),
  }));
  return (
    <SpaceBetween size="m">
      <SegmentedControl
        label={words.image}
        selectedId={scope}
        onChange={({ detail }) => setScope(detail.selectedId)}
        options={Object.entries(SCOPES).map(([id, { text }]) => ({ id, text }))}
      />
      <FormField label={words.pickImage}>
        <Select
          selectedOption={
            chosen ? { value: chosen.ImageId, label: `${chosen.Name} (${chosen.ImageId})` } : null
          }
          options={options}
          placeholder={words.pickImage}
          filteringType="manual"
          filteringPlaceholder={words.findImage}
          filteringAriaLabel={words.findImage}
          onLoadItems={({ detail }) => setText(detail.filteringText)}
          statusType={answer ? "finished" : problem ? "error" : "loading"}
          loadingText={strings.loading}
          empty={words.noImages}
          onChange={({ detail }) => {
            const image = images.find((each) => each.ImageId === detail.selectedOption.value);
            if (image) onChange(image);
          }}
        />
      </FormField>
      {chosen && isListed(chosen) && <Box color="text-body-secondary">{words.notImported}</Box>}
      <Trouble problem={problem} />
    </SpaceBetween>
  );
}
