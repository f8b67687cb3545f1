/**
 * A text with line numbers that the server checks while one types: its findings stand below, and lead to their
 * places. (Cloudscape's code editor brings ace: half a megabyte, and workers that the content policy forbids.)
 */
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { documentForm as words } from "../strings";
import "../ui/code.css";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { useSettled } from "../ui/use-settled";

export interface Finding {
  Line: number;
  Column: number;
  Message: string;
}
/** What the server says of a text. */
export interface Checked {
  Problems: Finding[];
  /** What a good one is, where that is in the text. */
  Type?: string;
}

interface Props {
  text: string;
  /** What it is checked as; with another, it is checked again. */
  as: string;
  check: (text: string) => Promise<Checked>;
  onChange: (text: string) => void;
  onChecked: (mistakes: number | null) => void;
}

/** `onChecked` is told how many mistakes the text has, or null while that is not known. */
export function DocumentEditor({ text, as, check, onChange, onChecked }: Props) {
  const area = useRef<HTMLTextAreaElement>(null);
  const settled = useSettled(text);
  const { answer, problem } = useAnswer(`${as} ${settled}`, async () => ({
    of: `${as} ${settled}`,
    ...(await check(settled)),
  }));
  const [last, setLast] = useState<Checked | null>(null);
  const mistakes = answer?.of === `${as} ${text}` ? answer.Problems.length : null;
  useEffect(() => {
    if (answer) setLast(answer);
    onChecked(mistakes);
  }, [answer, mistakes, onChecked]);

  const lines = text.split("\n");
  const wrong = new Set(last?.Problems.map((each) => each.Line));

  function show({ Line, Column }: Finding) {
    const start = lines.slice(0, Line - 1).reduce((sum, line) => sum + line.length + 1, 0);
    const at = start + Math.min(Column - 1, lines[Line - 1]?.length ?? 0);
    area.current?.focus();
    area.current?.setSelectionRange(at, start + (lines[Line - 1]?.length ?? 0));
  }

  /** A new line begins where the one before began. */
  function indent(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
    const { selectionStart, value } = event.currentTarget;
    const line = value.slice(0, selectionStart).split("\n").at(-1) ?? "";
    event.preventDefault();
    // The only way to type for somebody so that Undo takes it back.
    document.execCommand("insertText", false, `\n${/^ */.exec(line)?.[0]}`);
  }

  return (
    <SpaceBetween size="s">
      <FormField label={words.document} description={words.documentHint} stretch>
        <div className="editor">
          <div className="editor-numbers" aria-hidden="true">
            {lines.map((_, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
              <div key={at} className={wrong.has(at + 1) ? "wrong" : undefined}>
                {at + 1}
              </div>
            ))}
          </div>
          <textarea
            ref={area}
            aria-label={words.document}
            aria-invalid={wrong.size > 0}
            spellCheck={false}
            rows={lines.length}
            cols={Math.max(...lines.map((line) => line.length)) + 2}
            value={text}
            onKeyDown={indent}
            onChange={(event) => onChange(event.currentTarget.value)}
          />
        </div>
      </FormField>
      <Trouble problem={problem} />
      <section aria-label={words.findings} aria-live="polite">
        {last && <Findings checked={last} as={as} show={show} />}
      </section>
    </SpaceBetween>
  );
}

interface FindingsProps {
  checked: Checked;
  as: string;
  show: (finding: Finding) => void;
}

function Findings({ checked, as, show }: FindingsProps) {
  if (!checked.Problems.length) {
    return (
      <StatusIndicator>
        {words.good(checked.Type ? `${checked.Type.toLowerCase()} ${as}` : as)}
      </StatusIndicator>
    );
  }
  return (
    <SpaceBetween size="xxs">
      {checked.Problems.map((finding) => (
        <div key={`${finding.Line} ${finding.Column} ${finding.Message}`}>
          <StatusIndicator type="error">{finding.Message}</StatusIndicator>{" "}
          <Button variant="inline-link" formAction="none" onClick={() => show(finding)}>
            {words.place(finding.Line, finding.Column)}
          </Button>
        </div>
      ))}
    </SpaceBetween>
  );
}
