import { useEffect, useRef, useState } from "react";

/** A form in which nobody is told of an empty field before there was a try. `failure`: what the hub said to the last one. */
export function useFormTries(failure: unknown) {
  const form = useRef<HTMLFormElement>(null);
  const [tries, setTries] = useState(0);
  // A form is longer than a window: what is wrong comes into sight after a try, not while somebody types.
  useEffect(() => {
    if (tries > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [tries, failure]);
  return { form, isTried: tries > 0, onTry: () => setTries(tries + 1) };
}
