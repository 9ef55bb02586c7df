import type { ReactNode } from "react";
import detail from "./detail-page.module.css";

/** What is known of a thing, as names and values; what is null is not shown. */
export function Facts({ pairs }: { readonly pairs: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className={detail.facts}>
      {pairs
        .filter(([, value]) => value !== null)
        .map(([name, value]) => (
          <div key={name} className={detail.fact}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
