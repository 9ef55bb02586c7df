import { Link } from "@tanstack/react-router";
import type { LinkProps } from "@tanstack/react-router";
import styles from "./form-page.module.css";

interface KindCardProps extends Pick<LinkProps, "to" | "search"> {
  readonly title: string;
  readonly meaning: string;
  readonly testId: string;
}

/** One of the kinds that something can be of, with what it is for; leads to its form. */
export const KindCard = ({ title, meaning, testId, ...there }: KindCardProps) => (
  <Link {...there} className={styles.kind} data-testid={testId}>
    <strong>{title}</strong>
    <span>{meaning}</span>
  </Link>
);
