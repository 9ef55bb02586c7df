import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { session } from "../../api/session.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { PASSWORD_CHARACTERS_MIN } from "../../components/password-rule.ts";
import { useFieldErrors } from "../../components/use-field-errors.ts";
import { readSetupCode } from "./setup-code.ts";
import { SignInFrame } from "./sign-in-frame.tsx";

/** The one-time link leads here. Its code is in the fragment, which browsers never send to a server's log. */
export function SetupPage() {
  const { t } = useTranslation();
  const router = useRouter();
  const [code] = useState(() => readSetupCode(location.hash, location.search));
  const [name, setName] = useState("admin");
  const [password, setPassword] = useState("");
  const [repeated, setRepeated] = useState("");
  const setup = useQuery({ queryKey: ["setup"], queryFn: ({ signal }) => api("GET /api/v1/setup", { signal }) });
  const create = useMutation({
    mutationFn: () => api("POST /api/v1/setup", { body: { code, name: name.trim(), password } }),
    onSuccess(me) {
      session.set(me);
      router.history.replace("/");
    },
  });
  const fields = useFieldErrors(create.error);
  const differs = repeated !== "" && repeated !== password;
  if (setup.data?.needed === false) {
    return (
      <SignInFrame>
        <p>{t("setup.done")}</p>
        <Link to="/login">{t("setup.toSignIn")}</Link>
      </SignInFrame>
    );
  }
  return (
    <SignInFrame>
      <h1>{t("setup.title")}</h1>
      <div className="soft">{t("setup.intro")}</div>
      {code === "" && <div className="notice warning">{t("setup.noCode")}</div>}
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (password === repeated) create.mutate();
        }}
      >
        <TextInput
          label={t("signIn.user")}
          autoComplete="username"
          autoCapitalize="none"
          required
          withAsterisk={false}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fields["name"]}
          data-testid="setup-name"
        />
        <PasswordInput
          label={t("common.password")}
          description={t("setup.tooShort")}
          autoComplete="new-password"
          minLength={PASSWORD_CHARACTERS_MIN}
          required
          withAsterisk={false}
          autoFocus
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={fields["password"]}
          data-testid="setup-password"
        />
        <PasswordInput
          label={t("setup.repeat")}
          autoComplete="new-password"
          required
          withAsterisk={false}
          value={repeated}
          onChange={(event) => setRepeated(event.currentTarget.value)}
          error={differs ? t("setup.mismatch") : undefined}
          data-testid="setup-repeat"
        />
        <ErrorNotice error={create.error} inputs={["name", "password"]} />
        <Button
          type="submit"
          size="sm"
          loading={create.isPending}
          disabled={code === "" || password !== repeated}
          data-testid="setup-submit"
        >
          {t("setup.submit")}
        </Button>
      </form>
    </SignInFrame>
  );
}
