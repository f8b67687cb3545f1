/** Choosing an image among many: each list is asked for by name, a page at a time. */
import type { Image } from "@aws-sdk/client-ec2";
import FormField from "@cloudscape-design/components/form-field";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { type ImageScope, listImages } from "../aws/lists";
import { forms, strings } from "../strings";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";

const words = forms.launch;

const SCOPES: Record<string, ImageScope> = {
  mine: { Owners: ["self"] },
  shared: { ExecutableUsers: ["self"] },
  public: { ExecutableUsers: ["all"] },
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
    listImages(SCOPES[scope] ?? {}, [
      { Name: "state", Values: ["available"] },
      ...(text ? [{ Name: "name", Values: [`*${text.replace(/[\\*?]/g, "\\$&")}*`] }] : []),
    ]),
  );
  const options = (answer?.items ?? []).map((image) => ({
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
        options={[
          { id: "public", text: words.catalog },
          { id: "mine", text: words.mine },
          { id: "shared", text: words.shared },
        ]}
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
            const image = answer?.items.find((each) => each.ImageId === detail.selectedOption.value);
            if (image) onChange(image);
          }}
        />
      </FormField>
      <Trouble problem={problem} />
    </SpaceBetween>
  );
}
