import { Alert, Button, Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useAddress } from "./address.js";

interface UnknownPartsProps {
  /** Parts of the address by their names, and whether they name nothing that there is. */
  readonly of: Readonly<Record<string, boolean>>;
}

/** Says which parts of a page's address name nothing, so that what is shown instead is not taken for what was asked for. */
export function UnknownParts({ of }: UnknownPartsProps): ReactNode {
  const address = useAddress();
  const unknown = Object.keys(of).filter((name) => of[name] === true && address.get(name) !== null);
  if (unknown.length === 0) return null;
  return (
    <Alert
      color="yellow"
      variant="outline"
      title="The address names what is not here"
      role="status"
      style={{ flex: "none" }}
    >
      {unknown.map((name) => (
        <Group key={name} gap="xs">
          <Text size="sm">
            {name}={address.get(name)}
          </Text>
          <Button
            size="compact-xs"
            variant="default"
            aria-label={`Remove ${name} from the address`}
            onClick={() => address.put(name, null)}
          >
            Remove
          </Button>
        </Group>
      ))}
    </Alert>
  );
}
