/** What happened, at the top of the page; and questions before something is lost. */
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Flashbar, { type FlashbarProps } from "@cloudscape-design/components/flashbar";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";
import { problemOf } from "../aws/errors";
import { strings } from "../strings";

export interface Question {
  title: string;
  /** What will be lost. */
  body: ReactNode;
  verb: string;
  /** A word to type first, where there is no way back. */
  word?: string;
  act: () => Promise<unknown>;
  done?: () => void;
}

interface Notices {
  say: (content: ReactNode, type?: FlashbarProps.Type) => void;
  fail: (what: string, error: unknown) => void;
  ask: (question: Question) => void;
}

const Context = createContext<Notices | null>(null);

export function useNotices(): Notices {
  const notices = useContext(Context);
  if (!notices) throw new Error("no notices here");
  return notices;
}

export function NoticesProvider({ children }: { children: (bar: ReactNode) => ReactNode }) {
  const [items, setItems] = useState<FlashbarProps.MessageDefinition[]>([]);
  const [question, setQuestion] = useState<Question | null>(null);

  const add = useCallback((type: FlashbarProps.Type, header: ReactNode, content: ReactNode) => {
    const id = crypto.getRandomValues(new Uint32Array(1))[0]?.toString() ?? "";
    const onDismiss = () => setItems((old) => old.filter((item) => item.id !== id));
    // What went well makes room for the next; a failure stays until it is dismissed.
    setItems((old) => [
      { id, type, header, content, dismissible: true, onDismiss, dismissLabel: "Dismiss" },
      ...old.filter((item) => item.type === "error").slice(0, 4),
    ]);
  }, []);

  const notices = useMemo<Notices>(
    () => ({
      say: (content, type = "success") => add(type, undefined, content),
      fail: (what, error) => {
        const problem = problemOf(error);
        add("error", `${what}: ${problem.code}`, `${problem.message} ${problem.hint}`);
      },
      ask: setQuestion,
    }),
    [add],
  );

  return (
    <Context.Provider value={notices}>
      {children(<Flashbar items={items} />)}
      {question && <Ask question={question} close={() => setQuestion(null)} />}
    </Context.Provider>
  );
}

function Ask({ question, close }: { question: Question; close: () => void }) {
  const { say } = useNotices();
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<ReturnType<typeof problemOf> | null>(null);

  async function act() {
    setBusy(true);
    try {
      await question.act();
      say(strings.confirm.done(question.title));
      close();
      question.done?.();
    } catch (error) {
      setRefusal(problemOf(error));
      setBusy(false);
    }
  }

  const ready = !question.word || typed === question.word;
  return (
    <Modal
      visible
      header={question.title}
      closeAriaLabel={strings.confirm.cancel}
      onDismiss={close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>
              {strings.confirm.cancel}
            </Button>
            <Button variant="primary" disabled={!ready} loading={busy} onClick={() => void act()}>
              {question.verb}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Box>{question.body}</Box>
        {question.word && (
          <FormField label={`${strings.confirm.typed} ${question.word}`}>
            <Input value={typed} onChange={({ detail }) => setTyped(detail.value)} />
          </FormField>
        )}
        {refusal && (
          <Alert type="error" header={refusal.code}>
            {refusal.message} {refusal.hint}
          </Alert>
        )}
      </SpaceBetween>
    </Modal>
  );
}
