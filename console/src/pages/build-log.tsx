/**
 * The log of a build while it is written: of all that the server has, the last lines stand in the page. Whoever
 * scrolls up reads in peace; at the bottom, it follows.
 */
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { amiable } from "../aws/amiable";
import { type Problem, problemOf } from "../aws/errors";
import { builds as words } from "../strings";
import "../ui/code.css";
import { plain } from "../ui/console-text";
import { download } from "../ui/download";
import { Trouble } from "../ui/trouble";

interface Line {
  At: string;
  Workflow: string;
  Step: string;
  Component: string;
  Stream: string;
  Text: string;
}
interface BuildLog {
  Lines: Line[];
  Position: number;
  Ended: boolean;
}

const EVERY = 1000;
const SHOWN = 1000;

const ask = (arn: string, Position: number) =>
  amiable<BuildLog>("GetBuildLog", { ImageBuildVersionArn: arn, Position, MaxLines: SHOWN });

const place = (line: Line): string => line.Component || line.Step || line.Workflow;

async function whole(arn: string): Promise<string> {
  const lines: string[] = [];
  let position = 0;
  for (;;) {
    const answer = await ask(arn, position);
    if (!answer.Lines.length) return lines.join("");
    lines.push(...answer.Lines.map((line) => `${line.At} ${place(line)}| ${line.Text}\n`));
    position = answer.Position;
  }
}

export function Log({ arn }: { arn: string }) {
  const { lines, earlier, problem } = useLog(arn);
  const [follow, setFollow] = useState(true);
  const [refusal, setRefusal] = useState<Problem | null>(null);
  const box = useRef<HTMLElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines are what it follows
  useLayoutEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines, follow]);

  function scrolled() {
    const { scrollTop = 0, clientHeight = 0, scrollHeight = 0 } = box.current ?? {};
    setFollow(scrollHeight - scrollTop - clientHeight < 24);
  }

  return (
    <SpaceBetween size="s">
      <Trouble problem={problem ?? refusal} />
      <SpaceBetween direction="horizontal" size="m" alignItems="center">
        <Toggle checked={follow} onChange={({ detail }) => setFollow(detail.checked)}>
          {words.follow}
        </Toggle>
        <Button
          iconName="download"
          onClick={() =>
            whole(arn)
              .then((text) => download("build.log", "text/plain", text))
              .catch((error) => setRefusal(problemOf(error)))
          }
        >
          {words.download}
        </Button>
        {earlier > 0 && <Box color="text-body-secondary">{words.logEarlier(earlier)}</Box>}
      </SpaceBetween>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section ref={box} className="code" aria-label={words.logLabel} tabIndex={0} onScroll={scrolled}>
        {lines.length === 0 && words.logEmpty}
        {lines.map((line, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines leave at the top only, so this is a line's number
          <div key={earlier + at} className="code-line">
            <span className="code-place" title={place(line)}>
              {place(line)}
            </span>
            <span>{plain(line.Text)}</span>
          </div>
        ))}
      </section>
    </SpaceBetween>
  );
}

/** The last lines of a log, and how many came before them; asked for until the build has ended. */
function useLog(arn: string) {
  const [log, setLog] = useState<{ lines: Line[]; earlier: number }>({ lines: [], earlier: 0 });
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    let there = true;
    let position = 0;
    let timer = 0;
    setLog({ lines: [], earlier: 0 });
    async function look() {
      let wait = EVERY;
      if (document.visibilityState === "visible") {
        try {
          const answer = await ask(arn, position);
          if (!there) return;
          position = answer.Position;
          setProblem(null);
          if (answer.Lines.length) {
            if (answer.Lines.length === SHOWN) wait = 0;
            setLog((old) => {
              const all = [...old.lines, ...answer.Lines];
              const dropped = Math.max(0, all.length - SHOWN);
              return { lines: all.slice(dropped), earlier: old.earlier + dropped };
            });
          }
          if (answer.Ended) return;
        } catch (error) {
          if (!there) return;
          setProblem(problemOf(error));
        }
      }
      timer = window.setTimeout(() => void look(), wait);
    }
    void look();
    return () => {
      there = false;
      clearTimeout(timer);
    };
  }, [arn]);
  return { ...log, problem };
}
