import { Button } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import styles from "./disclosure.module.css";

interface DisclosureProps {
  readonly label: ReactNode;
  /** What the list is called, and the button too where its label is only a picture. */
  readonly name: string;
  readonly icon?: ReactNode;
  readonly look?: "default" | "subtle";
  /** The edge of the button that the list keeps to. */
  readonly side?: "left" | "right";
  readonly width?: number;
  readonly testId: string;
  /** Drawn while it is open. */
  readonly children: (close: () => void) => ReactNode;
}

/** A button that opens a list below it; Esc or a press outside closes it, and Esc gives the focus back. */
export function Disclosure(props: DisclosureProps) {
  const { label, name, icon, look = "default", side = "right", width = 180, testId, children } = props;
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const onPointer = (event: Event): void => {
      if (!(event.target instanceof Node && root.current?.contains(event.target))) setOpen(false);
    };
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      // Nothing else on the page may take this Esc for itself.
      event.preventDefault();
      setOpen(false);
      root.current?.querySelector("button")?.focus();
    };
    document.addEventListener("pointerdown", onPointer);
    document.addEventListener("keydown", onKey, { capture: true });
    return () => {
      document.removeEventListener("pointerdown", onPointer);
      document.removeEventListener("keydown", onKey, { capture: true });
    };
  }, [open]);
  return (
    <div ref={root} className={styles.root}>
      <Button
        variant={look}
        aria-expanded={open}
        aria-label={typeof label === "string" ? undefined : name}
        title={typeof label === "string" ? undefined : name}
        leftSection={icon}
        {...(look === "subtle" && { color: "gray", size: "compact-xs" })}
        onClick={() => setOpen(!open)}
        data-testid={testId}
      >
        {label}
      </Button>
      {open && (
        <div className={styles.list} data-side={side} style={{ width }} role="group" aria-label={name}>
          {children(() => setOpen(false))}
        </div>
      )}
    </div>
  );
}
