#!/usr/bin/env node
import { run } from "./run.js";

await run("smartem_agent_tools");
