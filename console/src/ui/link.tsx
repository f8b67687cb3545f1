import CloudscapeLink from "@cloudscape-design/components/link";
import type { ReactNode } from "react";
import { useHref, useNavigate } from "react-router-dom";

/** A link to another page of the console. */
export function Link({ to, children }: { to: string; children: ReactNode }) {
  const go = useNavigate();
  return (
    <CloudscapeLink
      href={useHref(to)}
      onFollow={(event) => {
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </CloudscapeLink>
  );
}
