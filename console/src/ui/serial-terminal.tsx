/**
 * A terminal on an instance's serial line. Protocol: web/terminal.py.
 *
 *   opening ──first message, what was printed before──► open ──its reason, or none──► ended
 *
 * To open it anew it is mounted anew.
 */
import Button, { type ButtonProps } from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useRef, useState } from "react";
import { type Problem, problemOf } from "../aws/errors";
import { terminalAddress } from "../aws/terminal-address";
import { terminal as words } from "../strings";
import { openScreen, type Screen } from "./screen";

/** Bytes; the server takes no message of more than twice that (web/terminal.py). */
const PIECE = 16 * 1024;

interface Props {
  instanceId: string;
  onOpen: () => void;
  onEnd: (why: Problem) => void;
}

interface Line {
  screen: Screen;
  send: (text: string) => void;
}

export default function SerialTerminal({ instanceId, onOpen, onEnd }: Props) {
  const place = useRef<HTMLElement>(null);
  const after = useRef<ButtonProps.Ref>(null);
  const [line, setLine] = useState<Line | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what it tells changes nothing of the line
  useEffect(() => {
    if (!place.current) return;
    const screen = openScreen(place.current, () => after.current?.focus());
    let socket: WebSocket | undefined;
    let there = true;
    let why: Problem = { code: words.lost, message: words.lostMessage, hint: "" };
    const end = (problem: Problem) => {
      if (!there) return;
      setLine(null);
      onEnd(problem);
    };

    function open(address: string) {
      if (!there) return;
      const opened = new WebSocket(address);
      socket = opened;
      opened.binaryType = "arraybuffer";
      const send = (text: string) => {
        const bytes = new TextEncoder().encode(text);
        for (let at = 0; at < bytes.length && opened.readyState === WebSocket.OPEN; at += PIECE) {
          opened.send(bytes.subarray(at, at + PIECE));
        }
      };
      let first = true;
      opened.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
        if (typeof data === "string") {
          const said = JSON.parse(data) as { Code: string; Message: string };
          why = problemOf({ name: said.Code, message: said.Message });
        } else if (first) {
          first = false;
          // Questions that were put to a terminal before are not answered now: the answers would be typed.
          screen.write(new Uint8Array(data), () => {
            if (!there) return;
            screen.listen(send);
            screen.focus();
            setLine({ screen, send });
            onOpen();
          });
        } else {
          screen.write(new Uint8Array(data));
        }
      };
      opened.onclose = () => end(why);
    }

    terminalAddress(instanceId).then(open, (error) => end(problemOf(error)));
    return () => {
      there = false;
      socket?.close();
      screen.dispose();
    };
  }, [instanceId]);

  function setSize() {
    if (!line) return;
    const { rows, cols } = line.screen.size();
    line.send(`stty rows ${rows} cols ${cols}\r`);
    line.screen.focus();
  }

  return (
    <SpaceBetween size="s">
      <section ref={place} aria-label={words.label} className="terminal-place" />
      <Button ref={after} disabled={!line} disabledReason={words.notOpen} onClick={setSize} iconName="expand">
        {words.setSize}
      </Button>
    </SpaceBetween>
  );
}
