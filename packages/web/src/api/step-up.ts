import { Observable } from "../browser/observable.ts";

/** A request that waits for a fresh proof of identity. */
export interface StepUpQuestion {
  /** True: proved, repeat the request. False: the person gave up. */
  readonly settle: (proved: boolean) => void;
}

export const stepUpQuestion = new Observable<StepUpQuestion | undefined>(undefined);

let open: Promise<boolean> | undefined;

/** Asks for the password once, however many requests wait for the answer. */
export function askForProof(): Promise<boolean> {
  open ??= new Promise<boolean>((resolve) => {
    stepUpQuestion.set({
      settle(proved) {
        open = undefined;
        stepUpQuestion.set(undefined);
        resolve(proved);
      },
    });
  });
  return open;
}
