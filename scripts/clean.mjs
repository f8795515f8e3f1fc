// Removes what was built of the package in whose folder it is started, so that nothing of a source long gone is packed.
import { rmSync } from "node:fs";

rmSync("dist", { recursive: true, force: true });
