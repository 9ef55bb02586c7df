import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface OlderButtonProps {
  /** A query that is read page by page, the newest first. */
  readonly of: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly fetchNextPage: () => Promise<unknown>;
  };
}

/** Reads the next older page; nothing where there is none. */
export function OlderButton({ of }: OlderButtonProps) {
  const { t } = useTranslation();
  if (!of.hasNextPage) return null;
  return (
    <div>
      <Button
        variant="default"
        loading={of.isFetchingNextPage}
        onClick={() => void of.fetchNextPage()}
        data-testid="older"
      >
        {t("audit.older")}
      </Button>
    </div>
  );
}
