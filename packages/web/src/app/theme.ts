import { createTheme, type MantineColorsTuple } from "@mantine/core";

/* Cool, low in contrast between surfaces, high between text and surface: made to be looked at for hours. */
const slate: MantineColorsTuple = [
  "#eef3fb",
  "#dbe4f3",
  "#b8c8e4",
  "#8fa8d3",
  "#6c8cc4",
  "#4f73b3",
  "#3f629f",
  "#33528a",
  "#284271",
  "#1d3158",
];

const night: MantineColorsTuple = [
  "#d7dce5",
  "#b4bcc9",
  "#96a0b0",
  "#5d6879",
  "#3c4656",
  "#2c3543",
  "#222a36",
  "#1a212b",
  "#141a22",
  "#0e1319",
];

export const theme = createTheme({
  primaryColor: "slate",
  primaryShade: { light: 7, dark: 5 },
  colors: { slate, dark: night },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.125rem" },
  spacing: { xs: "0.5rem", sm: "0.75rem", md: "1rem", lg: "1.25rem", xl: "2rem" },
  headings: {
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "1.25rem" },
      h2: { fontSize: "1rem" },
      h3: { fontSize: "0.875rem" },
      h4: { fontSize: "0.875rem" },
    },
  },
  defaultRadius: "sm",
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  components: {
    TextInput: { defaultProps: { size: "xs" } },
    NumberInput: { defaultProps: { size: "xs" } },
    Select: { defaultProps: { size: "xs" } },
    MultiSelect: { defaultProps: { size: "xs" } },
    Button: { defaultProps: { size: "xs" } },
    SegmentedControl: { defaultProps: { size: "xs" } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true } },
  },
});
