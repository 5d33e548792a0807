/** The first words of the administration's commands; here alone, so that asking for them loads nothing. */
export const ADMINISTRATION = [
  "db",
  "queue",
  "agent-cleanup",
  "register-prediction-model",
  "init-model-weight",
  "random-model-predictions",
  "random-prior-updates",
] as const;
