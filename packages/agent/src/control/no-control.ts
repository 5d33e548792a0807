import { err, ok } from "@smartem/common/result";
import type { MicroscopeControl } from "./microscope-control.js";

const REASON = "This agent controls no microscope: it was started without the address of an Athena Decision Service.";

/** For an agent that only watches. */
export const NO_CONTROL: MicroscopeControl = {
  name: "none",
  service: null,
  give: async () => err({ kind: "permanent", message: REASON }),
  whatBecameOf: async () => ok(null),
  settle: async () => ok(null),
  observe: async (orders) => ok(orders.map(() => null)),
  refuses: () => REASON,
  close: async () => undefined,
};
