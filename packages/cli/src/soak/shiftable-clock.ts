/*
 * To be loaded before a program (`node --import`): its wall clock is then ahead of the system's by as much as the parent
 * process last said with `{ clockOffsetMs }`. Timers are not affected, as with a real clock that jumps.
 */

let offsetMs = 0;
const SystemDate = Date;

/** Takes the arguments of the real one; only "now" differs. */
const ShiftedDate = new Proxy(SystemDate, {
  construct(target, given: ConstructorParameters<DateConstructor>, newTarget) {
    const { length } = given as readonly unknown[];
    return Reflect.construct(target, length === 0 ? [SystemDate.now() + offsetMs] : given, newTarget) as Date;
  },
  get(target, name, receiver) {
    return name === "now" ? () => SystemDate.now() + offsetMs : (Reflect.get(target, name, receiver) as unknown);
  },
});
globalThis.Date = ShiftedDate;

process.on("message", (message) => {
  if (typeof message !== "object" || message === null || !("clockOffsetMs" in message)) return;
  // A clock has whole milliseconds.
  offsetMs = Math.round(Number(message.clockOffsetMs));
});
// Listening for it alone must not keep the process.
process.channel?.unref();
