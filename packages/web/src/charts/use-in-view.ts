import { useEffect, useState } from "react";
import type { RefObject } from "react";

/** Whether an element is in sight or nearly. */
export function useInView(target: RefObject<Element | null>): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (!target.current) return;
    const observer = new IntersectionObserver((entries) => setSeen(entries.at(-1)?.isIntersecting ?? false), {
      rootMargin: "200px",
    });
    observer.observe(target.current);
    return () => observer.disconnect();
  }, [target]);
  return seen;
}
