import { nullable, oneOf, Time, Type } from "@smartem/common/schema";

/*
 * What is answered about an instruction, wherever one is told of.
 */

export const InstructionStatus = oneOf(["pending", "sent", "acknowledged", "expired", "failed", "cancelled"]);
export const AckStatus = nullable(oneOf(["received", "processed", "failed", "declined"]));
export const VerifiedOutcome = nullable(
  Type.Object({
    outcome: oneOf(["followed", "superseded", "not_followed"]),
    observed_at: Time,
    details: Type.Optional(Type.Unknown()),
    record_lost: Type.Optional(Type.Boolean()),
  }),
);
