import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { session } from "../../api/session.ts";
import { PAGES } from "../../app/pages.ts";
import { useObservable } from "../../browser/observable.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { Segments } from "../../components/segments.tsx";
import { LANGUAGES, LANGUAGE_NAMES, languageChoice } from "../../i18n/language.ts";
import { THEME_CHOICES, themeChoice } from "../../theme/color-scheme.ts";
import { ChangePassword } from "./change-password.tsx";
import { TelegramBinding } from "./telegram-binding.tsx";

const THEME_TEXTS = { auto: "account.themeAuto", light: "account.themeLight", dark: "account.themeDark" } as const;

/** Who is signed in, how it looks and in which language, and the own password. */
export function AccountPage() {
  const { t } = useTranslation();
  const me = useObservable(session);
  const theme = useObservable(themeChoice);
  const language = useObservable(languageChoice);
  const signOut = useMutation({
    mutationFn: () => api("POST /api/v1/logout"),
    onSuccess: () => session.set(null),
  });
  return (
    <div className="narrow">
      <section className="section" style={{ borderTop: 0, paddingTop: 0 }}>
        <h1>{t("account.title")}</h1>
        <div className="row wrap">
          <span>
            <span className="soft">{t("account.signedInAs")}</span> <ForeignText text={me?.user.name ?? ""} />
            {me && <span className="soft"> · {t(`role.${me.user.role}`)}</span>}
          </span>
          <Button variant="default" loading={signOut.isPending} onClick={() => signOut.mutate()} data-testid="sign-out">
            {t("account.signOut")}
          </Button>
          {PAGES.filter((page) => page.place === "desk" && me?.rights.includes(page.right)).map((page) => (
            <Link key={page.key} to={page.to}>
              {t(`nav.${page.key}`)}
            </Link>
          ))}
        </div>
        <ErrorNotice error={signOut.error} />
      </section>
      <section className="section">
        <h2>{t("account.appearance")}</h2>
        <div className="row wrap">
          <Segments
            label={t("account.theme")}
            value={theme}
            options={THEME_CHOICES.map((choice) => ({ value: choice, label: t(THEME_TEXTS[choice]) }))}
            onChange={(choice) => themeChoice.set(choice)}
            testId="theme"
          />
          <Segments
            label={t("account.language")}
            value={language}
            options={LANGUAGES.map((choice) => ({ value: choice, label: LANGUAGE_NAMES[choice] }))}
            onChange={(choice) => languageChoice.set(choice)}
            testId="language"
          />
        </div>
      </section>
      {/* Nobody is asked for after signing out, when the page is left a moment later. */}
      {me && <TelegramBinding />}
      <ChangePassword />
    </div>
  );
}
