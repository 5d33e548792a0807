import { NumberInput, type NumberInputProps } from "@mantine/core";
import { type ReactNode, useState } from "react";

interface NumberFieldProps extends Omit<NumberInputProps, "value" | "defaultValue" | "onChange"> {
  /** null: empty. */
  readonly value: number | null;
  readonly onChange: (value: number | null) => void;
}

/** A field for a number. What is being typed ("4.", "0.50") stands as it is, for as long as its value is not set from elsewhere. */
export function NumberField({ value, onChange, ...input }: NumberFieldProps): ReactNode {
  const [typed, setTyped] = useState<{ readonly text: string | number; readonly value: number | null }>();
  return (
    <NumberInput
      {...input}
      valueIsNumericString
      value={(typed?.value === value ? typed.text : value) ?? ""}
      onChange={(text) => {
        const number = Number.parseFloat(String(text));
        // A point alone is no number yet.
        const next = text === "" ? null : Number.isFinite(number) ? number : value;
        setTyped({ text, value: next });
        if (next !== value) onChange(next);
      }}
    />
  );
}
