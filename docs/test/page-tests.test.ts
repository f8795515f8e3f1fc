/** The tests that pages show pass. */
import { afterAll } from "vitest";
import { writeModules } from "./modules.ts";

const { modules, load, remove } = writeModules("tests", "program");
afterAll(remove);

for (const module of modules.filter(({ isTest }) => isTest)) await load(module);
