import type { LinkView } from "@muster/protocol";
import { ForeignText } from "../components/foreign-text.tsx";
import styles from "./links.module.css";

type HostKey = NonNullable<LinkView["hostKey"]>;

/** Host keys by what is said of them: type and fingerprint, to be compared by eye. */
export function HostKeyFacts({ keys }: { readonly keys: readonly (readonly [name: string, key: HostKey | null])[] }) {
  return (
    <dl className={styles.key}>
      {keys.map(([name, key]) => (
        <HostKeyLine key={name} name={name} hostKey={key} />
      ))}
    </dl>
  );
}

function HostKeyLine({ name, hostKey }: { readonly name: string; readonly hostKey: HostKey | null }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="mono" data-testid="host-key">
        {hostKey === null ? "–" : <ForeignText text={`${hostKey.type} ${hostKey.fingerprint}`} />}
      </dd>
    </>
  );
}
