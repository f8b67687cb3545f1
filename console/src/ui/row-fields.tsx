/** Rows of a form with the same fields, to add to and to take away. */
import AttributeEditor from "@cloudscape-design/components/attribute-editor";
import type { ReactNode } from "react";

export interface Column<T> {
  label: string;
  hint?: string;
  /** What is wrong with it in this row. */
  problem?: (row: T) => string | null;
  field: (row: T, set: (row: T) => void) => ReactNode;
}

export function RowFields<T>({
  rows,
  blank,
  columns,
  words,
  most,
  onChange,
}: {
  rows: T[];
  /** What a new row has. */
  blank: T;
  columns: Column<T>[];
  words: { add: string; remove: string; none?: string };
  /** More rows cannot be added. */
  most?: number;
  onChange: (rows: T[]) => void;
}) {
  return (
    <AttributeEditor
      items={rows}
      addButtonText={words.add}
      removeButtonText={words.remove}
      empty={words.none}
      disableAddButton={most !== undefined && rows.length >= most}
      onAddButtonClick={() => onChange([...rows, blank])}
      onRemoveButtonClick={({ detail }) => onChange(rows.filter((_, at) => at !== detail.itemIndex))}
      definition={columns.map(({ label, hint, problem, field }) => ({
        label,
        constraintText: hint,
        errorText: (row: T) => problem?.(row),
        control: (row: T, at: number) =>
          field(row, (set) => onChange(rows.map((each, other) => (other === at ? set : each)))),
      }))}
    />
  );
}
