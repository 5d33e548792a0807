import type { MicrographTruth } from "../grid-truth.js";
import { localTime } from "./dotnet.js";

/**
 * The camera server's own record of a movie, `…_Fractions.xml`: root `Acquisition`, no namespace, CRLF line ends.
 */
export function fractionsXml(
  micrograph: MicrographTruth,
  baseName: string,
  acquiredAtMs: number,
  utcOffsetMin: number,
): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<Acquisition>",
    `  <Name>${baseName}_Fractions</Name>`,
    `  <Guid>${micrograph.uniqueId}</Guid>`,
    `  <Time>${localTime(acquiredAtMs, utcOffsetMin)}</Time>`,
    "  <Fractions>40</Fractions>",
    '  <Image Width="4096" Height="4096" Format="Eer"/>',
    "</Acquisition>",
    "",
  ].join("\r\n");
}
