import { createTheme } from "@mantine/core";

/**
 * What Mantine needs at run time. Colours, radius and fonts are CSS variables in `tokens.css`: a style tag made at run
 * time would need innerHTML, which the content security policy forbids.
 */
export const theme = createTheme({
  primaryColor: "indigo",
  defaultRadius: "sm",
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "xs" } },
    ActionIcon: { defaultProps: { size: "md", variant: "subtle", color: "gray" } },
    TextInput: { defaultProps: { size: "sm" } },
    PasswordInput: { defaultProps: { size: "sm" } },
    Textarea: { defaultProps: { size: "sm" } },
    NumberInput: { defaultProps: { size: "sm" } },
    NativeSelect: { defaultProps: { size: "sm" } },
    Checkbox: { defaultProps: { size: "sm" } },
    Modal: {
      defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.45 }, transitionProps: { duration: 0 } },
    },
  },
});
