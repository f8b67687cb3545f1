import { type Image, ListImagesInRecycleBinCommand } from "@aws-sdk/client-ec2";
import Select from "@cloudscape-design/components/select";
import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { type ImageScope, listImages } from "../aws/lists";
import { session } from "../aws/session";
import { tagOf } from "../list/filters";
import { ResourcePage } from "../list/resource-page";
import { isMoving } from "../rules";
import { columns as col, strings, images as words } from "../strings";
import { when } from "../ui/details";
import { State } from "../ui/state";
import { urls } from "../urls";
import { useImageActions } from "./image-actions";
import { BinnedDetails, ImageDetails } from "./image-details";

const SCOPES: Record<string, { text: string; scope: ImageScope }> = {
  mine: { text: words.mine, scope: { Owners: ["self"] } },
  shared: { text: words.shared, scope: { ExecutableUsers: ["self"] } },
  public: { text: words.public, scope: { ExecutableUsers: ["all"] } },
  disabled: { text: words.disabled, scope: { Owners: ["self"], IncludeDisabled: true } },
  bin: { text: words.bin, scope: {} },
};

/** An image as the recycle bin lists it. */
export type Listed = Image & { entered?: Date; exits?: Date };

async function listBin(NextToken?: string) {
  const answer = await ec2(new ListImagesInRecycleBinCommand({ NextToken }));
  const items = (answer.Images ?? []).map(
    (each): Listed => ({ ...each, entered: each.RecycleBinEnterTime, exits: each.RecycleBinExitTime }),
  );
  return { items, next: answer.NextToken };
}

export function Images() {
  const go = useNavigate();
  const [search, setSearch] = useSearchParams();
  const [chosen, setScope] = useState("mine");
  // An image that an address names may be anybody's.
  const named = search.get("id");
  const scope = named ? "any" : chosen;
  const binned = scope === "bin";
  const account = session.current()?.account ?? "";
  const options = Object.entries(SCOPES).map(([value, { text }]) => ({ value, label: text }));

  return (
    <ResourcePage<Listed>
      key={`${scope} ${named}`}
      title={words.title}
      scope={scope}
      description={
        <Select
          ariaLabel={words.owner}
          selectedOption={options.find((each) => each.value === scope) ?? null}
          placeholder={words.owner}
          options={options}
          onChange={({ detail }) => {
            setSearch({});
            setScope(detail.selectedOption.value ?? "mine");
          }}
        />
      }
      fetch={(filters, token) =>
        binned
          ? listBin(token)
          : listImages(
              SCOPES[scope]?.scope ?? {},
              scope === "disabled" ? [...filters, { Name: "state", Values: ["disabled"] }] : filters,
              token,
            )
      }
      id={(image) => image.ImageId ?? ""}
      idFilter="image-id"
      moving={(image) => isMoving(image.State)}
      primary={{ text: words.launch, act: () => go(urls.launch) }}
      actions={useImageActions(binned, account)}
      details={(image) =>
        binned ? (
          <BinnedDetails image={image} />
        ) : (
          <ImageDetails image={image} own={image.OwnerId === account} />
        )
      }
      properties={
        binned
          ? []
          : [
              ["name", col.name],
              ["image-id", col.id],
              ["state", col.state, ["available", "pending", "failed", "disabled"]],
              ["architecture", col.architecture, ["x86_64", "arm64"]],
              ["description", col.description],
              ["owner-id", col.owner],
              ["source-instance-id", col.sourceInstance],
            ]
      }
      columns={[
        {
          id: "name",
          header: col.name,
          cell: (image) => image.Name || tagOf(image.Tags, "Name") || strings.none,
          isRowHeader: true,
          width: 240,
        },
        { id: "id", header: col.id, cell: (image) => image.ImageId, width: 210 },
        ...(binned
          ? [
              { id: "entered", header: col.enters, cell: (image: Listed) => when(image.entered), width: 200 },
              { id: "exits", header: col.exits, cell: (image: Listed) => when(image.exits), width: 200 },
            ]
          : [
              {
                id: "state",
                header: col.state,
                cell: (image: Listed) => <State state={image.State} />,
                width: 140,
              },
              {
                id: "visibility",
                header: col.visibility,
                cell: (image: Listed) => (image.Public ? words.pub : words.priv),
                width: 110,
              },
              {
                id: "owner",
                header: col.owner,
                cell: (image: Listed) => image.ImageOwnerAlias ?? image.OwnerId,
                width: 140,
              },
              {
                id: "architecture",
                header: col.architecture,
                cell: (image: Listed) => image.Architecture,
                width: 120,
              },
              {
                id: "created",
                header: col.created,
                cell: (image: Listed) => when(image.CreationDate),
                width: 180,
              },
              {
                id: "description",
                header: col.description,
                cell: (image: Listed) => image.Description,
                width: 260,
              },
            ]),
      ]}
    />
  );
}
