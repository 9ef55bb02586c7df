import { MusterError } from "../errors.ts";

/** What every decoder throws, and nothing else, for bytes that no encoder made: DATABASE_DAMAGED. */
export const damaged = (message: string): MusterError => new MusterError("DATABASE_DAMAGED", { message });
