export { simulate } from "./simulate/simulate.ts";
export type { SimulatedLoad } from "./simulate/simulate.ts";
export type { SimulationReport } from "./simulate/simulation.ts";
