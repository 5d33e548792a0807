import type { ReactNode } from "react";

/* Line icons on a 16 px grid, in the colour of the text beside them. */

const PATHS = {
  sessions: "M2 3.5h12M2 8h12M2 12.5h12",
  quality: "M2 14V2M2 14h12M5 11V8M8 11V4M11 11V6.5",
  decisions: "M3 3h4v4H3zM9 9h4v4H9zM7 5h2.5A1.5 1.5 0 0 1 11 6.5V9",
  models: "M2 12c3 0 3-8 6-8s3 8 6 8M2 8h.01M14 8h.01",
  agents: "M5 2v3M11 2v3M3.5 5h9v3.5a4.5 4.5 0 0 1-9 0zM8 13v1.5",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.5 10.5 14 14",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1",
  moon: "M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5z",
  download: "M8 2v8M4.5 7 8 10.5 11.5 7M3 13.5h10",
  print: "M4.5 6V2.5h7V6M4.5 11.5h-2V6h11v5.5h-2M4.5 9.5h7v4h-7z",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  home: "M2.5 8 8 3l5.5 5M4 7v6h8V7",
  lasso:
    "M8 2.5c3.3 0 6 1.7 6 4s-2.7 4-6 4-6-1.7-6-4 2.7-4 6-4zM4.5 9.5c-1 1 0 2 1 1.6s1-2-.5-2M5.5 11c.5 1.500 0 2.500-1.500 3",
  close: "M4 4l8 8M12 4l-8 8",
  back: "M10 3 5 8l5 5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }): ReactNode {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
