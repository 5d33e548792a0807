import { SmartemError } from "@smartem/common/errors";
import type { PathMap } from "@smartem/epu/windows-paths";
import { CONTROL_MODES, type ControlMode } from "../control/control-mode.js";

/** Seconds of a flag as ms. @throws SmartemError `bad_flag` */
export function secondsFlag(name: string, text: string): number {
  const seconds = Number(text);
  if (text.trim() === "" || !Number.isFinite(seconds) || seconds < 0 || seconds > 86_400) {
    throw new SmartemError("bad_flag", 400, `${name} is "${text}"; it must be a number of seconds from 0 to 86400.`);
  }
  return seconds * 1_000;
}

/** @param text e.g. `Z:\DoseFractions=/mnt/gpfs02`. @throws SmartemError `bad_flag` */
export function pathMapFlag(text: string): PathMap {
  const at = text.indexOf("=");
  const from = text.slice(0, at).trim();
  const to = text.slice(at + 1).trim();
  if (at <= 0 || from === "" || to === "") {
    throw new SmartemError("bad_flag", 400, `"${text}" is no path map; write it as Z:\\folder=/folder/here.`);
  }
  return { from, to };
}

/** @throws SmartemError `bad_flag` */
export function urlFlag(name: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new SmartemError("bad_flag", 400, `${name} is "${text}"; it must be an http or https address.`);
  }
  return text.replace(/\/+$/, "");
}

/** @throws SmartemError `bad_flag` */
export function modeFlag(text: string): ControlMode {
  const mode = CONTROL_MODES.find((one) => one === text);
  if (mode !== undefined) return mode;
  throw new SmartemError("bad_flag", 400, `--mode is "${text}"; it must be one of ${CONTROL_MODES.join(", ")}.`);
}
