import { useEffect, useEffectEvent } from "react";

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/**
 * Calls `onPress` for one key anywhere on the page. `mod+k` is Ctrl or ⌘; a plain key is left alone while the person
 * types or a dialog is open. Keys are told by their place too, so that they work on a Russian keyboard.
 */
export function useHotkey(key: string, onPress: (event: KeyboardEvent) => void): void {
  const press = useEffectEvent(onPress);
  useEffect(() => {
    const mod = key.startsWith("mod+");
    const plain = mod ? key.slice(4) : key;
    const code = /^[a-z]$/.test(plain) ? `Key${plain.toUpperCase()}` : plain === "/" ? "Slash" : undefined;
    const listener = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.altKey || (event.ctrlKey || event.metaKey) !== mod) return;
      if (event.key !== plain && (code === undefined || event.code !== code || /^[\x21-\x7e]$/.test(event.key))) return;
      if (!mod && (isTyping(event.target) || document.querySelector("[role=dialog]"))) return;
      event.preventDefault();
      press(event);
    };
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, [key]);
}
