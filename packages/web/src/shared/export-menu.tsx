import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import { Icon } from "../app/icons.js";

export interface ExportItem {
  readonly label: string;
  readonly run: () => void;
}

interface ExportMenuProps {
  readonly items: readonly ExportItem[];
  readonly label?: string;
  readonly size?: "sm" | "md";
  readonly className?: string | undefined;
}

/** What a page shows, as files. */
export function ExportMenu({ items, label = "Export", size = "md", className = "" }: ExportMenuProps): ReactNode {
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Tooltip label={label}>
          <ActionIcon
            variant={size === "sm" ? "subtle" : "default"}
            size={size}
            aria-label={label}
            className={`${className} no-print`}
          >
            <Icon name="download" {...(size === "sm" ? { size: 13 } : {})} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {items.map(({ label: name, run }) => (
          <Menu.Item key={name} onClick={run}>
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
