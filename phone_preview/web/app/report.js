// What goes wrong is shown on the screen, as the developer tools would; nothing fails in silence.

import { h } from "./dom.js";

/** Everything reported since the mini-program was opened. */
export const errors = [];

/** Show an error; whatever it is, it never stops the preview itself. */
export function report(error) {
  const text = error instanceof Error ? error.message : (error?.errMsg ?? String(error));
  errors.push(text);
  console.error(error);
  document.getElementById("preview-errors").append(h("p", {}, text));
}

/** Run the mini-program's code; what it throws, now or later, is shown. */
export function run(work, ...given) {
  try {
    return work?.(...given);
  } catch (error) {
    report(error);
    return undefined;
  }
}
