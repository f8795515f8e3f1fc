// `npm start` as a process of its own, which can be killed like one.
import { startProgram, type Program } from "../../../shared/test/program.ts";

export interface ServerProcess extends Pick<Program, "output" | "end"> {
  readonly url: string;
}

export async function startServerProcess(environment: Record<string, string>): Promise<ServerProcess> {
  const program = startProgram("02-article", "src/main.ts", environment);
  const [, url = ""] = await program.untilPrinted(/Page\s+(\S+)/);
  return { ...program, url };
}
