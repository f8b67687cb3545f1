/** What an instance's security groups let in from the whole world, reviewed as its image is. */
import { reviewOf } from "../aws/inspections";
import { hygiene as words } from "../strings";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { Findings } from "./findings";

export function GroupReview({ id }: { id: string }) {
  const { answer, problem } = useAnswer(id, () => reviewOf(id));
  return (
    <>
      <Trouble problem={problem} />
      {answer && <Findings title={words.groupReview} findings={answer.findings} checks={answer.checks} />}
    </>
  );
}
