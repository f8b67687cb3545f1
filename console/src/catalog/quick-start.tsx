/** The built-in catalog as cards: what is there, and what the first launch would import. */
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { type CatalogImage, listCatalog, pullImage } from "../aws/catalog";
import { columns as col, strings, catalog as words } from "../strings";
import { useNotices } from "../ui/notices";
import { State } from "../ui/state";
import { useAnswer } from "../ui/use-answer";
import { type Entry, Gallery } from "./gallery";

const FACTS = [col.state, col.architecture, col.id, words.user];
const POLL = 5000;

function entryOf(image: CatalogImage): Entry {
  return {
    id: image.ImageId ?? "",
    name: image.Name,
    description: (
      <SpaceBetween size="xxs">
        <span>{image.Description}</span>
        {image.ProductName && <span>{words.paid}</span>}
        {image.State === "listed" && <span>{image.Message ?? words.notImported}</span>}
        <Box color="text-body-secondary" fontSize="body-s">
          {words.source} {image.Source}
        </Box>
      </SpaceBetween>
    ),
    facts: {
      [col.id]: image.ImageId,
      [col.state]: <State state={image.State} more={image.Progress} />,
      [col.architecture]: image.Architecture,
      [words.user]: image.UserName,
    },
    against: image.ImageId ? null : words.notImported,
  };
}

export function QuickStart() {
  const { say, fail } = useNotices();
  const [text, setText] = useState("");
  const { answer, problem } = useAnswer("catalog", listCatalog, POLL);
  const images = (answer ?? []).filter((image) =>
    `${image.Name} ${image.Description}`.toLowerCase().includes(text.toLowerCase()),
  );

  function pull(name: string) {
    pullImage(name)
      .then(() => say(words.pulling(name), "info"))
      .catch((error) => fail(words.pull, error));
  }

  return (
    <Gallery
      title={words.quick}
      facts={FACTS}
      entries={images.map(entryOf)}
      loading={!answer && !problem}
      problem={problem}
      text={text}
      onText={setText}
      actions={(chosen) => {
        const image = images.find((each) => each.Name === chosen?.name);
        const reason = !image
          ? strings.list.chooseOne
          : image.State === "listed"
            ? null
            : words.importedAlready;
        return (
          <Button
            disabled={reason !== null}
            disabledReason={reason ?? undefined}
            onClick={() => image && pull(image.Name)}
          >
            {words.pull}
          </Button>
        );
      }}
    />
  );
}
