// Loaded before a program: it takes itself to be on another machine, where nobody sees whether its process lives.
import { syncBuiltinESMExports } from "node:module";
import os from "node:os";

os.hostname = () => "elsewhere";
syncBuiltinESMExports();
