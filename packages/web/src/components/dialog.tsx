import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly testId: string;
  /** Wide, for what is listed or compared in it. */
  readonly size?: "lg";
  /** Above other dialogs, where it asks about what was pressed in one. */
  readonly zIndex?: number;
  /** Off where what it shows is shown this once. */
  readonly closeOnClickOutside?: boolean;
  readonly children: ReactNode;
}

/** What stands above the page until it is closed. Whoever shows it takes it away. */
export function Dialog({ testId, ...rest }: DialogProps) {
  const { t } = useTranslation();
  return <Modal opened {...rest} closeButtonProps={{ "aria-label": t("common.close") }} data-testid={testId} />;
}
