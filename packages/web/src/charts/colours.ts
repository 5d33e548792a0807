/** Colours of a scheme for what is drawn, which styles can't colour: charts on canvas and in files. */
export interface ChartColours {
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly accent: string;
  readonly good: string;
  readonly bad: string;
  readonly warn: string;
  readonly series: readonly string[];
}

/* Told apart with any colour vision (Okabe and Ito), darker on light ground. */
const SERIES_ON_LIGHT = ["#0060a0", "#b45000", "#00755a", "#8a3b78", "#7a5c00", "#3d7fb8", "#5a5a5a", "#a83232"];
const SERIES_ON_DARK = ["#56b4e9", "#e69f00", "#2bc49a", "#e398c6", "#f0e442", "#8cc8f5", "#c0c0c0", "#ff8a6b"];

export function chartColours(scheme: "light" | "dark"): ChartColours {
  return scheme === "light"
    ? {
        ink: "#1b2430",
        soft: "#515c6b",
        line: "#e3e8ef",
        accent: "#33528a",
        good: "#00755a",
        bad: "#b45000",
        warn: "#8a5a00",
        series: SERIES_ON_LIGHT,
      }
    : {
        ink: "#dde3ec",
        soft: "#9aa5b5",
        line: "#273040",
        accent: "#8fb0ea",
        good: "#2bc49a",
        bad: "#e69f00",
        warn: "#e0aa3e",
        series: SERIES_ON_DARK,
      };
}
