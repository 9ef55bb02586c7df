import { IconChevronLeft } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { LinkProps } from "@tanstack/react-router";
import detail from "./detail-page.module.css";

interface BackLinkProps extends Pick<LinkProps, "to" | "params"> {
  /** Where it leads, in words. */
  readonly label: string;
}

/** Before the title of a page: to where it hangs. */
export const BackLink = ({ label, ...there }: BackLinkProps) => (
  <Link {...there} className={detail.back} aria-label={label}>
    <IconChevronLeft size={16} aria-hidden />
  </Link>
);
