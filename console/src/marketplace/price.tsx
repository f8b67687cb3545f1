import Box from "@cloudscape-design/components/box";
import type { Product } from "../aws/marketplace";
import { dollars } from "../money";
import { marketplace as words } from "../strings";

/** What a product costs: an hour by instance type, and its metered units. */
export function Price({ product }: { product: Product }) {
  const { default: usual = "0", ...others } = product.HourlyPrices;
  const hours = Object.entries(others).sort(([a], [b]) => a.localeCompare(b));
  const units = Object.entries(product.Dimensions ?? {});
  return (
    <Box>
      <ul>
        {hours.map(([type, price]) => (
          <li key={type}>
            {words.from(dollars(price))}: {type}
          </li>
        ))}
        <li>
          {words.from(dollars(usual))}
          {hours.length > 0 && `: ${words.hourlyOf("default")}`}
        </li>
        {units.map(([name, price]) => (
          <li key={name}>{words.unit(dollars(price), name)}</li>
        ))}
      </ul>
    </Box>
  );
}
