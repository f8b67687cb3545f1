/** What was removed from an image when it was made by CreateCleanImage; nothing for other images. */
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { cleaningOf } from "../aws/cleaning";
import { hygiene as words } from "../strings";
import { Facts, Rows } from "../ui/details";
import { useAnswer } from "../ui/use-answer";

export function Cleaning({ id }: { id: string }) {
  const { answer: cleaning } = useAnswer(id, () => cleaningOf(id));
  if (!cleaning?.Removed) return null;
  return (
    <ExpandableSection defaultExpanded headerText={words.cleaned} headerDescription={words.cleanedIntro}>
      <SpaceBetween size="s">
        <Rows
          caption={words.cleaned}
          columns={[words.operation, words.files, words.bytes]}
          rows={cleaning.Removed.map((row) => [
            `${row.Operation}: ${row.Title}`,
            row.Files.toLocaleString("en"),
            row.Bytes.toLocaleString("en"),
          ])}
        />
        <Facts facts={{ [words.untouched]: cleaning.Untouched?.join(", ") }} />
      </SpaceBetween>
    </ExpandableSection>
  );
}
