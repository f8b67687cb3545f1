import type { Image } from "@aws-sdk/client-ec2";
import { useState } from "react";
import type { Problem } from "../aws/errors";
import { codesOf, listProducts, type Product } from "../aws/marketplace";
import { useAnswer } from "../ui/use-answer";

/** The paid products in an image; none for most. */
export function useProducts(image: Image | null): {
  list: Product[];
  problem: Problem | null;
  refresh: () => void;
} {
  const [asked, setAsked] = useState(0);
  const codes = image ? codesOf(image) : [];
  const { answer, problem } = useAnswer(`${asked} ${codes.join(" ")}`, async () =>
    codes.length ? listProducts(codes) : [],
  );
  return { list: answer ?? [], problem, refresh: () => setAsked((old) => old + 1) };
}
