// Looks once, as a process of its own whose rights a test has taken: its arguments are a kind and settings in JSON.
import type { ProbeKindName, ProbeSettings } from "@muster/core";
import { look } from "./probe-fixture.ts";

const [, , kind = "", settings = ""] = process.argv;
process.stdout.write(JSON.stringify(await look(kind as ProbeKindName, JSON.parse(settings) as ProbeSettings)));
