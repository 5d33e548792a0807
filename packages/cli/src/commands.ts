import type { Command } from "commander";

/** Adds commands to a program, or options and an action to the program itself. */
type Register = (program: Command) => Promise<void>;

/** Commands that are also programs of their own, under the names that operators know: `smartem.agent-cleanup`, … */
const NAMED: Readonly<Record<string, Register>> = {
  "agent-cleanup": async (command) => {
    const { defineAgentCleanup } = await import("./administration/agent-cleanup.js");
    defineAgentCleanup(command);
  },
  "register-prediction-model": async (command) => {
    const { defineRegisterPredictionModel } = await import("./administration/models.js");
    defineRegisterPredictionModel(command);
  },
  "init-model-weight": async (command) => {
    const { defineInitModelWeight } = await import("./administration/models.js");
    defineInitModelWeight(command);
  },
  "random-model-predictions": async (command) => {
    const { defineRandomModelPredictions } = await import("./administration/models.js");
    defineRandomModelPredictions(command);
  },
  "random-prior-updates": async (command) => {
    const { defineRandomPriorUpdates } = await import("./administration/models.js");
    defineRandomPriorUpdates(command);
  },
};

/** Everything that `smartem` can do, by first words. Nothing of a command is loaded before it is added. */
export const COMMANDS: readonly { readonly names: readonly string[]; readonly register: Register }[] = [
  {
    names: ["start"],
    register: async (program) => {
      const { registerStart } = await import("./start/command.js");
      registerStart(program);
    },
  },
  {
    names: ["demo"],
    register: async (program) => {
      const { registerDemo } = await import("./demo/command.js");
      registerDemo(program);
    },
  },
  {
    names: ["serve"],
    register: async (program) => {
      const { registerServe } = await import("./serve.js");
      registerServe(program);
    },
  },
  {
    names: ["decisions"],
    register: async (program) => {
      const { registerDecisions } = await import("./decisions.js");
      registerDecisions(program);
    },
  },
  {
    names: ["db"],
    register: async (program) => {
      const { defineDatabaseCommands } = await import("./administration/database.js");
      defineDatabaseCommands(program);
    },
  },
  {
    names: ["queue"],
    register: async (program) => {
      const { defineQueueCommands } = await import("./administration/queue.js");
      defineQueueCommands(program);
    },
  },
  ...Object.entries(NAMED).map(([name, define]) => ({
    names: [name],
    register: (program: Command) => define(program.command(name)),
  })),
  {
    names: ["agent"],
    register: async (program) => {
      const { registerAgentCommands } = await import("@smartem/agent/cli");
      registerAgentCommands(
        program
          .command("agent")
          .description("The agent on the microscope PC")
          .addHelpText("after", "\nExample:\n  smartem agent watch /mnt/epu --api-url http://smartem:8000"),
      );
    },
  },
  {
    names: ["athena-mock"],
    register: async (program) => {
      const { registerAthenaMock } = await import("./athena-mock.js");
      registerAthenaMock(program);
    },
  },
  {
    names: ["simulate", "sse-client"],
    register: async (program) => {
      const { registerSimulatorCommands } = await import("@smartem/simulator/cli");
      registerSimulatorCommands(program);
    },
  },
  {
    names: ["epuplayer"],
    register: async (program) => {
      const { registerEpuplayerCommands } = await import("@smartem/epuplayer/cli");
      registerEpuplayerCommands(
        program
          .command("epuplayer")
          .description("Record and replay EPU folders")
          .addHelpText("after", "\nExample:\n  smartem epuplayer record /mnt/epu --output session.tar.gz"),
      );
    },
  },
  {
    names: ["soak", "internal-soak-agent", "internal-soak-microscope"],
    register: async (program) => {
      const { registerSoak } = await import("./soak/command.js");
      registerSoak(program);
    },
  },
  {
    names: ["internal-agent", "internal-microscope"],
    register: async (program) => {
      const { registerInternal } = await import("./start/internal.js");
      registerInternal(program);
    },
  },
];

/** Programs beside `smartem`, by name. */
export const PROGRAMS: Readonly<Record<string, Register>> = {
  ...Object.fromEntries(Object.entries(NAMED).map(([name, define]) => [`smartem.${name}`, define])),
  epuplayer: async (program) => {
    const { registerEpuplayerCommands } = await import("@smartem/epuplayer/cli");
    registerEpuplayerCommands(program);
  },
  "smartem-agent": async (program) => {
    const { registerAgentCommands } = await import("@smartem/agent/cli");
    registerAgentCommands(program);
  },
  smartem_agent_tools: async (program) => {
    const { registerAgentTools } = await import("@smartem/agent/cli/tools-command");
    registerAgentTools(program);
  },
};
